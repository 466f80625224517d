#!/usr/bin/env python3
"""Do as ``snap_store_upload.py`` does, and print how far the upload is while it goes on."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING

from craft_store import StoreClient, endpoints

if TYPE_CHECKING:
    from collections.abc import Callable

    from requests_toolbelt import MultipartEncoder, MultipartEncoderMonitor


def monitor_callback(_encoder: MultipartEncoder) -> Callable[[MultipartEncoderMonitor], None]:
    """Return what is called with the state of an upload, again and again."""

    def progress_callback(monitor: MultipartEncoderMonitor) -> None:
        print(f"Uploaded: {monitor.bytes_read} of {monitor.len}")

    return progress_callback


snap = Path(sys.argv[1]) if sys.argv[1:] else Path(gettempdir(), "hello.snap")

store_client = StoreClient(
    base_url=os.environ.get("STORE_URL", "https://dashboard.staging.snapcraft.io"),
    storage_base_url=os.environ.get("STORAGE_URL", "https://upload.apps.staging.ubuntu.com"),
    endpoints=endpoints.SNAP_STORE,
    user_agent="Craft Store Tutorial Agent",
    application_name="craft-store-tutorial",
)

upload_id = store_client.upload_file(
    filepath=snap,
    monitor_callback=monitor_callback,
)

print(f"upload-id: {upload_id}")
