"""Upload one file with this project and print the seconds that it took.

Usage: ``python upload_ours.py URL FILE CA_BUNDLE`` (an empty CA_BUNDLE for plain http).
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from craft_store_core.http import HTTPClient
from craft_store_core.http.upload import MultipartBody


def main() -> None:
    """Upload and print."""
    url, file, ca_bundle = sys.argv[1:]
    sent = 0

    def progress(count: int) -> None:
        nonlocal sent
        sent = count

    begun = time.perf_counter()
    with (
        HTTPClient(
            user_agent="craft-store-benchmark", ca_bundle=Path(ca_bundle) if ca_bundle else None
        ) as client,
        MultipartBody(Path(file), progress=progress) as body,
    ):
        answer = client.request("POST", f"{url}/unscanned-upload/", data=body, repeatable=True)
        if answer.json_object()["successful"] is not True or sent != body.file_size:
            sys.exit("the upload was not complete")
    print(time.perf_counter() - begun)


if __name__ == "__main__":
    main()
