"""Uploading snaps to the dashboard: precheck, push, processing, what can go wrong."""

from __future__ import annotations

import shutil
from typing import Any

import pytest

from craft_store_sandbox import ReviewPace, SnapOutcome, build_component, build_snap

PUSH = "/dev/api/snap-push/"
DUPLICATE = "binary_sha3_384: A file with this exact same content has already been uploaded"


def test_an_upload_becomes_a_revision(weather: Any, plain_snap: Any) -> None:
    """Being processed for a while, then ready, with number and address."""
    answer = weather.push(plain_snap(), binary_filesize=len(plain_snap()), source_uploaded=False)
    snap_id = weather.ok("GET", "/dev/api/snaps/info/weather-widget")["snap_id"]

    assert answer == {
        "can_release": True,
        "code": "ready_to_release",
        "errors": [],
        "processed": True,
        "revision": 1,
        "url": f"/dev/snaps/{snap_id}/rev/1/",
    }
    assert weather.push(plain_snap(version="2"))["revision"] == 2


def test_processing_is_polled(sandbox_factory: Any, snap_client: Any, plain_snap: Any) -> None:
    """As often as the pace says; without polls time alone ends it."""
    client = snap_client(sandbox_factory(review=ReviewPace(polls=2, seconds=60)))
    client.sandbox.snaps.plain_yaml = True
    client.sandbox.add_snap("weather-widget", client.sandbox.account)
    body = {"name": "weather-widget", "series": "16", "updown_id": client.upload(plain_snap())}
    pushed = client.ok("POST", PUSH, body)
    polls = [client.ok("GET", pushed["status_details_url"])["processed"] for _ in range(4)]
    body["updown_id"] = client.upload(plain_snap(version="2"))
    client.ok("POST", PUSH, body)
    path = "/api/v2/snaps/weather-widget/releases"
    early = client.ok("GET", path)["revisions"]
    client.sandbox.clock.advance(61)

    assert pushed["success"] is True
    assert pushed["status_details_url"].startswith(client.sandbox.urls.dashboard)
    assert polls == [False, False, True, True]
    assert [row["revision"] for row in early] == [1]
    assert [row["revision"] for row in client.ok("GET", path)["revisions"]] == [2, 1]


def test_the_precheck_says_what_an_upload_would_meet(weather: Any, other: Any) -> None:
    """Only name and dry_run are sent; unknown and foreign names are refused."""
    weather.sandbox.add_snap("foreign-snap", other)
    assert (
        weather.call("POST", PUSH, {"name": "weather-widget", "dry_run": True}).status_code == 202
    )

    for text, status, code in (
        ("no-such", 404, "resource-not-found"),
        ("foreign-snap", 403, "resource-forbidden"),
        ("", 400, "invalid-field"),
    ):
        assert weather.refused("POST", PUSH, {"name": text, "dry_run": True}) == (status, code)


def test_pushes_need_permission_package_and_channel(weather: Any, plain_snap: Any) -> None:
    """Each limit of the credentials is enforced before anything else."""
    weather.sandbox.add_snap("lib-snap", weather.sandbox.account)
    precheck = {"name": "weather-widget", "dry_run": True}
    full = {"name": "weather-widget", "series": "16", "channels": ["edge"],
            "updown_id": weather.upload(plain_snap())}  # fmt: skip

    def refused(body: Any, **limits: Any) -> Any:
        return weather.refused("POST", PUSH, body, credentials=weather.limited(**limits))

    missing = (403, "macaroon-permission-required")
    assert refused(precheck, permissions=["package_access"]) == missing
    assert refused(precheck, packages=["lib-snap"]) == missing
    assert refused(full, permissions=["package_push"]) == missing
    assert refused(full, channels=["beta"]) == (403, "invalid-channel-permission")
    old = weather.limited(permissions=["package_upload"], channels=["latest/*"])
    assert weather.call("POST", PUSH, full, credentials=old).status_code == 202


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"series": "18"}, "invalid-field"),
        ({"updown_id": "no-such-upload"}, "invalid-field"),
        ({"updown_id": "../store.sqlite3"}, "invalid-field"),
        ({"updown_id": None}, "invalid-field"),
        ({"binary_filesize": 3}, "invalid-field"),
        ({"channels": ["a/b/c/d"]}, "invalid-field"),
        ({"components": {"maps": 7}}, "invalid-field"),
        ({"delta_format": "bsdiff"}, "invalid-field"),
    ],
)
def test_pushes_that_cannot_be_are_refused(
    weather: Any, plain_snap: Any, change: dict[str, Any], code: str
) -> None:
    """400 that names the field; nothing is used up."""
    body = {"name": "weather-widget", "series": "16", "updown_id": weather.upload(plain_snap())}
    assert weather.refused("POST", PUSH, {**body, **change}) == (400, code)

    assert weather.call("POST", PUSH, body).status_code == 202
    assert weather.refused("POST", PUSH, body) == (400, "invalid-field")


