"""The channel map, releasing and closing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from craft_store_core.channels import Channel
from craft_store_core.errors import BadRequestError, StoreUnavailableError, UnexpectedResponseError
from craft_store_core.models import Base, ReleaseRequest, ResourcePin
from craft_store_core.testing.scripted import Fault

if TYPE_CHECKING:
    from craft_store_core.stores.gateway import GatewayEndpoints
    from craft_store_core.testing.scripted import ScriptedServer

RELEASES = "/proxied/v1/charm/teapot/releases"
EDGE = Channel.parse("edge")
BASE = {"architecture": "amd64", "channel": "22.04", "name": "ubuntu"}


def row(channel: str, revision: int, **more: Any) -> dict[str, Any]:
    return {
        "base": BASE,
        "channel": channel,
        "expiration-date": None,
        "progressive": {"paused": None, "percentage": None},
        "resources": [],
        "revision": revision,
        "when": "2026-03-01T09:15:02Z",
        **more,
    }


def test_the_channel_map_is_read_whole(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer
) -> None:
    """Rows, channels and revisions; branches once, rows of vanished tracks too, odd rows beside."""
    branch = {
        "branch": "fix-1",
        "fallback": "latest/edge",
        "name": "latest/edge/fix-1",
        "risk": "edge",
        "track": "latest",
    }
    scripted_server.expect(
        "GET",
        RELEASES,
        json={
            "channel-map": [
                row(
                    "latest/edge",
                    7,
                    resources=[{"name": "model", "revision": None, "type": "file"}],
                ),
                row("latest/edge/fix-1", 8, **{"expiration-date": "2026-03-31T09:20:00Z"}),
                row("gone/stable", 2, base=None),
                {"channel": "no/such/channel/form", "revision": 1},
            ],
            "craft-channel-map": [],
            "package": {"channels": [branch, branch]},
            "revisions": [{"revision": 7, "created-at": "2026-03-01T09:12:44.019472"}],
        },
    )
    releases = gateway.list_releases("teapot")
    assert [str(found.channel) for found in releases.rows] == [
        "latest/edge",
        "latest/edge/fix-1",
        "gone/stable",
    ]
    assert len(releases.rows.unreadable) == 1
    assert releases.rows[0].resources == (ResourcePin("model", None, "file"),)
    assert releases.rows[1].expires_at is not None
    assert releases.rows[2].base is None
    assert len(releases.channels) == 1
    found = releases.effective(EDGE, Base("ubuntu", "22.04", "amd64"))
    assert found is releases.rows[0]
    details = releases.revision(7)
    assert details is not None
    assert details.created_at is not None
    assert details.created_at.tzinfo is not None
    assert releases.raw["craft-channel-map"] == []


@pytest.mark.parametrize(
    "document",
    [
        {"package": {"channels": []}, "revisions": []},
        {"channel-map": [], "revisions": []},
        {"channel-map": [], "package": [], "revisions": []},
        {"channel-map": [], "package": {}, "revisions": []},
        {"channel-map": [], "package": {"channels": []}},
    ],
)
def test_a_map_without_one_of_its_parts_names_the_endpoint(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer, document: dict[str, Any]
) -> None:
    """A part that is missing is not taken for an empty one."""
    scripted_server.expect("GET", RELEASES, json=document)
    with pytest.raises(UnexpectedResponseError, match="GET /v1/charm/teapot/releases"):
        gateway.list_releases("teapot")


def test_an_empty_map_is_one(gateway: GatewayEndpoints, scripted_server: ScriptedServer) -> None:
    """Nothing was released yet."""
    scripted_server.expect(
        "GET", RELEASES, json={"channel-map": [], "package": {"channels": []}, "revisions": []}
    )
    assert len(gateway.list_releases("teapot").rows) == 0


def test_releases_and_closings_go_in_one_request(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer
) -> None:
    """A closing sends an explicit null; results come in the order of the requests."""
    beta = Channel.parse("1.0/beta")
    scripted_server.expect(
        "POST",
        RELEASES,
        json={
            "released": [
                {
                    "channel": "latest/edge",
                    "revision": 7,
                    "resources": [{"name": "model", "revision": 2}],
                    "new-key": True,
                },
                {"channel": "1.0/beta", "revision": None, "resources": []},
            ]
        },
    )
    released, closed = gateway.release(
        "teapot",
        [ReleaseRequest(EDGE, 7, (ResourcePin("model", 2),)), ReleaseRequest(beta, None)],
    )
    assert scripted_server.requests[0].json() == [
        {
            "channel": "latest/edge",
            "revision": 7,
            "resources": [{"name": "model", "revision": 2}],
        },
        {"channel": "1.0/beta", "revision": None, "resources": []},
    ]
    assert (released.channel, released.revision, released.confirmed) == (EDGE, 7, True)
    assert released.resources == (ResourcePin("model", 2),)
    assert released.raw["new-key"] is True
    assert (closed.channel, closed.revision) == (beta, None)


def test_a_short_channel_in_the_answer_means_the_track_that_was_asked_for(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer
) -> None:
    """The store may drop the track, also when it is not called latest."""
    requests = [
        ReleaseRequest(Channel.parse(text), 7) for text in ("2.0/edge", "2.0/edge/fix", "2.0/beta")
    ]
    answers = [{"channel": text, "revision": 7} for text in ("edge", "edge/fix", "2.0/beta")]
    scripted_server.expect("POST", RELEASES, json={"released": answers})
    results = gateway.release("teapot", requests)
    assert [result.channel for result in results] == [request.channel for request in requests]


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"released": None},
        {"released": []},
        {"released": [{}]},
        {"released": [None]},
        {"released": [{"channel": "not a channel", "revision": 7}]},
        {"released": [{"channel": "edge", "revision": "seven"}]},
    ],
)
def test_an_accepted_release_that_was_not_repeated_is_not_confirmed(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer, document: dict[str, Any]
) -> None:
    """The result is what was asked for, and says that the store did not say so."""
    scripted_server.expect("POST", RELEASES, json=document)
    (result,) = gateway.release("teapot", [ReleaseRequest(EDGE, 7)])
    assert (result.channel, result.revision, result.confirmed) == (EDGE, 7, False)


def test_a_release_is_repeated_when_its_answer_was_lost(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer
) -> None:
    """The same release twice is the same as once."""
    scripted_server.expect("POST", RELEASES, fault=Fault.RESET)
    scripted_server.expect(
        "POST", RELEASES, json={"released": [{"channel": "edge", "revision": 7}]}
    )
    (result,) = gateway.release("teapot", [ReleaseRequest(EDGE, 7)])
    assert result.confirmed
    first, second = scripted_server.requests
    assert first.json() == second.json()


def test_a_refused_release_tells_the_reason_of_the_store(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer
) -> None:
    """As when a resource was never released."""
    message = "Resource 'model' doesn't have a released revision for charm 'x' and revision 7"
    scripted_server.expect(
        "POST",
        RELEASES,
        status=400,
        json={"error-list": [{"code": "api-error", "message": message}]},
    )
    with pytest.raises(BadRequestError) as caught:
        gateway.release("teapot", [ReleaseRequest(EDGE, 7)])
    assert caught.value.entries[0].message == message


def test_a_store_that_is_down_is_told_after_the_retries(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer
) -> None:
    """The last answer counts."""
    scripted_server.expect("POST", RELEASES, status=503, body="busy", times=3)
    with pytest.raises(StoreUnavailableError):
        gateway.release("teapot", [ReleaseRequest(EDGE, 7)])
