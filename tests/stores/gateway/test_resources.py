"""Resources and their revisions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from craft_store_core.errors import NotFoundError
from craft_store_core.models import ResourceBase
from craft_store_core.testing.scripted import Fault

if TYPE_CHECKING:
    from craft_store_core.stores.gateway import GatewayEndpoints
    from craft_store_core.testing.scripted import ScriptedServer

RESOURCES = "/proxied/v1/charm/teapot/resources"
MODEL = f"{RESOURCES}/model/revisions"
STATUS_URL = "/v1/charm/teapot/revisions/review?upload-id=u-1"


@pytest.mark.parametrize(("revision", "query"), [(None, {}), (7, {"revision": "7"})])
def test_declared_resources_are_listed(
    gateway: GatewayEndpoints,
    scripted_server: ScriptedServer,
    revision: int | None,
    query: dict[str, str],
) -> None:
    """The revision in a row is that of the package; the type may be missing or new."""
    scripted_server.expect(
        "GET",
        RESOURCES,
        query=query,
        json={
            "resources": [
                {"name": "model", "optional": False, "revision": 7, "type": "file"},
                {"name": "web-image", "optional": True, "revision": 7, "type": "hologram"},
                {"name": "plain", "revision": 7},
            ]
        },
    )
    model, image, plain = gateway.list_resources("teapot", revision=revision)
    assert (model.name, model.type, model.optional, model.revision) == ("model", "file", False, 7)
    assert (image.type, image.optional) == ("hologram", True)
    assert (plain.type, plain.optional) == (None, False)


def test_resource_revisions_come_oldest_first(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer
) -> None:
    """Old data may have a revision 0, empty bases, and times without a zone."""
    whole: dict[str, Any] = {
        "bases": [{"architectures": ["amd64", "arm64"], "channel": "all", "name": "all"}],
        "created-at": "2026-03-01T09:10:00Z",
        "name": "model",
        "revision": 2,
        "sha256": "a" * 64,
        "sha3-384": "b" * 96,
        "sha384": "c" * 96,
        "sha512": "d" * 128,
        "size": 21,
        "type": "file",
        "updated-at": None,
        "updated-by": None,
    }
    old = {
        "revision": 0,
        "bases": [None, {"architectures": None}],
        "created-at": "2020-01-01T00:00:00",
    }
    scripted_server.expect("GET", MODEL, json={"revisions": [whole, old]})
    first, second = gateway.list_resource_revisions("teapot", "model")
    assert first.revision == 0
    assert first.bases == (ResourceBase(),)
    assert first.created_at is not None
    assert first.created_at.tzinfo is not None
    assert second.bases == (ResourceBase(("amd64", "arm64")),)
    assert (second.size, second.sha3_384, second.sha512) == (21, "b" * 96, "d" * 128)


def test_an_unknown_resource_is_not_found(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer
) -> None:
    """The name in the path is encoded."""
    scripted_server.expect(
        "GET",
        f"{RESOURCES}/no%20model/revisions",
        status=404,
        json={"error-list": [{"code": "resource-not-found", "message": "No"}]},
    )
    with pytest.raises(NotFoundError):
        gateway.list_resource_revisions("teapot", "no model")


def test_a_resource_is_pushed_with_no_more_than_is_known(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer
) -> None:
    """The store has defaults for type and bases."""
    scripted_server.expect("POST", MODEL, json={"status-url": STATUS_URL})
    url = gateway.push_resource("teapot", "model", "u-1")
    assert url == f"{scripted_server.url}/proxied{STATUS_URL}"
    assert scripted_server.requests[0].json() == {"upload-id": "u-1"}


def test_a_resource_is_pushed_with_type_and_bases(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer
) -> None:
    """Architectures are a list here."""
    scripted_server.expect("POST", MODEL, json={"status-url": STATUS_URL})
    gateway.push_resource(
        "teapot", "model", "u-1", resource_type="file", bases=[ResourceBase(("amd64",))]
    )
    assert scripted_server.requests[0].json() == {
        "upload-id": "u-1",
        "type": "file",
        "bases": [{"name": "all", "channel": "all", "architectures": ["amd64"]}],
    }


def test_a_resource_that_was_seen_is_not_pushed_twice(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer
) -> None:
    """The review list of the package has the uploads of resources, too."""
    scripted_server.expect("POST", MODEL, fault=Fault.RESET)
    scripted_server.expect(
        "GET",
        "/proxied/v1/charm/teapot/revisions/review",
        query={"upload-id": "u-1"},
        json={"revisions": [{"upload-id": "u-1", "status": "approved", "revision": 3}]},
    )
    assert gateway.push_resource("teapot", "model", "u-1").endswith(STATUS_URL)


def test_bases_are_replaced(gateway: GatewayEndpoints, scripted_server: ScriptedServer) -> None:
    """For several revisions at once; repeated when the store stumbles."""
    scripted_server.expect("PATCH", MODEL, status=503, body="busy")
    scripted_server.expect("PATCH", MODEL, json={"num-resource-revisions-updated": 2})
    updates = {2: [ResourceBase(("amd64",))], 3: [ResourceBase(("arm64",), "ubuntu", "22.04")]}
    assert gateway.update_resource_revisions("teapot", "model", updates) == 2
    assert scripted_server.requests[-1].json() == {
        "resource-revision-updates": [
            {
                "revision": 2,
                "bases": [{"name": "all", "channel": "all", "architectures": ["amd64"]}],
            },
            {
                "revision": 3,
                "bases": [{"name": "ubuntu", "channel": "22.04", "architectures": ["arm64"]}],
            },
        ]
    }
