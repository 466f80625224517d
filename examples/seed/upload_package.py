#!/usr/bin/env python3
"""Upload a charm and a file for its resource, and release both to ``edge``.

::

    python3 upload_package.py --charm=test.charm --resource=empty-file acme-web my-file

The credentials are taken from the variable ``CRAFT_STORE_CHARMCRAFT_CREDENTIALS``, or the keyring.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from typing import Any

from craft_store import StoreClient, endpoints
from craft_store.models import (
    CharmResourceType,
    ReleaseRequestModel,
    ResourceModel,
    RevisionsRequestModel,
)

BASE_URL = os.environ.get("STORE_URL", "https://api.staging.charmhub.io")
STORAGE_URL = os.environ.get("STORAGE_URL", "https://storage.staging.snapcraftcontent.com")
LONGEST_REVIEW = 120.0
"""How long to wait for a review, in seconds."""
PAUSE = 3.0
"""Seconds between two questions about a review."""


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="upload_package", description="Uploads a charm and its resource"
    )
    parser.add_argument("charm_name", help="name of the charm in the store")
    parser.add_argument("resource_name", help="name of the resource in the store")
    parser.add_argument("--charm", type=Path, required=True, help="the charm to upload")
    parser.add_argument(
        "--resource", type=Path, required=True, help="the file to upload for the resource"
    )
    return parser.parse_args(arguments)


def wait_for_review(client: StoreClient, status_url: str) -> dict[str, Any]:
    """Ask about a review until it has ended; return what it says.

    Raises:
        TimeoutError: It has not ended after two minutes.
        RuntimeError: The store rejected what was uploaded.
    """
    end = time.monotonic() + LONGEST_REVIEW
    while time.monotonic() < end:
        review: dict[str, Any] = client.request("GET", BASE_URL + status_url).json()["revisions"][0]
        if review["status"] == "rejected":
            raise RuntimeError(f"The store rejected it: {review['errors']}")
        if review["status"] == "approved":
            return review
        time.sleep(PAUSE)
    raise TimeoutError(f"The review has not ended after {LONGEST_REVIEW:.0f} s")


def main(arguments: list[str]) -> None:
    """Upload the resource and the charm, and release them together."""
    options = parse_arguments(arguments)
    client = StoreClient(
        application_name="craft-store-demo",
        base_url=BASE_URL,
        storage_base_url=STORAGE_URL,
        endpoints=endpoints.CHARMHUB,
        user_agent="craft-store-demo-app",
        environment_auth="CRAFT_STORE_CHARMCRAFT_CREDENTIALS",
    )

    status_url = client.push_resource(
        name=options.charm_name,
        resource_name=options.resource_name,
        upload_id=client.upload_file(filepath=options.resource.expanduser().resolve()),
        resource_type=CharmResourceType.FILE,
    )
    resource_revision = int(wait_for_review(client, status_url)["revision"])

    status_url = client.notify_revision(
        name=options.charm_name,
        revision_request=RevisionsRequestModel(
            upload_id=client.upload_file(filepath=options.charm.expanduser().resolve())
        ),
    ).status_url
    charm_revision = int(wait_for_review(client, status_url)["revision"])

    client.release(
        name=options.charm_name,
        release_request=[
            ReleaseRequestModel(
                channel="edge",
                resources=[ResourceModel(name=options.resource_name, revision=resource_revision)],
                revision=charm_revision,
            )
        ],
    )


if __name__ == "__main__":
    main(sys.argv[1:])
