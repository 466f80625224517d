#!/usr/bin/env python3
"""Upload a file under craft-cli's progress bar.

Usage: ``upload_with_craft_cli.py FILE``, with what ``snapcraft export-login`` wrote in the variable
``SNAPCRAFT_STORE_CREDENTIALS``.
"""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from craft_cli import EmitterMode, emit

from craft_store import StoreClient, endpoints

if TYPE_CHECKING:
    from collections.abc import Callable

    from requests_toolbelt import MultipartEncoder, MultipartEncoderMonitor

emit.init(EmitterMode.BRIEF, "craft.store-howto", "Starting howto app.")

store_client = StoreClient(
    base_url=os.environ.get("STORE_URL", "https://dashboard.staging.snapcraft.io"),
    storage_base_url=os.environ.get("STORAGE_URL", "https://upload.apps.staging.ubuntu.com"),
    endpoints=endpoints.SNAP_STORE,
    user_agent="Craft Store Howto Agent",
    application_name="craft-store-upload",
    environment_auth="SNAPCRAFT_STORE_CREDENTIALS",
)

with ExitStack() as stack:

    def create_callback(encoder: MultipartEncoder) -> Callable[[MultipartEncoderMonitor], None]:
        """Open a bar as long as the upload, and return what moves it."""
        # Not a 'with' in here: it would close the bar before the first byte is sent.
        bar = stack.enter_context(emit.progress_bar("Uploading...", encoder.len, delta=False))

        def progress_callback(monitor: MultipartEncoderMonitor) -> None:
            bar.advance(monitor.bytes_read)

        return progress_callback

    upload_id = store_client.upload_file(
        monitor_callback=create_callback, filepath=Path(sys.argv[1])
    )

emit.message(f"upload-id: {upload_id}")
emit.ended_ok()
