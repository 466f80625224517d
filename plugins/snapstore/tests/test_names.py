"""Names of snaps: requests sent, answers read, what never leaves the machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from craft_store_core.errors import InvalidNameError, NotFoundError, UnexpectedResponseError
from craft_store_core.models import TrackRequest
from craft_store_snapstore.errors import NameTakenError

if TYPE_CHECKING:
    from collections.abc import Callable

    from craft_store_core.testing.scripted import ScriptedServer
    from craft_store_snapstore import SnapStoreEndpoints

REGISTER = "/dev/api/register-name/"


def snap(**changes: Any) -> dict[str, Any]:
    return {
        "snap-id": "Wq3x",
        "status": "Approved",
        "private": False,
        "since": "2026-04-02T08:15:00Z",
        "store": "Global",
        "publisher": {"id": "q1Wm", "username": "jo", "display-name": "Jo Example"},
        **changes,
    }


def test_names_are_listed(snapstore: SnapStoreEndpoints, dashboard: ScriptedServer) -> None:
    """Snaps of others are shown on demand; odd ones do not lose the list; ids are remembered."""
    body = {
        "id": "q1Wm",
        "snaps": {
            "16": {
                "weather-widget": snap(),
                "theirs": snap(publisher={"id": "other"}),
                "revoked": snap(status="Revoked", private=True),
                "no-id": {"snap-id": None, "status": "Approved"},
                "odd": "text",
                "odder": {"private": []},
            }
        },
    }
    dashboard.expect("GET", "/dev/api/account", json=body, times=2)
    dashboard.expect("POST", "/dev/api/snaps/Wq3x/close", json={"channel_map_tree": {}})

    own = snapstore.list_names()
    everything = snapstore.list_names(include_collaborations=True)
    snapstore.close("weather-widget", ["edge"])

    assert [(item.name, item.id, item.status) for item in own] == [
        ("weather-widget", "Wq3x", "Approved"),
        ("revoked", "Wq3x", "Revoked"),
        ("no-id", "", "Approved"),
    ]
    assert [item.name for item in everything] == ["weather-widget", "theirs", "revoked", "no-id"]
    assert len(own.unreadable) == 2
    assert own[1].private
    assert own[0].publisher is not None
    assert own[0].publisher.username == "jo"


@pytest.mark.parametrize("snaps", [{}, {"16": {}}, {"18": {"x": {}}}, None])
def test_an_account_without_snaps(
    snapstore: SnapStoreEndpoints, dashboard: ScriptedServer, snaps: Any
) -> None:
    """The series may be missing."""
    dashboard.expect("GET", "/dev/api/account", json={"id": "q1Wm", "snaps": snaps})
    assert not snapstore.list_names()


def test_a_name_is_registered(
    make_endpoints: Callable[..., SnapStoreEndpoints], dashboard: ScriptedServer
) -> None:
    """In the brand store that is named, else in that of the store's option."""
    dashboard.expect("POST", REGISTER, status=201, json={"snap_id": "Wq3x"}, times=3)

    assert make_endpoints().register_name("weather-widget") == "Wq3x"
    make_endpoints({"brand-store": "acme"}).register_name("weather-widget", private=True)
    make_endpoints({"brand-store": "acme"}).register_name("weather-widget", team="other")

    assert [item.json() for item in dashboard.requests] == [
        {"snap_name": "weather-widget", "series": "16", "is_private": False},
        {"snap_name": "weather-widget", "series": "16", "is_private": True, "store": "acme"},
        {"snap_name": "weather-widget", "series": "16", "is_private": False, "store": "other"},
    ]


def test_a_name_is_checked(snapstore: SnapStoreEndpoints, dashboard: ScriptedServer) -> None:
    """A check registers nothing and has no id; it says why a name cannot be had."""
    dashboard.expect("POST", REGISTER, query={"dry_run": "1"}, json={"snap_id": None})
    dashboard.expect(
        "POST", REGISTER, query={"dry_run": "1"}, status=409, json={"code": "already_registered"}
    )
    dashboard.expect("POST", REGISTER, json={"snap_id": None})

    snapstore.check_name("weather-widget")
    with pytest.raises(NameTakenError):
        snapstore.check_name("weather-widget")
    assert snapstore.register_name("weather-widget") == ""


