"""The channel map, revisions and history; releasing, closing, promoting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from craft_store_core.errors import (
    BadRequestError,
    HostNotAllowedError,
    InvalidChannelError,
    NotFoundError,
    StoreUnavailableError,
    UnexpectedResponseError,
    UsageError,
)
from craft_store_core.models import Base, ReleaseRequest
from craft_store_core.plugins import Channel
from craft_store_core.testing.scripted import Fault
from craft_store_snapstore.errors import InvalidFieldError, MacaroonPermissionRequiredError

if TYPE_CHECKING:
    from collections.abc import Callable

    from craft_store_core.testing.scripted import ScriptedServer
    from craft_store_snapstore import SnapStoreEndpoints

MAP = "/api/v2/snaps/weather-widget/channel-map"
RELEASES = "/api/v2/snaps/weather-widget/releases"
RELEASE = "/dev/api/snap-release/"
STABLE = Channel.parse("latest/stable")
EDGE = Channel.parse("latest/edge")
BETA = Channel.parse("2.x/beta")


def revision(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "revision": number,
        "version": f"1.{number}",
        "architectures": ["amd64"],
        "attributes": {},
        "base": "core24",
        "build_url": None,
        "created_at": "2027-02-03T09:58:00Z",
        "sha3-384": f"{number:096x}",
        "size": 4202496,
        "status": "Published",
        **changes,
    }


def test_the_channel_map(
    snapstore: SnapStoreEndpoints, dashboard: ScriptedServer, channel_map: dict[str, Any]
) -> None:
    """Two architectures, a branch with its end, a progressive release beside what most have."""
    dashboard.expect("GET", MAP, json=channel_map)

    found = snapstore.list_releases("weather-widget")

    assert [
        (row.revision, str(row.base), row.progressive.percentage) for row in found.at(STABLE)
    ] == [(8, "amd64", None), (9, "amd64", 20), (11, "arm64", None)]
    (branch,) = found.at(Channel.parse("latest/edge/fix-17"))
    assert branch.expires_at is not None
    details = found.revision(11)
    assert details is not None
    assert details.bases == (Base("", "", "arm64"),)
    assert details.raw["base"] == "core24"
    assert [str(item.channel) for item in found.channels] == ["latest/stable", "latest/edge/fix-17"]
    assert not found.at(EDGE)


def test_a_snap_without_releases(
    snapstore: SnapStoreEndpoints, dashboard: ScriptedServer, channel_map: dict[str, Any]
) -> None:
    """An empty map is no error."""
    dashboard.expect("GET", MAP, json={**channel_map, "channel-map": [], "revisions": None})

    found = snapstore.list_releases("weather-widget")

    assert not found.rows
    assert not found.revisions


@pytest.mark.parametrize("missing", ["channel-map", "revisions", "snap"])
def test_a_channel_map_without_a_part(
    snapstore: SnapStoreEndpoints,
    dashboard: ScriptedServer,
    channel_map: dict[str, Any],
    missing: str,
) -> None:
    """What must be there is missed by its name."""
    dashboard.expect("GET", MAP, json={k: v for k, v in channel_map.items() if k != missing})

    with pytest.raises(UnexpectedResponseError) as refusal:
        snapstore.list_releases("weather-widget")

    assert missing in str(refusal.value.why)


def test_history_is_read_to_its_end(
    snapstore: SnapStoreEndpoints, dashboard: ScriptedServer
) -> None:
    """Pages are followed; revisions come once, in order, in either spelling; odd rows are kept."""
    row = {
        "when": "2027-02-03T10:00:00Z",
        "channel": "latest/edge",
        "track": "latest",
        "risk": "edge",
        "branch": None,
        "expiration-date": None,
        "architecture": "amd64",
        "revision": 10,
        "progressive": {"paused": None, "percentage": 20.0, "current-percentage": None},
    }
    second = {"_links": {"self": "x", "next": {"href": f"{RELEASES}?page=1"}}}
    dashboard.expect(
        "GET",
        RELEASES,
        query={},
        json={
            "_links": {"next": f"{dashboard.url}{RELEASES}?page=2"},
            "releases": [row, {**row, "revision": None}, "odd"],
            "revisions": [revision(10, status="AutomaticallyRejected"), revision(8), {"odd": 1}, 7],
        },
    )
    dashboard.expect(
        "GET",
        RELEASES,
        query={"page": "2"},
        json={**second, "releases": [], "revisions": [revision(8), revision(9)]},
    )
    dashboard.expect(
        "GET",
        RELEASES,
        query={"page": "1"},
        json={
            "_links": {"next": f"{RELEASES}?page=2"},
            "releases": [{**row, "channel": "latest/beta", "progressive": None}],
            "revisions": [],
        },
    )
    dashboard.expect("GET", RELEASES, query={}, json={"releases": [], "revisions": []})

    past = snapstore.list_past_releases("weather-widget")
    again = snapstore.list_revisions("weather-widget")

    assert [(str(item.channel), item.revision) for item in past] == [
        ("latest/edge", 10),
        ("latest/edge", None),
        ("latest/beta", 10),
    ]
    assert past[0].progressive.percentage == 20
    assert past[2].progressive.percentage is None
    assert len(past.unreadable) == 1
    assert not again


def test_revisions(snapstore: SnapStoreEndpoints, dashboard: ScriptedServer) -> None:
    """Oldest first, with the spelling of the core, and what was rejected is known as such."""
    rows = [
        revision(10, status="AutomaticallyRejected"),
        revision(9, **{"created-at": "2027-02-04T00:00:00Z", "status": "Unpublished"}),
        revision(8, **{"sha3-384": None}),
    ]
    dashboard.expect("GET", RELEASES, json={"releases": [], "revisions": rows})

    found = snapstore.list_revisions("weather-widget")

    assert [item.revision for item in found] == [8, 9, 10]
    assert [item.rejected for item in found] == [False, False, True]
    assert [item.usable for item in found] == [True, True, False]
    assert found[1].created_at is not None
    assert found[1].created_at.day == 4
    assert found[0].sha3_384 is None
    assert found[0].bases == (Base("", "", "amd64"),)


@pytest.mark.parametrize("key", ["releases", "revisions"])
def test_history_that_is_no_list(
    snapstore: SnapStoreEndpoints, dashboard: ScriptedServer, key: str
) -> None:
    """An answer of another form is not taken for an empty one."""
    dashboard.expect("GET", RELEASES, json={"releases": [], "revisions": [], key: {}})
    with pytest.raises(UnexpectedResponseError):
        snapstore.list_revisions("weather-widget")


def test_a_next_page_elsewhere(snapstore: SnapStoreEndpoints, dashboard: ScriptedServer) -> None:
    """Credentials do not follow a link to another host."""
    links = {"next": "https://evil.example/x"}
    dashboard.expect("GET", RELEASES, json={"_links": links, "releases": [], "revisions": []})
    with pytest.raises(HostNotAllowedError):
        snapstore.list_revisions("weather-widget")


def test_one_revision(snapstore: SnapStoreEndpoints, dashboard: ScriptedServer) -> None:
    """By its number; one without a digest, too; odd ones are refused."""
    target = "/api/v2/snaps/weather-widget/revisions/8"
    row = revision(8)
    del row["sha3-384"]
    dashboard.expect("GET", target, json={"revision": row})
    dashboard.expect("GET", target, json={"revision": "odd"})

    assert snapstore.get_revision("weather-widget", 8).version == "1.8"
    with pytest.raises(UnexpectedResponseError):
        snapstore.get_revision("weather-widget", 8)


def test_releases_and_closings(
    snapstore: SnapStoreEndpoints, knows_the_snap: ScriptedServer, of_snap: str
) -> None:
    """One call for each revision and percentage, one for all channels to close."""
    knows_the_snap.expect("POST", RELEASE, json={"success": True, "channel_map_tree": {}}, times=2)
    knows_the_snap.expect(
        "POST",
        f"{of_snap}/close",
        json={"closed_channels": ["beta"], "channel_map_tree": {}},
    )

    results = snapstore.release(
        "weather-widget",
        [
            ReleaseRequest(STABLE, 8, percentage=20),
            ReleaseRequest(EDGE, 9),
            ReleaseRequest(BETA, None),
            ReleaseRequest(Channel.parse("latest/candidate"), 9),
        ],
    )

    bodies = [item.json() for item in knows_the_snap.requests if item.method == "POST"]
    assert bodies == [
        {
            "name": "weather-widget",
            "revision": "8",
            "channels": ["latest/stable"],
            "progressive": {"percentage": 20, "paused": False},
        },
        {
            "name": "weather-widget",
            "revision": "9",
            "channels": ["latest/edge", "latest/candidate"],
        },
        {"channels": ["2.x/beta"]},
    ]
    assert [(str(item.channel), item.revision) for item in results] == [
        ("latest/stable", 8),
        ("latest/edge", 9),
        ("2.x/beta", None),
        ("latest/candidate", 9),
    ]


@pytest.mark.parametrize("percentage", [0, 100, -1, 101.5, float("nan")])
def test_percentages_out_of_range(snapstore: SnapStoreEndpoints, percentage: float) -> None:
    """They are refused before anything is sent, and so is a closing by parts."""
    with pytest.raises(UsageError, match="percentage"):
        snapstore.release("weather-widget", [ReleaseRequest(STABLE, 8, percentage=percentage)])
    with pytest.raises(UsageError, match="Closing"):
        snapstore.release("weather-widget", [ReleaseRequest(STABLE, None, percentage=20)])


@pytest.mark.parametrize(
    ("status", "body", "kind", "why"),
    [
        (
            400,
            {"errors": "Not a valid channel: alpha"},
            BadRequestError,
            "Not a valid channel: alpha",
        ),
        (
            400,
            {"error_list": [{"code": "invalid-field", "message": "no track"}]},
            InvalidFieldError,
            "",
        ),
        (
            400,
            {
                "success": False,
                "errors": {"revision": ["not a number"]},
                "error_list": [{"code": "invalid-field", "message": "revision: not a number"}],
            },
            InvalidFieldError,
            "not a number",
        ),
        (
            403,
            {"error_list": [{"code": "invalid-channel-permission", "message": "only edge"}]},
            MacaroonPermissionRequiredError,
            "only edge",
        ),
        (404, {"error_list": [{"code": "resource-not-found"}]}, NotFoundError, ""),
        (200, {"success": False, "errors": "under review"}, BadRequestError, "under review"),
        (200, {"success": False}, BadRequestError, "no reason"),
    ],
)
def test_releases_that_are_refused(
    snapstore: SnapStoreEndpoints,
    dashboard: ScriptedServer,
    status: int,
    body: Any,
    kind: type[BadRequestError],
    why: str,
) -> None:
    """In each of the forms that the store has for it."""
    dashboard.expect("POST", RELEASE, status=status, json=body)

    with pytest.raises(kind) as refusal:
        snapstore.release("weather-widget", [ReleaseRequest(STABLE, 8)])

    assert why in str(refusal.value.why)


@pytest.mark.parametrize("there", [True, False])
def test_a_release_whose_answer_is_lost(
    snapstore: SnapStoreEndpoints,
    dashboard: ScriptedServer,
    channel_map: dict[str, Any],
    there: bool,
) -> None:
    """It is looked for, and never sent a second time: a roll-out would begin again."""
    dashboard.expect("POST", RELEASE, fault=Fault.CLOSE)
    dashboard.expect("GET", MAP, json=channel_map)
    wanted = [ReleaseRequest(STABLE, 8 if there else 10)]

    if there:
        assert len(snapstore.release("weather-widget", wanted)) == 1
    else:
        with pytest.raises(Exception, match=r"127\.0\.0\.1"):
            snapstore.release("weather-widget", wanted)


@pytest.mark.parametrize("status", [502, 408])
def test_a_lost_release_that_cannot_be_looked_for(
    snapstore: SnapStoreEndpoints, dashboard: ScriptedServer, status: int
) -> None:
    """Then the first failure counts."""
    dashboard.expect("POST", RELEASE, status=status, headers={"x-request-id": "first"})
    dashboard.expect("GET", MAP, status=503)

    with pytest.raises(StoreUnavailableError) as refusal:
        snapstore.release("weather-widget", [ReleaseRequest(STABLE, 8)])

    assert refusal.value.request_id == "first"


@pytest.mark.parametrize("answer", [{}, {"channel_map_tree": None}, None])
def test_closing_that_nobody_confirms(
    snapstore: SnapStoreEndpoints, knows_the_snap: ScriptedServer, of_snap: str, answer: Any
) -> None:
    """An answer that is no JSON, or lacks what it must have, is a fault of the store."""
    knows_the_snap.expect("POST", f"{of_snap}/close", json=answer, body="done")
    with pytest.raises(UnexpectedResponseError):
        snapstore.close("weather-widget", ["edge"])


def test_what_was_closed(
    snapstore: SnapStoreEndpoints, knows_the_snap: ScriptedServer, of_snap: str
) -> None:
    """As the store says it; where it does not, what was asked for."""
    tree: dict[str, Any] = {"channel_map_tree": {}}
    knows_the_snap.expect("POST", f"{of_snap}/close", json={**tree, "closed_channels": ["edge"]})
    knows_the_snap.expect("POST", f"{of_snap}/close", json=tree)

    assert snapstore.close("weather-widget", ["edge", "beta"]) == ("edge",)
    assert snapstore.close("weather-widget", ["edge", "beta"]) == ("edge", "beta")


def state(**architectures: list[dict[str, Any]]) -> dict[str, Any]:
    return {"channel_map_tree": {"latest": {"16": architectures}, "2.x": {}, "odd": 7}}


def at(channel: str, number: int | None) -> dict[str, Any]:
    if number is None:
        return {"channel": channel, "info": "tracking"}
    return {"channel": channel, "info": "specific", "revision": number, "version": "1.5"}


def test_the_state_of_all_channels(
    snapstore: SnapStoreEndpoints, knows_the_snap: ScriptedServer, of_snap: str
) -> None:
    """Also where nothing was released; for one architecture on demand."""
    knows_the_snap.expect(
        "GET", f"{of_snap}/state", query={"series": "16"}, json=state(amd64=[at("beta", 8)])
    )
    knows_the_snap.expect(
        "GET", f"{of_snap}/state", query={"series": "16", "architecture": "s390x"}, json={}
    )
    knows_the_snap.expect("GET", f"{of_snap}/state", json={"channel_map_tree": []})

    found = snapstore.channel_state("weather-widget")

    assert found["latest"]["amd64"][0].revision == 8
    assert found["2.x"] == {}
    assert found["odd"] == {}
    assert snapstore.channel_state("weather-widget", architecture="s390x") == {}
    with pytest.raises(UnexpectedResponseError):
        snapstore.channel_state("weather-widget")


@pytest.mark.parametrize(("source", "inside"), [("beta", "beta"), ("edge/fix-17", "edge/fix-17")])
def test_a_set_of_architectures_is_promoted(
    snapstore: SnapStoreEndpoints,
    knows_the_snap: ScriptedServer,
    of_snap: str,
    source: str,
    inside: str,
) -> None:
    """One release for each revision, also where several architectures share one."""
    knows_the_snap.expect(
        "GET",
        f"{of_snap}/state",
        json=state(amd64=[at(inside, 8)], arm64=[at("x", 1), at(inside, 9)], i386=[at(inside, 8)]),
    )
    knows_the_snap.expect("POST", RELEASE, json={"success": True}, times=2)

    assert snapstore.promote("weather-widget", source, "stable") == {
        "amd64": 8,
        "arm64": 9,
        "i386": 8,
    }
    assert [item.json()["revision"] for item in knows_the_snap.requests[2:]] == ["8", "9"]


def test_incomplete_sets_are_refused(
    snapstore: SnapStoreEndpoints, knows_the_snap: ScriptedServer, of_snap: str
) -> None:
    """Naming the architectures that would be left behind; on demand they are."""
    incomplete = state(amd64=[at("beta", 8)], arm64=[at("beta", None)])
    knows_the_snap.expect("GET", f"{of_snap}/state", json=incomplete, times=2)
    knows_the_snap.expect("POST", RELEASE, json={"success": True})

    with pytest.raises(UsageError) as refusal:
        snapstore.promote("weather-widget", "beta", "stable")
    assert "arm64" in str(refusal.value.why)
    assert snapstore.promote("weather-widget", "beta", "stable", incomplete=True) == {"amd64": 8}


def test_nothing_to_promote(
    snapstore: SnapStoreEndpoints, knows_the_snap: ScriptedServer, of_snap: str
) -> None:
    """An empty channel, and a track that is not there; what is no channel is not asked for."""
    knows_the_snap.expect("GET", f"{of_snap}/state", json=state(), times=2)

    for source in ("beta", "3.x/beta"):
        with pytest.raises(UsageError):
            snapstore.promote("weather-widget", source, "stable", incomplete=True)
    with pytest.raises(InvalidChannelError):
        snapstore.promote("weather-widget", "alpha", "stable")


def test_odd_pages_do_not_turn_for_ever(
    make_endpoints: Callable[..., SnapStoreEndpoints], dashboard: ScriptedServer
) -> None:
    """A page that follows itself is read once."""
    page = {"_links": {"next": RELEASES}, "releases": [], "revisions": [revision(8)]}
    dashboard.expect("GET", RELEASES, json=page)
    assert len(make_endpoints().list_revisions("weather-widget")) == 1


def test_a_part_that_is_no_list(
    snapstore: SnapStoreEndpoints, dashboard: ScriptedServer, channel_map: dict[str, Any]
) -> None:
    """It is not read as something else."""
    dashboard.expect("GET", MAP, json={**channel_map, "channel-map": {"odd": 1}})
    with pytest.raises(UnexpectedResponseError) as refusal:
        snapstore.list_releases("weather-widget")
    assert "not a list" in str(refusal.value.why)
