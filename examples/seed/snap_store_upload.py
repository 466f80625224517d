#!/usr/bin/env python3
"""Put a snap into file storage and show its upload id.

Usage: ``snap_store_upload.py [FILE]``; without, it is ``hello.snap`` in the temporary folder.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from tempfile import gettempdir

from craft_store import StoreClient, endpoints

snap = Path(sys.argv[1]) if sys.argv[1:] else Path(gettempdir(), "hello.snap")

store_client = StoreClient(
    base_url=os.environ.get("STORE_URL", "https://dashboard.staging.snapcraft.io"),
    storage_base_url=os.environ.get("STORAGE_URL", "https://upload.apps.staging.ubuntu.com"),
    endpoints=endpoints.SNAP_STORE,
    user_agent="Craft Store Tutorial Agent",
    application_name="craft-store-tutorial",
)

upload_id = store_client.upload_file(filepath=snap)

print(f"upload-id: {upload_id}")
