"""Releasing, closing, and how the dashboard shows what is where."""

from __future__ import annotations

from typing import Any

import pytest

from craft_store_sandbox import Fault

RELEASE = "/dev/api/snap-release/"
MAP = "/api/v2/snaps/weather-widget/channel-map"
RELEASES = "/api/v2/snaps/weather-widget/releases"
NONE = {"paused": None, "percentage": None, "current-percentage": None}


def body(*channels: str, revision: Any = 1, **more: Any) -> dict[str, Any]:
    """The body of a release."""
    return {"name": "weather-widget", "revision": revision, "channels": channels, **more}


@pytest.fixture
def published(weather: Any, plain_snap: Any) -> Any:
    """The client, with three revisions: two of amd64 and one of arm64 between them."""
    for number, architecture in enumerate(("amd64", "arm64", "amd64"), start=1):
        weather.push(plain_snap(version=f"1.{number}", architectures=[architecture]))
    return weather


def rows(client: Any) -> list[tuple[Any, ...]]:
    """The channel map: channel, architecture, revision, percentage."""
    return [
        (row["channel"], row["architecture"], row["revision"], row["progressive"]["percentage"])
        for row in client.ok("GET", MAP)["channel-map"]
    ]


def test_a_release_opens_channels_of_its_architectures(published: Any) -> None:
    """The answer has the tree of those architectures, with what follows and what is empty."""
    answer = published.release("1", "beta", "2.x/edge/fix-17")
    tree = answer["channel_map_tree"]

    assert answer["success"] is True
    assert answer["opened_channels"] == ["beta", "2.x/edge/fix-17"]
    assert (
        answer["channel_map"]
        == tree["latest"]["16"]["amd64"]
        == [
            {"channel": "stable", "info": "none"},
            {"channel": "candidate", "info": "none"},
            {"channel": "beta", "info": "specific", "revision": 1, "version": "1.1"},
            {"channel": "edge", "info": "tracking"},
        ]
    )
    assert list(tree["latest"]["16"]) == ["amd64"]
    branch = tree["2.x"]["16"]["amd64"][-1]
    assert (branch["channel"], branch["info"]) == ("edge/fix-17", "branch")
    assert "T" in branch["expires_at"]


def test_architectures_and_tracks_stand_side_by_side(published: Any) -> None:
    """One revision for each architecture; the channels' names are complete."""
    published.release(1, "edge")
    published.release(2, "latest/edge", "2.x/stable")
    answer = published.ok("GET", MAP)

    assert rows(published) == [
        ("latest/edge", "amd64", 1, None),
        ("latest/edge", "arm64", 2, None),
        ("2.x/stable", "arm64", 2, None),
    ]
    assert [row["revision"] for row in answer["revisions"]] == [2, 1]
    assert set(answer["revisions"][0]) == {
        "architectures", "attributes", "base", "build-url", "confinement", "created-at", "epoch",
        "grade", "revision", "sha3-384", "size", "version",
    }  # fmt: skip
    assert len(answer["snap"]["channels"]) == 8
    assert [item["name"] for item in answer["snap"]["tracks"]] == ["latest", "2.x"]
    assert answer["snap"]["tracks"][0]["status"] == "default"
    assert answer["snap"]["default-track"] is None


def test_a_snap_without_releases_has_channels_nevertheless(weather: Any) -> None:
    """Clients walk over them."""
    answer = weather.ok("GET", MAP)

    assert (answer["channel-map"], answer["revisions"]) == ([], [])
    assert answer["snap"]["channels"][0] == {
        "branch": None, "fallback": None, "name": "latest/stable", "risk": "stable",
        "track": "latest",
    }  # fmt: skip


def test_a_progressive_release_lies_over_what_was_there(published: Any) -> None:
    """Two rows for one channel; a plain release ends it."""
    published.release(1, "stable")
    answer = published.release(3, "stable", progressive={"percentage": 20, "paused": False})
    before = published.ok("GET", MAP)["channel-map"]
    tree = answer["channel_map"][0]
    published.release(3, "stable", progressive={"percentage": 100, "paused": False})

    assert tree["progressive"] == {"percentage": 20, "paused": False}
    assert [row["revision"] for row in before] == [1, 3]
    assert before[0]["progressive"] == {**NONE, "current-percentage": 100.0}
    assert before[1]["progressive"] == {
        "paused": False, "percentage": 20, "current-percentage": 20.0,
    }  # fmt: skip
    assert rows(published) == [("latest/stable", "amd64", 3, None)]


