"""What only Charmhub has: libraries, image resources, the public pages."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest

from craft_store_charmhub import CharmhubEndpoints, LibraryFile, LibrarySelector
from craft_store_charmhub.archive import CharmReader
from craft_store_core.errors import (
    BadRequestError,
    InvalidNameError,
    NotFoundError,
    UnexpectedResponseError,
)
from craft_store_core.stores.gateway import GatewayEndpoints

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from craft_store_core.testing.scripted import ScriptedServer

ROW: dict[str, Any] = {
    "api": 1,
    "charm-name": "teapot",
    "hash": "f" * 64,
    "library-id": "lib-1",
    "library-name": "tea",
    "patch": 4,
}
LIBRARIES = "/v1/charm/libraries"
IMAGE = "/v1/charm/teapot/resources/water-image/oci-image"


def test_charmhub_has_every_operation(charmhub: CharmhubEndpoints) -> None:
    """All of the gateway's, images, and what only charms have."""
    own = {"transport-resource", "info", "publish-library"}
    assert charmhub.operations().keys() >= GatewayEndpoints.operations().keys() | own
    assert charmhub.transported_types == {"oci-image"}
    assert charmhub.artifacts == ("charm",)


def test_artifacts_are_charms(pack: Callable[..., Path]) -> None:
    """The reader that the endpoint set names reads them."""
    assert CharmReader().read(pack(metadata_yaml="name: teapot")).name == "teapot"


def test_a_library_is_registered(
    charmhub: CharmhubEndpoints, scripted_server: ScriptedServer
) -> None:
    """Its id comes back."""
    scripted_server.expect("POST", f"{LIBRARIES}/teapot", json={"library-id": "lib-1"})
    assert charmhub.register_library("teapot", "tea") == "lib-1"
    assert scripted_server.requests[0].json() == {"library-name": "tea"}


def test_a_library_name_that_is_no_module_is_not_sent(charmhub: CharmhubEndpoints) -> None:
    """The mistake is found before a request."""
    with pytest.raises(InvalidNameError):
        charmhub.register_library("teapot", "tea-pot")


def test_a_library_is_published(
    charmhub: CharmhubEndpoints, scripted_server: ScriptedServer
) -> None:
    """Version, content and hash are sent; the answer may leave the content out."""
    scripted_server.expect("POST", f"{LIBRARIES}/teapot/lib-1", json=ROW)
    library = LibraryFile("lib-1", 1, 4, "LIBAPI = 1\n")
    published = charmhub.publish_library("teapot", library)
    assert (published.api, published.patch, published.content) == (1, 4, None)
    assert scripted_server.requests[0].json() == {
        "api": 1,
        "patch": 4,
        "content": "LIBAPI = 1\n",
        "hash": library.hash,
    }


@pytest.mark.parametrize(
    ("version", "query"),
    [({}, {}), ({"api": 0}, {"api": "0"}), ({"api": 1, "patch": 0}, {"api": "1", "patch": "0"})],
)
def test_a_library_is_fetched_without_credentials(
    charmhub: CharmhubEndpoints,
    scripted_server: ScriptedServer,
    version: dict[str, int],
    query: dict[str, str],
) -> None:
    """Zero is a version, too."""
    scripted_server.expect(
        "GET", f"{LIBRARIES}/teapot/lib-1", query=query, json={**ROW, "content": "pass\n"}
    )
    assert charmhub.get_library("teapot", "lib-1", **version).content == "pass\n"
    assert "Authorization" not in scripted_server.requests[0].headers


def test_libraries_are_found_by_id_or_name(
    charmhub: CharmhubEndpoints, scripted_server: ScriptedServer
) -> None:
    """Only what is known of them is sent, without credentials."""
    scripted_server.expect("POST", f"{LIBRARIES}/bulk", json={"libraries": [ROW, {"api": 1}]})
    found = charmhub.find_libraries(
        [
            LibrarySelector(library_id="lib-1"),
            LibrarySelector(charm_name="teapot", library_name="tea", api=0),
        ]
    )
    assert [library.library_name for library in found] == ["tea"]
    assert len(found.unreadable) == 1
    (request,) = scripted_server.requests
    assert request.json() == [
        {"library-id": "lib-1"},
        {"charm-name": "teapot", "library-name": "tea", "api": 0},
    ]
    assert "Authorization" not in request.headers


