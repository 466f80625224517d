"""Paths of the stores, and requests for credentials."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from craft_store import endpoints
from craft_store.endpoints import Package

STORES = [endpoints.CHARMHUB, endpoints.SNAP_STORE, endpoints.U1_SNAP_STORE]


def test_charmhub_takes_a_lifetime() -> None:
    """Packages have a type, and unset limits are left out."""
    request = endpoints.CHARMHUB.get_token_request(
        permissions=["package-view"], description="d", ttl=100, packages=[Package("web", "charm")]
    )

    assert request == {
        "permissions": ["package-view"],
        "description": "d",
        "ttl": 100,
        "packages": [{"type": "charm", "name": "web"}],
    }


@pytest.mark.parametrize("store", [endpoints.SNAP_STORE, endpoints.U1_SNAP_STORE])
def test_the_snap_store_takes_an_end(store: endpoints.Endpoints) -> None:
    """As a time with its zone; packages have a series."""
    request = store.get_token_request(
        permissions=[],
        description="d",
        ttl=100,
        channels=["edge"],
        packages=[Package("tool", "snap")],
    )
    left = datetime.fromisoformat(request["expires"]) - datetime.now(timezone.utc)

    assert timedelta(seconds=80) < left <= timedelta(seconds=101)
    assert request["packages"] == [{"series": "16", "name": "tool"}]
    assert request["channels"] == ["edge"]


@pytest.mark.parametrize("store", STORES)
def test_packages_of_other_kinds_are_refused(store: endpoints.Endpoints) -> None:
    """Before anything is sent."""
    with pytest.raises(ValueError, match=r"Package types \['rock'\] not in"):
        store.get_token_request(
            permissions=[], description="d", ttl=1, packages=[Package("x", "rock")]
        )


def test_names_are_encoded_in_paths() -> None:
    """A name cannot lead to another path."""
    store = endpoints.CHARMHUB

    assert store.get_releases_endpoint("a/b c") == "/v1/charm/a%2Fb%20c/releases"
    assert store.get_revisions_endpoint("web") == "/v1/charm/web/revisions"
    assert store.get_resources_endpoint("web") == "/v1/charm/web/resources"
    assert (
        store.get_resource_revisions_endpoint("web", "my/model")
        == "/v1/charm/web/resources/my%2Fmodel/revisions"
    )
    for name in ("", "..", "."):
        with pytest.raises(ValueError, match="cannot be part of a path"):
            store.get_revisions_endpoint(name)


def test_the_snap_store_has_no_package_paths() -> None:
    """Its operations are elsewhere, so asking for them is an error."""
    store = endpoints.SNAP_STORE
    questions: list[Any] = [
        store.get_releases_endpoint,
        store.get_revisions_endpoint,
        store.get_resources_endpoint,
        lambda name: store.get_resource_revisions_endpoint(name, "r"),
    ]

    for question in questions:
        with pytest.raises(NotImplementedError):
            question("tool")


@pytest.mark.parametrize("store", STORES)
def test_the_upload_id_is_text(store: endpoints.Endpoints) -> None:
    """Also where the storage host sends a number."""
    assert store.get_upload_id({"upload_id": 12}) == "12"
    assert store.upload == "/unscanned-upload/"