@pytest.mark.parametrize("name", ["", "Upper", "a--b", "-a", "a-", "123", "a" * 41, "a b"])
def test_names_that_no_snap_can_have(snapstore: SnapStoreEndpoints, name: str) -> None:
    """They are refused before anything is sent."""
    with pytest.raises(InvalidNameError):
        snapstore.register_name(name)
    with pytest.raises(InvalidNameError):
        snapstore.dispute_name(name, "mine")


def test_a_name_is_claimed(snapstore: SnapStoreEndpoints, dashboard: ScriptedServer) -> None:
    """The comment is sent, and where the claim can be followed comes back."""
    dashboard.expect(
        "POST",
        "/dev/api/register-name-dispute/",
        status=201,
        json={"snap_name": "weather-widget", "status_url": "https://dashboard.example/f"},
    )

    claim = snapstore.dispute_name("weather-widget", "We own the trademark")

    assert claim.status_url == "https://dashboard.example/f"
    assert dashboard.requests[0].json() == {
        "snap_name": "weather-widget",
        "comment": "We own the trademark",
    }


def test_the_gateway_gives_names_back(
    snapstore: SnapStoreEndpoints, dashboard: ScriptedServer
) -> None:
    """It is another host than the dashboard's, and takes the same credentials."""
    dashboard.expect("DELETE", "/pgw/v1/snap/weather-widget", json={"package-id": "Wq3x"})

    assert snapstore.unregister_name("weather-widget") == "Wq3x"
    assert dashboard.requests[0].headers["Authorization"] == "Macaroon root=abc, discharge=def"


def test_the_gateway_creates_tracks(
    snapstore: SnapStoreEndpoints, dashboard: ScriptedServer
) -> None:
    """Names that cannot be tracks are not sent."""
    dashboard.expect("POST", "/pgw/v1/snap/weather-widget/tracks", json={"num-tracks-created": 1})

    assert snapstore.create_tracks("weather-widget", [TrackRequest("2.x", "2\\.*")]) == 1
    assert dashboard.requests[0].json() == [
        {"name": "2.x", "version-pattern": "2\\.*", "automatic-phasing-percentage": None}
    ]
    with pytest.raises(InvalidNameError):
        snapstore.create_tracks("weather-widget", [TrackRequest("-")])


def test_info_of_a_snap(snapstore: SnapStoreEndpoints, dashboard: ScriptedServer) -> None:
    """What the publisher sees of it."""
    dashboard.expect(
        "GET",
        "/dev/api/snaps/info/weather-widget",
        json={"snap_name": "weather-widget", "snap_id": "Wq3x", "default_track": "2.x"},
    )

    info = snapstore.info("weather-widget")

    assert (info.snap_name, info.snap_id, info.default_track) == ("weather-widget", "Wq3x", "2.x")


def test_the_id_of_anybodys_snap(snapstore: SnapStoreEndpoints, dashboard: ScriptedServer) -> None:
    """As devices ask for it; one that nobody may see is not found."""
    target = "/v2/snaps/info/lib"
    answer = {"name": "lib", "snap-id": "Ab4y", "snap": {"snap-id": "Ab4y"}}
    dashboard.expect("GET", target, query={"fields": "snap-id"}, json=answer)
    refusal = {"error-list": [{"code": "resource-not-found", "message": "No snap named 'lib'."}]}
    dashboard.expect("GET", target, query={"fields": "snap-id"}, status=404, json=refusal)

    assert snapstore.public_snap_id("lib") == "Ab4y"
    with pytest.raises(NotFoundError):
        snapstore.public_snap_id("lib")
    assert dashboard.requests[0].headers["Snap-Device-Series"] == "16"


def test_a_snap_without_an_id(snapstore: SnapStoreEndpoints, dashboard: ScriptedServer) -> None:
    """What needs the id says so, and nothing else is sent."""
    dashboard.expect("GET", "/dev/api/snaps/info/weather-widget", json={"snap_id": None})
    dashboard.expect(
        "GET",
        "/dev/api/snaps/info/other",
        status=404,
        json={"error_list": [{"code": "resource-not-found", "message": "no"}]},
    )

    with pytest.raises(UnexpectedResponseError) as refusal:
        snapstore.close("weather-widget", ["edge"])
    assert "no snap id" in str(refusal.value.why)
    with pytest.raises(NotFoundError):
        snapstore.snap_id("other")
    with pytest.raises(InvalidNameError):
        snapstore.info("..")