def test_no_selectors_find_nothing(
    charmhub: CharmhubEndpoints, scripted_server: ScriptedServer
) -> None:
    """An empty list is sent as one."""
    scripted_server.expect("POST", f"{LIBRARIES}/bulk", json={"libraries": []})
    assert len(charmhub.find_libraries([])) == 0
    assert scripted_server.requests[0].json() == []


def test_unknown_names_are_not_found(
    charmhub: CharmhubEndpoints, scripted_server: ScriptedServer
) -> None:
    """The store says so with a text about ids and no code."""
    entry = {"code": None, "message": "Items need to include 'library_id' or 'package_id'"}
    scripted_server.expect("POST", f"{LIBRARIES}/bulk", status=400, json={"error-list": [entry]})
    with pytest.raises(NotFoundError, match="did not find one of the charms") as caught:
        charmhub.find_libraries([LibrarySelector(charm_name="nobody")])
    assert caught.value.status == 400


def test_other_refusals_stay_what_they_are(
    charmhub: CharmhubEndpoints, scripted_server: ScriptedServer
) -> None:
    """A schema error is no missing name."""
    entry = {"code": "api-error", "message": "'x' is not of type 'integer' at /0/api"}
    scripted_server.expect("POST", f"{LIBRARIES}/bulk", status=400, json={"error-list": [entry]})
    with pytest.raises(BadRequestError):
        charmhub.find_libraries([LibrarySelector(charm_name="teapot")])


def test_image_credentials_hide_their_password(
    charmhub: CharmhubEndpoints, scripted_server: ScriptedServer
) -> None:
    """The image's name has no scheme and no tag."""
    scripted_server.expect(
        "GET",
        f"{IMAGE}/upload-credentials",
        json={
            "image-name": "registry.example.test/charm/x/water-image",
            "username": "docker-registry",
            "password": "pass-phrase",
        },
    )
    credentials = charmhub.image_credentials("teapot", "water-image")
    assert credentials.image_name == "registry.example.test/charm/x/water-image"
    assert credentials.password == "pass-phrase"
    assert "pass-phrase" not in repr(credentials)


def test_an_image_blob_is_kept_byte_for_byte(
    charmhub: CharmhubEndpoints, scripted_server: ScriptedServer
) -> None:
    """It is not parsed and written again: its bytes decide about the revision."""
    blob = b'{"ImageName":  "r/x@sha256:1",\n "Username": "u", "Password":"p"}'
    scripted_server.expect("POST", f"{IMAGE}/blob", body=blob)
    assert charmhub.image_blob("teapot", "water-image", "sha256:61") == blob
    assert scripted_server.requests[0].json() == {"image-digest": "sha256:61"}


