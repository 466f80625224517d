#!/usr/bin/env python3
"""Log in to the Snap Store with a browser and keep the credentials in the keyring.

``snap_store_whoami.py`` uses what this keeps.
"""

from __future__ import annotations

import os

from craft_store import StoreClient, endpoints

store_client = StoreClient(
    base_url=os.environ.get("STORE_URL", "https://dashboard.snapcraft.io"),
    storage_base_url=os.environ.get("STORAGE_URL", "https://upload.apps.staging.ubuntu.com"),
    endpoints=endpoints.SNAP_STORE,
    user_agent="Craft Store Tutorial Agent",
    application_name="cart-store-tutorial",
)

store_client.login(
    permissions=["package_access"],
    description="tutorial-client-login",
    ttl=1000,
)