def test_the_same_content_is_told_by_its_digest(weather: Any, plain_snap: Any) -> None:
    """A processing error without a revision, in the words that clients look for."""
    weather.push(plain_snap())
    answer = weather.push(plain_snap())

    assert (answer["code"], answer["can_release"]) == ("processing_error", False)
    assert answer["errors"] == [{"code": None, "link": None, "message": DUPLICATE}]
    assert "revision" not in answer


def test_bad_snaps_are_rejected_with_reasons(weather: Any, plain_snap: Any) -> None:
    """Another name, does not exist at all, or content that tests do not want."""
    weather.sandbox.faults.reject_content[b"forbidden"] = "This is forbidden"
    messages = [
        weather.push(content)["errors"][0]["message"]
        for content in (plain_snap(name="other"), b"hsqs" * 50, plain_snap(summary="forbidden"))
    ]

    assert "expected 'weather-widget'" in messages[0]
    assert "squashfs" in messages[1]
    assert messages[2] == "This is forbidden"


def test_channels_of_a_push_are_released_when_it_is_accepted(weather: Any, plain_snap: Any) -> None:
    """Those that are possible; a newer release is kept if asked so."""
    weather.push(plain_snap(), channels=["edge", "2.x/edge", "9.x/edge"])
    weather.push(plain_snap(version="2", grade="devel"), channels=["stable", "beta"])
    rows = weather.ok("GET", "/api/v2/snaps/weather-widget/channel-map")["channel-map"]

    assert [(row["channel"], row["revision"]) for row in rows] == [
        ("latest/beta", 2),
        ("latest/edge", 1),
        ("2.x/edge", 1),
    ]


def test_only_if_newer_leaves_newer_releases(
    sandbox_store: Any, weather: Any, plain_snap: Any
) -> None:
    """An upload that was held meanwhile does not replace what came after it."""
    sandbox_store.snaps.outcomes["weather-widget"] = SnapOutcome("need_manual_review", ["Look"])
    held = weather.push(plain_snap(), channels=["edge"], only_if_newer=True)
    sandbox_store.snaps.outcomes["weather-widget"] = SnapOutcome("ready_to_release")
    weather.push(plain_snap(version="2"), channels=["edge"])
    sandbox_store.decide_review("weather-widget", held["revision"])
    rows = weather.ok("GET", "/api/v2/snaps/weather-widget/channel-map")["channel-map"]

    assert [row["revision"] for row in rows] == [2]


def test_a_manual_review_holds_a_revision(weather: Any, plain_snap: Any) -> None:
    """It has a number and cannot be released until a person says so; later uploads queue."""
    weather.sandbox.faults.manual_review = True
    held = weather.push(plain_snap(), channels=["edge"])
    queued = weather.push(plain_snap(version="2"))
    refused = weather.refused(
        "POST", "/dev/api/snap-release/",
        {"name": "weather-widget", "revision": 1, "channels": ["edge"]},
    )  # fmt: skip
    path = "/api/v2/snaps/weather-widget/revisions/1"
    status = weather.ok("GET", path)["revision"]["status"]
    weather.sandbox.decide_review("weather-widget", 1)

    assert (held["code"], held["revision"], held["can_release"]) == ("need_manual_review", 1, False)
    assert held["errors"][0]["message"] == "human review required"
    assert queued["errors"][0]["code"] == "review-queued"
    assert "revision" not in queued
    assert refused == (400, "resource-not-ready")
    assert status == "ManualReviewPending"
    assert weather.ok("GET", path)["revision"]["status"] == "Published"


def test_a_manual_review_can_end_badly(weather: Any, plain_snap: Any) -> None:
    """The revision stays, rejected; what is not held cannot be decided."""
    weather.sandbox.faults.manual_review = True
    weather.push(plain_snap())
    weather.sandbox.decide_review("weather-widget", 1, approve=False)
    path = "/api/v2/snaps/weather-widget/revisions/1"

    assert weather.ok("GET", path)["revision"]["status"] == "Rejected"
    with pytest.raises(ValueError, match="is not held"):
        weather.sandbox.decide_review("weather-widget", 1)
    with pytest.raises(ValueError, match="no revision 7"):
        weather.sandbox.decide_review("weather-widget", 7)
    with pytest.raises(ValueError, match="does not exist"):
        weather.sandbox.decide_review("nothing", 1)