def test_the_public_page_of_a_package(
    charmhub: CharmhubEndpoints, scripted_server: ScriptedServer
) -> None:
    """Details and the channel map; no credentials are sent."""
    base = {"architecture": "amd64", "channel": "22.04", "name": "ubuntu"}
    release = {
        "channel": {
            "base": base,
            "name": "latest/edge",
            "released-at": "2026-03-01T09:15:02.123456+00:00",
            "risk": "edge",
            "track": "latest",
        },
        "resources": [],
        "revision": {
            "revision": 7,
            "version": "7",
            "created-at": "2026-03-01T09:12:44.000000+00:00",
            "download": {"hash-sha-256": "c" * 64, "size": 20, "url": "https://x.test/7.charm"},
        },
    }
    short = {
        "channel": {"name": "edge", "risk": "edge", "track": "latest", "base": None},
        "revision": {"revision": 7},
        "resources": [],
    }
    scripted_server.expect(
        "GET",
        "/v2/charms/info/teapot",
        json={
            "id": "pkg-1",
            "name": "teapot",
            "type": "charm",
            "result": {"title": "Teapot", "summary": "Tea", "publisher": {"username": "jo"}},
            "channel-map": [release],
            "default-release": short,
        },
    )
    package = charmhub.info("teapot", channel="edge")
    assert (package.name, package.result.title) == ("teapot", "Teapot")
    (found,) = package.channel_map
    assert str(found.channel.name) == "latest/edge"
    assert found.channel.released_at == datetime(2026, 3, 1, 9, 15, 2, 123456, tzinfo=timezone.utc)
    assert found.revision.download is not None
    assert found.revision.download.sha256 == "c" * 64
    assert package.default_release is not None
    assert package.default_release.revision.revision == 7
    assert found.to_json()["revision"]["download"]["hash-sha-256"] == "c" * 64
    (request,) = scripted_server.requests
    assert request.query["channel"] == "edge"
    assert "channel-map" in request.query["fields"].split(",")
    assert "Authorization" not in request.headers


def test_a_package_that_is_not_public_is_not_found(
    charmhub: CharmhubEndpoints, scripted_server: ScriptedServer
) -> None:
    """Fields can be chosen."""
    scripted_server.expect(
        "GET",
        "/v2/charms/info/nobody",
        query={"fields": "result.title,default-release"},
        status=404,
        json={"error-list": [{"code": "resource-not-found", "message": "No"}]},
    )
    with pytest.raises(NotFoundError):
        charmhub.info("nobody", fields=["result.title", "default-release"])


def test_an_answer_that_is_no_package_names_the_endpoint(
    charmhub: CharmhubEndpoints, scripted_server: ScriptedServer
) -> None:
    """The reason names what is missing."""
    scripted_server.expect("GET", "/v2/charms/info/teapot", json={"name": "teapot"})
    with pytest.raises(UnexpectedResponseError, match="GET /v2/charms/info/teapot") as caught:
        charmhub.info("teapot")
    assert caught.value.why is not None
    assert "id" in caught.value.why


@pytest.mark.parametrize(
    ("options", "query"),
    [
        ({"fields": ["result.title"]}, {"q": "tea", "fields": "result.title"}),
        (
            {"kind": "bundle", "fields": []},
            {"q": "tea", "fields": "", "type": "bundle"},
        ),
    ],
)
def test_packages_are_found_by_words(
    charmhub: CharmhubEndpoints,
    scripted_server: ScriptedServer,
    options: dict[str, Any],
    query: dict[str, str],
) -> None:
    """Items may hold little more than their names."""
    scripted_server.expect(
        "GET",
        "/v2/charms/find",
        query=query,
        json={"results": [{"id": "1", "name": "teapot", "type": "charm"}, {"name": "odd"}]},
    )
    found = charmhub.find("tea", **options)
    assert [package.name for package in found] == ["teapot"]
    assert found[0].result.title is None
    assert len(found.unreadable) == 1


def test_public_resource_revisions_come_oldest_first(
    charmhub: CharmhubEndpoints, scripted_server: ScriptedServer
) -> None:
    """The store guarantees no order."""
    scripted_server.expect(
        "GET",
        "/v2/charms/resources/teapot/leaves/revisions",
        json={
            "revisions": [
                {"name": "leaves", "type": "file", "revision": 2, "filename": "leaves.bin"},
                {"name": "leaves", "type": "file", "revision": 1, "download": None},
            ]
        },
    )
    found = charmhub.public_resource_revisions("teapot", "leaves")
    assert [item.revision for item in found] == [1, 2]


@pytest.mark.parametrize("name", ["", ".."])
def test_names_that_change_the_path_are_not_sent(charmhub: CharmhubEndpoints, name: str) -> None:
    """On the public API neither."""
    with pytest.raises(InvalidNameError):
        charmhub.info(name)
