#!/usr/bin/env python3
"""Show e-mail address and id of the account that ``snap_store_login.py`` logged in."""

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

account = store_client.whoami()["account"]

print(f"email: {account['email']}")
print(f"id: {account['id']}")