@pytest.mark.parametrize(
    ("outcome", "errors", "revision"),
    [
        (SnapOutcome("processing_error"), [], False),
        (SnapOutcome("processing_error", None), None, False),
        (SnapOutcome("processing_error", creates_revision=True), [], True),
        (
            SnapOutcome("error", ["Broken"]),
            [{"code": None, "link": None, "message": "Broken"}],
            False,
        ),
        (
            SnapOutcome("need_manual_review", [{"message": "Look", "code": "x"}]),
            [{"code": "x", "link": None, "message": "Look"}],
            True,
        ),
        (SnapOutcome("something_new", creates_revision=True), [], True),
    ],
)
def test_every_end_of_the_processing_can_be_chosen(
    weather: Any, plain_snap: Any, outcome: SnapOutcome, errors: Any, revision: bool
) -> None:
    """Also those that look like a success, and words that nobody knows yet."""
    weather.sandbox.snaps.outcomes["weather-widget"] = outcome
    answer = weather.push(plain_snap())

    assert answer["code"] == outcome.code
    assert answer["processed"] is True
    assert answer["can_release"] is False
    assert answer["errors"] == errors
    assert ("revision" in answer) is revision


def test_revisions_may_be_texts(weather: Any, plain_snap: Any) -> None:
    """As old servers had them."""
    weather.sandbox.snaps.string_revisions = True

    assert weather.push(plain_snap())["revision"] == "1"


def test_deltas_cannot_be_applied(weather: Any, plain_snap: Any) -> None:
    """The answer makes clients send the whole file."""
    hashes = {"source_hash": "a", "target_hash": "b", "delta_hash": "c"}
    answer = weather.push(plain_snap(), delta_format="xdelta3", **hashes)

    assert answer["code"] == "processing_upload_delta_error"


def test_components_come_with_their_snap(weather: Any, plain_snap: Any) -> None:
    """All that are declared, and no others; each must call itself so."""
    component = b"component: weather-widget+maps\ntype: standard\nversion: 1\n"
    declared = {"components": {"maps": {"type": "standard"}}}

    def push(version: str, sent: Any, **fields: Any) -> Any:
        answer = weather.push(plain_snap(version=version, **fields), components=sent)
        return answer["code"], [item["message"] for item in answer["errors"]]

    right, foreign = weather.upload(component), weather.upload(b"component: other+maps\n")
    broken = weather.upload(b"- x")
    assert push("1", {"maps": right}, **declared) == ("ready_to_release", [])
    assert "was not uploaded" in push("2", {}, **declared)[1][0]
    assert "is not declared" in push("3", {"maps": right})[1][0]
    assert "calls itself 'other+maps'" in push("4", {"maps": foreign}, **declared)[1][0]
    assert "is not a mapping" in push("5", {"maps": broken}, **declared)[1][0]
    body = {"name": "weather-widget", "series": "16", "components": {"maps": "no-such-upload"}}
    body["updown_id"] = weather.upload(plain_snap(version="6", **declared))
    assert weather.refused("POST", PUSH, body) == (400, "invalid-field")


def test_the_status_of_another_snap_is_not_there(weather: Any, plain_snap: Any) -> None:
    """Neither under another id nor with another number."""
    weather.push(plain_snap())
    other_id = weather.sandbox.add_snap("lib-snap", weather.sandbox.account)

    for number in (1, 9):
        path = f"/dev/api/snaps/{other_id}/builds/{number}/status"
        assert weather.refused("GET", path) == (404, "resource-not-found")


@pytest.mark.skipif(
    shutil.which("mksquashfs") is None, reason="needs mksquashfs, of Debian's squashfs-tools"
)
def test_real_snaps_and_components_are_published(weather: Any) -> None:
    """What the file says is what the store shows."""
    weather.sandbox.snaps.plain_yaml = False
    snap = build_snap(
        weather.folder, version="3.1", architectures=["arm64"], components={"maps": "standard"},
        payload=b"w" * 3_000_000,
    )  # fmt: skip
    component = weather.upload(build_component(weather.folder).read_bytes())
    answer = weather.push(snap.read_bytes(), components={"maps": component}, channels=["edge"])
    shown = weather.ok("GET", "/api/v2/snaps/weather-widget/channel-map")

    assert answer["code"] == "ready_to_release", answer
    (revision,) = shown["revisions"]
    assert (revision["version"], revision["architectures"]) == ("3.1", ["arm64"])
    assert revision["size"] == snap.stat().st_size
    assert shown["channel-map"][0]["architecture"] == "arm64"
