"""Upload one file with the craft-store library of PyPI and print the seconds that it took.

Runs in an environment of its own, made by ``upload.py``.

Usage: ``python upload_peer.py URL FILE``. The CA bundle comes from ``REQUESTS_CA_BUNDLE``.
"""

from __future__ import annotations

import base64
import os
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any


def main() -> None:
    """Upload and print."""
    url, file = sys.argv[1:]
    # Without credentials it would open a keyring, which is not what is measured.
    os.environ["BENCHMARK_CREDENTIALS"] = base64.b64encode(b"unused").decode()
    # No import statement: to the tools of this repository that name is its own facade.
    library: Any = import_module("craft_store")
    endpoints = library.endpoints.CHARMHUB
    begun = time.perf_counter()
    client = library.StoreClient(
        base_url=url,
        storage_base_url=url,
        endpoints=endpoints,
        application_name="benchmark",
        user_agent="benchmark",
        environment_auth="BENCHMARK_CREDENTIALS",
    )
    client.upload_file(filepath=Path(file))
    print(time.perf_counter() - begun)


if __name__ == "__main__":
    main()
