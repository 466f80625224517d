"""Uploading snaps: storage, precheck, push, processing, and publishing as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from craft_store_core.errors import (
    BadRequestError,
    HostNotAllowedError,
    NotFoundError,
    PermissionRequiredError,
    ReviewPendingError,
    ReviewRejectedError,
    UnexpectedResponseError,
    UsageError,
)
from craft_store_core.stores.reviews import Polling, wait_for_review

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from craft_store_core.testing.scripted import ScriptedServer
    from craft_store_snapstore import SnapStoreEndpoints

STORAGE = "/unscanned-upload/"
PUSH = "/dev/api/snap-push/"
STATUS = "/dev/api/snaps/Wq3x/builds/41/status"
DUPLICATE = "binary_sha3_384: A file with this exact same content has already been uploaded"


@pytest.fixture
def pushed(dashboard: ScriptedServer) -> ScriptedServer:
    """The scripted server, which takes one push."""
    return dashboard.expect(
        "POST",
        PUSH,
        status=202,
        json={"success": True, "status_details_url": f"{dashboard.url}{STATUS}"},
    )


@pytest.mark.parametrize(
    "answer",
    [
        {"successful": True, "upload_id": "2f1c"},
        {"upload_id": "2f1c"},
    ],
)
def test_a_file_is_stored(
    snapstore: SnapStoreEndpoints, dashboard: ScriptedServer, tmp_path: Path, answer: Any
) -> None:
    """Without credentials; old servers do not say that it was successful."""
    file = tmp_path / "a.snap"
    file.write_bytes(b"x" * 1000)
    seen: list[int] = []
    dashboard.expect("POST", STORAGE, json=answer)

    assert snapstore.upload_file(file, progress=seen.append) == "2f1c"

    (sent,) = dashboard.requests
    assert sent.headers["Authorization"] is None
    assert b'name="binary"; filename="a.snap"' in sent.body
    assert seen[-1] == 1000


def test_a_file_that_is_not_stored(
    snapstore: SnapStoreEndpoints, dashboard: ScriptedServer, tmp_path: Path
) -> None:
    """A failure comes with status 200."""
    file = tmp_path / "a.snap"
    file.write_bytes(b"x")
    dashboard.expect("POST", STORAGE, json={"successful": False})

    with pytest.raises(BadRequestError):
        snapstore.upload_file(file)


def test_the_precheck(snapstore: SnapStoreEndpoints, dashboard: ScriptedServer) -> None:
    """What it answers is not read; that it refuses is what counts."""
    dashboard.expect("POST", PUSH, status=202, body=b"anything")
    dashboard.expect(
        "POST", PUSH, status=404, json={"error_list": [{"code": "resource-not-found"}]}
    )
    dashboard.expect(
        "POST", PUSH, status=403, json={"error_list": [{"code": "resource-forbidden"}]}
    )

    snapstore.check_upload("weather-widget")
    with pytest.raises(NotFoundError) as unknown:
        snapstore.check_upload("weather-widget")
    with pytest.raises(PermissionRequiredError):
        snapstore.check_upload("weather-widget")

    assert dashboard.requests[0].json() == {"name": "weather-widget", "dry_run": True}
    assert "craft-store register" in str(unknown.value.advice)


def test_a_push_says_what_is_known_of_the_file(
    snapstore: SnapStoreEndpoints,
    pushed: ScriptedServer,
    squash: Callable[..., Path],
    snap_yaml: str,
) -> None:
    """Its size, and when it was built as the snap itself says it."""
    file = squash(
        "a.snap",
        {
            "meta/snap.yaml": snap_yaml,
            "snap/manifest.yaml": "snapcraft-started-at: '2027-02-01T09:30:00Z'\n",
        },
    )
    pushed.expect("POST", STORAGE, json={"upload_id": 7})
    url = snapstore.push_revision("weather-widget", snapstore.upload_file(file))

    assert url == f"{pushed.url}{STATUS}"
    assert pushed.requests[1].json() == {
        "name": "weather-widget",
        "series": "16",
        "updown_id": "7",
        "source_uploaded": False,
        "binary_filesize": file.stat().st_size,
        "built_at": "2027-02-01T09:30:00Z",
    }


def test_a_push_with_everything(snapstore: SnapStoreEndpoints, pushed: ScriptedServer) -> None:
    """Components, channels to release to, and when it was built, as the caller knows it."""
    snapstore.push(
        "weather-widget",
        "2f1c",
        components={"maps": "7b11"},
        channels=["latest/edge"],
        only_if_newer=True,
        built_at="2027-02-01T09:30:00Z",
    )

    assert pushed.requests[0].json() == {
        "name": "weather-widget",
        "series": "16",
        "updown_id": "2f1c",
        "source_uploaded": False,
        "built_at": "2027-02-01T09:30:00Z",
        "channels": ["latest/edge"],
        "only_if_newer": True,
        "components": {"maps": "7b11"},
    }


def test_components_go_with_their_snap(
    snapstore: SnapStoreEndpoints, pushed: ScriptedServer
) -> None:
    """In the one request that makes the revision."""
    snapstore.push_components("weather-widget", "2f1c", {"maps": "7b11"})
    assert pushed.requests[0].json()["components"] == {"maps": "7b11"}


def test_a_status_url_that_leads_away(
    snapstore: SnapStoreEndpoints, dashboard: ScriptedServer
) -> None:
    """It is not asked; nor is a push without one taken for done."""
    dashboard.expect("POST", PUSH, json={"status_details_url": "https://evil.example/x"})
    dashboard.expect("POST", PUSH, json={"success": True})

    with pytest.raises(HostNotAllowedError):
        snapstore.push("weather-widget", "2f1c")
    with pytest.raises(UnexpectedResponseError):
        snapstore.push("weather-widget", "2f1c")


def wait(snapstore: SnapStoreEndpoints, reference: str) -> int:
    return wait_for_review(
        lambda: snapstore.review_status("weather-widget", reference),
        reference,
        Polling(timeout=5),
        work=snapstore.session.work,
    )


def test_processing_is_waited_for(snapstore: SnapStoreEndpoints, pushed: ScriptedServer) -> None:
    """Through unknown codes, words of the core, failures; without credentials; to the revision."""
    pushed.expect("GET", STATUS, json={"code": "being_processed", "processed": False})
    pushed.expect("GET", STATUS, json={"code": "approved", "processed": False})
    pushed.expect("GET", STATUS, json={})
    pushed.expect("GET", STATUS, status=502, body=b"<html>")
    pushed.expect(
        "GET",
        STATUS,
        json={
            "code": "ready_to_release",
            "processed": True,
            "can_release": True,
            "revision": "8",
            "url": "/dev/snaps/Wq3x/rev/8/",
            "errors": None,
        },
    )
    snapstore.push("weather-widget", "2f1c")

    assert wait(snapstore, "2f1c") == 8
    assert all(sent.headers["Authorization"] is None for sent in pushed.requests[1:])


@pytest.mark.parametrize(
    ("answer", "revision"),
    [
        ({"code": "a_new_word", "revision": 9, "errors": []}, 9),
        ({"code": "ready_to_release", "revision": 9, "errors": [{"message": "a hint"}]}, 9),
    ],
)
def test_what_counts_as_accepted(
    snapstore: SnapStoreEndpoints, dashboard: ScriptedServer, answer: Any, revision: int
) -> None:
    """The code decides; where it is new, a revision without errors."""
    dashboard.expect("GET", STATUS, json={"processed": True, **answer})
    assert wait(snapstore, STATUS) == revision


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({"code": "processing_error", "errors": [{"code": None, "message": DUPLICATE}]}, DUPLICATE),
        ({"code": "processing_error", "revision": 8, "errors": []}, "no reason"),
        ({"code": "processing_error"}, "no reason"),
        ({"code": "processing_upload_delta_error", "errors": [{"message": "delta"}]}, "delta"),
        ({"code": "error", "errors": [{"code": "review-queued"}]}, "review-queued"),
        ({"code": "a_new_word", "errors": [{"message": "bad"}], "revision": 8}, "bad"),
        ({"code": "ready_to_release"}, "without a revision number"),
    ],
)
def test_what_counts_as_rejected(
    snapstore: SnapStoreEndpoints, dashboard: ScriptedServer, answer: Any, why: str
) -> None:
    """Also where no errors are listed: a failure never looks like a success."""
    dashboard.expect("GET", STATUS, json={"processed": True, **answer})

    with pytest.raises(ReviewRejectedError) as refusal:
        wait(snapstore, f"{dashboard.url}{STATUS}")

    assert why in str(refusal.value.why)


def test_a_person_must_look_at_it(snapstore: SnapStoreEndpoints, dashboard: ScriptedServer) -> None:
    """That is neither success nor failure; the revision and the reasons are told."""
    dashboard.expect(
        "GET",
        STATUS,
        json={
            "code": "need_manual_review",
            "processed": True,
            "can_release": False,
            "revision": 8,
            "errors": [{"message": "confinement 'classic' not allowed", "link": None}],
        },
    )

    with pytest.raises(ReviewPendingError) as pending:
        wait(snapstore, STATUS)

    assert "revision is 8" in str(pending.value.why)
    assert "confinement 'classic' not allowed" in str(pending.value.why)
    assert len(pending.value.entries) == 1


def test_an_upload_of_another_client(snapstore: SnapStoreEndpoints) -> None:
    """Its id leads nowhere; the error says what does."""
    with pytest.raises(UsageError) as refusal:
        snapstore.review_status("weather-widget", "2f1c")

    assert "URL" in str(refusal.value.advice)


def test_a_reference_for_other_processes(
    snapstore: SnapStoreEndpoints, pushed: ScriptedServer
) -> None:
    """The status URL, once it is known."""
    assert snapstore.review_reference("2f1c") == "2f1c"
    snapstore.push("weather-widget", "2f1c")
    assert snapstore.review_reference("2f1c") == f"{pushed.url}{STATUS}"


def test_a_name_that_is_not_registered(
    snapstore: SnapStoreEndpoints, dashboard: ScriptedServer
) -> None:
    """An empty answer with status 404 is one, too."""
    dashboard.expect("POST", PUSH, status=404)
    with pytest.raises(NotFoundError):
        snapstore.push_revision("weather-widget", "2f1c")