def test_progressive_releases_replace_each_other(published: Any) -> None:
    """The plain one below stays; without one there is the progressive one alone."""
    published.release(3, "beta", progressive={"percentage": 10, "paused": True})
    assert rows(published) == [("latest/beta", "amd64", 3, 10)]
    published.release(1, "stable")
    published.release(3, "stable", progressive={"percentage": 10})
    published.release(3, "stable", progressive={"percentage": 30})

    assert rows(published)[:2] == [
        ("latest/stable", "amd64", 1, None), ("latest/stable", "amd64", 3, 30),
    ]  # fmt: skip
    close(published, "stable")
    published.release(1, "stable", progressive={"percentage": 50})
    assert rows(published)[0] == ("latest/stable", "amd64", 1, 50)


def close(client: Any, *channels: str) -> Any:
    """Close channels of weather-widget."""
    snap_id = client.ok("GET", "/dev/api/snaps/info/weather-widget")["snap_id"]
    return client.ok("POST", f"/dev/api/snaps/{snap_id}/close", {"channels": channels})


@pytest.mark.parametrize("percentage", [0, -1, 101, "20"])
def test_percentages_have_limits(published: Any, percentage: Any) -> None:
    """Above 0 and up to 100; nothing is released."""
    wrong = body("edge", progressive={"percentage": percentage})

    assert published.refused("POST", RELEASE, wrong) == (400, "invalid-field")
    assert rows(published) == []


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"name": "no-such"}, 404, "resource-not-found"),
        ({"name": "foreign-snap"}, 403, "resource-forbidden"),
        ({"revision": 9}, 404, "resource-not-found"),
        ({"revision": "first"}, 400, "invalid-field"),
        ({"revision": True}, 400, "invalid-field"),
        ({"channels": []}, 400, "invalid-field"),
        ({"channels": ["edge/-fix-"]}, 400, "invalid-field"),
        ({"channels": ["9.x/edge"]}, 400, "invalid-field"),
        ({"channels": ["edge", "9.x/edge"]}, 400, "invalid-field"),
    ],
)
def test_releases_that_cannot_be_are_refused(
    published: Any, other: Any, change: dict[str, Any], status: int, code: str
) -> None:
    """All channels or none."""
    published.sandbox.add_snap("foreign-snap", other)
    assert published.refused("POST", RELEASE, {**body("edge"), **change}) == (status, code)

    assert rows(published) == []


def test_old_forms_of_errors_are_kept(published: Any) -> None:
    """An unknown risk as a text; a form error beside the list; and 404 without any body."""
    risk = published.call("POST", RELEASE, body("alpha"))
    form = published.call("POST", RELEASE, body("edge", revision="x")).json()
    published.sandbox.snaps.empty_not_found = True
    empty = [
        published.call("POST", RELEASE, {**body("edge"), **change})
        for change in ({"name": "no-such"}, {"revision": 9})
    ]

    assert (risk.status_code, risk.json()) == (400, {"errors": "Not a valid channel: alpha"})
    assert form["success"] is False
    assert form["errors"] == {"revision": ["This field must be an integer."]}
    assert [(answer.status_code, answer.content) for answer in empty] == [(404, b"")] * 2
    assert empty[0].headers["content-type"].startswith("text/plain")


def test_risky_revisions_stay_in_risky_channels(weather: Any, plain_snap: Any) -> None:
    """Development grade and devmode go to edge and beta alone."""
    weather.push(plain_snap(grade="devel"))
    weather.push(plain_snap(confinement="devmode"))

    for number in (1, 2):
        wrong = body("candidate", revision=number)
        assert weather.refused("POST", RELEASE, wrong) == (400, "invalid-field")
        weather.release(number, "beta")


def test_a_closed_track_takes_nothing(weather: Any, plain_snap: Any) -> None:
    """And is shown as closed."""
    weather.push(plain_snap())
    weather.sandbox.close_snap_track("weather-widget", "2.x")

    assert weather.refused("POST", RELEASE, body("2.x/edge")) == (400, "invalid-field")
    tracks = weather.ok("GET", MAP)["snap"]["tracks"]
    assert {item["name"]: item["status"] for item in tracks}["2.x"] == "closed"
    with pytest.raises(ValueError, match="no track"):
        weather.sandbox.close_snap_track("weather-widget", "3.x")


def test_releases_need_permission_and_channel(published: Any) -> None:
    """The refusal names the channels that are allowed; patterns match both spellings."""
    limited = published.limited(permissions=["package_release"], channels=["edge*", "2.x/*"])
    answer = published.call("POST", RELEASE, body("beta"), credentials=limited)
    reader = published.limited(permissions=["package_access"])

    assert answer.status_code == 403
    assert answer.json()["channels"] == ["edge*", "2.x/*"]
    assert answer.json()["error_list"][0]["code"] == "invalid-channel-permission"
    assert "latest/beta" in answer.json()["error_list"][0]["message"]
    for channel in ("edge", "latest/edge", "edge/fix", "2.x/beta"):
        allowed = published.call("POST", RELEASE, body(channel), credentials=limited)
        assert allowed.status_code == 200
    assert published.refused("POST", RELEASE, body("edge"), credentials=reader)[0] == 403


def test_closing_is_for_all_architectures(published: Any) -> None:
    """The answer tells what was open; the history gets an entry without a revision for each."""
    published.release(1, "edge", "stable")
    published.release(2, "edge")
    answer = close(published, "latest/edge", "beta")
    history = published.ok("GET", RELEASES)["releases"]

    assert answer["closed_channels"] == ["edge"]
    assert set(answer["channel_maps"]) == {"amd64", "arm64"}
    assert answer["channel_map_tree"]["latest"]["16"]["amd64"][3]["info"] == "tracking"
    assert answer["channel_map_tree"]["latest"]["16"]["arm64"][3]["info"] == "none"
    assert rows(published) == [("latest/stable", "amd64", 1, None)]
    assert {(row["architecture"], row["revision"]) for row in history[:2]} == {
        ("amd64", None), ("arm64", None),
    }  # fmt: skip


def test_closing_is_refused_for_cause(published: Any, other: Any) -> None:
    """Unknown snaps, tracks and channels; channels beyond the limits."""
    foreign = published.sandbox.add_snap("foreign-snap", other)
    mine = published.ok("GET", "/dev/api/snaps/info/weather-widget")["snap_id"]
    limited = published.limited(channels=["edge"])

    def refused(snap_id: str, channel: str, **options: Any) -> Any:
        path = f"/dev/api/snaps/{snap_id}/close"
        return published.refused("POST", path, {"channels": [channel]}, **options)

    assert refused("no-such", "edge") == (404, "resource-not-found")
    assert refused(foreign, "edge") == (403, "resource-forbidden")
    assert refused(mine, "9.x/edge") == (400, "invalid-field")
    assert refused(mine, "alpha") == (400, "invalid-field")
    assert refused(mine, "beta", credentials=limited) == (403, "invalid-channel-permission")


def test_a_branch_ends_by_itself(published: Any) -> None:
    """Thirty days after its last release; its channel is remembered."""
    published.release(1, "edge/fix-17")
    (row,) = published.ok("GET", MAP)["channel-map"]
    published.sandbox.clock.advance(30 * 86_400 + 1)
    published.credentials = published.limited()

    assert row["expiration-date"].endswith("Z")
    assert rows(published) == []
    channels = published.ok("GET", RELEASES)["snap"]["channels"]
    assert "latest/edge/fix-17" in [channel["name"] for channel in channels]


def test_the_state_lists_architectures_that_have_revisions(published: Any) -> None:
    """Promotion needs to know which ones have nothing."""
    published.release(1, "edge")
    snap_id = published.ok("GET", "/dev/api/snaps/info/weather-widget")["snap_id"]
    path = f"/dev/api/snaps/{snap_id}/state?series=16"
    tree = published.ok("GET", path)["channel_map_tree"]
    one = published.ok("GET", f"{path}&architecture=arm64")["channel_map_tree"]

    assert set(tree) == {"latest", "2.x"}
    assert set(tree["latest"]["16"]) == {"amd64", "arm64"}
    assert tree["latest"]["16"]["amd64"][3]["version"] == "1.1"
    assert {row["info"] for row in tree["latest"]["16"]["arm64"]} == {"none"}
    assert set(one["latest"]["16"]) == {"arm64"}
    assert published.ok("GET", f"{path}&architecture=riscv64") == {}


def test_the_history_has_everything_newest_first(published: Any) -> None:
    """Two keys are spelled unlike in the channel map; the objects have no key that is not known."""
    published.release(1, "edge")
    published.release(3, "edge/fix", progressive={"percentage": 40})
    answer = published.ok("GET", RELEASES)

    assert [row["revision"] for row in answer["releases"]] == [3, 1]
    assert [row["revision"] for row in answer["revisions"]] == [3, 2, 1]
    assert [row["status"] for row in answer["revisions"]] == [
        "Published", "Unpublished", "Published",
    ]  # fmt: skip
    assert set(answer["revisions"][0]) == {
        "architectures", "attributes", "base", "build_url", "confinement", "created_at", "epoch",
        "grade", "revision", "sha3-384", "size", "status", "version",
    }  # fmt: skip
    assert answer["releases"][0]["progressive"] == {**NONE, "paused": False, "percentage": 40}
    assert answer["releases"][0]["branch"] == "fix"
    assert set(answer["_links"]) == {"self"}


def test_the_history_has_pages(published: Any) -> None:
    """Following the links gives everything once."""
    for _ in range(4):
        published.release(1, "edge")
    published.sandbox.snaps.page_size = 3
    revisions: set[int] = set()
    url, releases, pages = RELEASES, 0, 0
    while url:
        answer = published.ok("GET", url)
        releases += len(answer["releases"])
        revisions.update(row["revision"] for row in answer["revisions"])
        pages += 1
        url = answer["_links"].get("next")

    assert (pages, releases, revisions) == (2, 4, {1, 2, 3})
    assert len(published.ok("GET", f"{RELEASES}?page=2&size=1")["releases"]) == 1
    for query in ("page=0", "size=x"):
        assert published.refused("GET", f"{RELEASES}?{query}") == (400, "invalid-request")


def test_one_revision_is_found_by_name_and_by_id(published: Any) -> None:
    """404 for others."""
    snap_id = published.ok("GET", "/dev/api/snaps/info/weather-widget")["snap_id"]
    by_name = published.ok("GET", "/api/v2/snaps/weather-widget/revisions/2")
    by_id = published.ok("GET", f"/api/v2/snaps/{snap_id}/revisions/2")

    assert by_name == by_id
    assert by_name["revision"]["architectures"] == ["arm64"]
    for path in ("weather-widget/revisions/9", "no-such/revisions/1"):
        assert published.refused("GET", f"/api/v2/snaps/{path}") == (404, "resource-not-found")


def test_info_is_the_publishers_view(published: Any) -> None:
    """One small call for the id, the maps and the texts."""
    published.release(1, "edge", "2.x/stable")
    answer = published.ok("GET", "/dev/api/snaps/info/weather-widget")
    maps = {
        (item["track"], item["architecture"]): item["map"] for item in answer["channel_maps_list"]
    }

    assert (answer["status"], answer["store"], answer["title"]) == ("published", "Global", None)
    assert answer["summary"] == "Weather in the panel"
    assert set(maps) == {(x, y) for x in ("latest", "2.x") for y in ("amd64", "arm64")}
    assert maps["latest", "amd64"][3]["revision"] == 1
    assert maps["latest", "arm64"][3] == {"channel": "edge", "info": None}
    assert answer["categories"] == {"items": [], "locked": False}


def test_the_device_api_is_asked_without_credentials(published: Any, other: Any) -> None:
    """Names lead to ids, ids to names; private snaps are nobody's business."""
    published.release(1, "edge", "edge/fix")
    published.sandbox.add_snap("private-snap", other, private=True)
    info = published.ok("GET", "/v2/snaps/info/weather-widget?fields=snap-id", headers={})
    path = "/api/v1/snaps/assertions/snap-declaration/16"
    declared = published.ok("GET", f"{path}/{info['snap-id']}", headers={})

    assert info["snap"]["publisher"]["username"] == "jo-example"
    assert [row["channel"]["name"] for row in info["channel-map"]] == ["edge"]
    assert declared["headers"]["snap-name"] == "weather-widget"
    for missing in ("/v2/snaps/info/private-snap", "/v2/snaps/info/no-such", f"{path}/x"):
        assert published.refused("GET", missing, headers={}) == (404, "resource-not-found")


def test_texts_of_a_release_become_those_of_the_page(weather: Any, plain_snap: Any) -> None:
    """At first any release brings them; later a stable one does, unless the publisher objects."""
    info = "/dev/api/snaps/info/weather-widget"

    def summary_after(number: int, channel: str) -> Any:
        weather.push(plain_snap(version=str(number), summary=f"Summary {number}"))
        weather.release(number, channel)
        return weather.ok("GET", info)["summary"]

    assert summary_after(1, "edge") == "Summary 1"
    assert summary_after(2, "edge") == "Summary 1"
    assert summary_after(3, "stable") == "Summary 3"
    snap_id = weather.ok("GET", info)["snap_id"]
    weather.ok("PUT", f"/dev/api/snaps/{snap_id}/metadata", {"update_metadata_on_release": False})
    assert summary_after(4, "stable") == "Summary 3"


def test_transient_faults_reach_the_dashboard(published: Any) -> None:
    """The knobs of the sandbox work on its paths, too."""
    published.sandbox.faults.add(Fault.html(502), method="POST", path="/snap-release/$")
    assert published.call("POST", RELEASE, body("edge")).status_code == 502
    published.sandbox.faults.add(Fault(200, body=b"ok"), path="/close$")
    assert published.call("POST", "/dev/api/snaps/x/close", {}).text == "ok"
    assert published.call("POST", RELEASE, body("edge")).status_code == 200
