"""The core's commands at the Snap Store, with real snaps: what they send, print and exit with."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from craft_store_core.cli.main import run
from craft_store_core.errors import ExitCode
from craft_store_core.plugins import BOUND_MACAROONS, Credential
from craft_store_core.publishing.digests import sha3_384

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from craft_store_core.testing.scripted import ScriptedServer

MAP = "/api/v2/snaps/weather-widget/channel-map"
RELEASES = "/api/v2/snaps/weather-widget/releases"
WHOAMI = "/api/v2/tokens/whoami"
PUSH = "/dev/api/snap-push/"
RELEASE = "/dev/api/snap-release/"
STORAGE = "/unscanned-upload/"
STATUS = "/dev/api/snaps/Wq3x/builds/41/status"
READY = {"code": "ready_to_release", "processed": True, "can_release": True, "revision": 12}


@pytest.fixture
def knows(dashboard: ScriptedServer, channel_map: dict[str, Any]) -> Callable[..., ScriptedServer]:
    """Script the questions that come before the first byte of an upload."""

    def script(*revisions: dict[str, Any], permissions: list[str] | None = None) -> ScriptedServer:
        account = {"account": {"username": "jo"}, "permissions": permissions}
        dashboard.expect("GET", WHOAMI, json=account)
        if permissions is None:
            dashboard.expect("GET", MAP, json=channel_map)
            dashboard.expect("POST", PUSH, status=202, json={"success": True})
            dashboard.expect("GET", RELEASES, json={"releases": [], "revisions": [*revisions]})
        return dashboard

    return script


def accept(dashboard: ScriptedServer, *upload_ids: str) -> None:
    for upload_id in upload_ids:
        dashboard.expect("POST", STORAGE, json={"successful": True, "upload_id": upload_id})
    url = f"{dashboard.url}{STATUS}"
    dashboard.expect("POST", PUSH, status=202, json={"status_details_url": url})


def test_a_snap_is_published(
    craft_store: Callable[..., int],
    knows: Callable[..., ScriptedServer],
    channel_map: dict[str, Any],
    snap_file: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Checked first, then sent, processed, and released to the default track of the snap."""
    dashboard = knows()
    accept(dashboard, "2f1c")
    dashboard.expect("GET", STATUS, json=READY)
    dashboard.expect("GET", MAP, json=channel_map)
    dashboard.expect("POST", RELEASE, json={"success": True})

    call = ("publish", str(snap_file), "--channel", "edge", "--format", "json")
    assert craft_store(*call) == ExitCode.DONE

    outcome = json.dumps(json.loads(capsys.readouterr().out)["result"])
    assert '"revision": 12' in outcome
    assert dashboard.requests[-1].json() == {
        "name": "weather-widget",
        "revision": "12",
        "channels": ["2.x/edge"],
    }
    pushes = [item.json() for item in dashboard.requests if item.path == PUSH]
    assert pushes[0] == {"name": "weather-widget", "dry_run": True}
    assert pushes[1]["updown_id"] == "2f1c"


def test_what_the_store_has_is_not_sent_again(
    craft_store: Callable[..., int],
    knows: Callable[..., ScriptedServer],
    snap_file: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A second run is a success that names the revision, found by its digest."""
    knows(
        {
            "revision": 8,
            "architectures": ["amd64"],
            "status": "Published",
            "size": snap_file.stat().st_size,
            "sha3-384": sha3_384(snap_file),
        }
    )

    assert craft_store("upload", str(snap_file)) == ExitCode.DONE

    assert "8 (already uploaded)" in " ".join(capsys.readouterr().out.split())


def test_a_snap_goes_with_its_components(
    craft_store: Callable[..., int],
    knows: Callable[..., ScriptedServer],
    squash: Callable[..., Path],
    snap_yaml: str,
) -> None:
    """All of them in one revision; a missing one is noticed before anything is sent."""
    snap = squash("w.snap", {"meta/snap.yaml": f"{snap_yaml}components: {{maps: standard}}\n"})
    component = squash("w.comp", {"meta/component.yaml": "component: weather-widget+maps\n"})
    assert craft_store("upload", str(snap)) == ExitCode.USAGE

    dashboard = knows()
    for _ in range(2):
        dashboard.expect("POST", STORAGE, json={"upload_id": "one"})
    url = f"{dashboard.url}{STATUS}"
    dashboard.expect("POST", PUSH, status=202, json={"status_details_url": url})
    dashboard.expect("GET", STATUS, json=READY)

    assert craft_store("upload", str(snap), "--component", f"maps={component}") == ExitCode.DONE

    push = [item.json() for item in dashboard.requests if item.path == PUSH][-1]
    assert push["components"] == {"maps": "one"}


def test_what_waits_for_a_person_is_neither_done_nor_failed(
    craft_store: Callable[..., int],
    knows: Callable[..., ScriptedServer],
    snap_file: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It has its own exit code; the URL to ask again is in the advice, and works there."""
    dashboard = knows()
    accept(dashboard, "2f1c")
    held = {
        "code": "need_manual_review",
        "processed": True,
        "revision": 12,
        "errors": [{"message": "confinement 'classic' not allowed"}],
    }
    dashboard.expect("GET", STATUS, json=held)
    dashboard.expect("GET", STATUS, json={**READY, "code": "ready_to_release"}, times=2)

    assert craft_store("upload", str(snap_file)) == ExitCode.PENDING
    err = capsys.readouterr().err
    assert "classic" in err
    assert f"{dashboard.url}{STATUS}" in err
    reference = f"{dashboard.url}{STATUS}"
    assert craft_store("upload-status", "weather-widget", reference) == ExitCode.DONE
    assert "approved, revision 12" in capsys.readouterr().out


def test_a_rejected_snap(
    craft_store: Callable[..., int],
    knows: Callable[..., ScriptedServer],
    snap_file: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The reasons are shown, and the exit code says what happened."""
    dashboard = knows()
    accept(dashboard, "2f1c")
    why = [{"code": None, "message": "unknown interface 'x'", "link": None}]
    dashboard.expect(
        "GET", STATUS, json={"code": "processing_error", "processed": True, "errors": why}
    )
    dashboard.expect("GET", RELEASES, json={"releases": [], "revisions": []})

    assert craft_store("upload", str(snap_file)) == ExitCode.REJECTED

    assert "unknown interface 'x'" in capsys.readouterr().err


def test_missing_permissions_are_seen_first(
    craft_store: Callable[..., int], knows: Callable[..., ScriptedServer], snap_file: Path
) -> None:
    """Nothing but the question who is asking goes out."""
    knows(permissions=["package_access"])
    assert craft_store("upload", str(snap_file)) == ExitCode.PERMISSION


def test_a_file_that_is_no_snap(craft_store: Callable[..., int], tmp_path: Path) -> None:
    """It is refused before any request."""
    file = tmp_path / "x.snap"
    file.write_text("no snap")
    assert craft_store("upload", str(file)) == ExitCode.USAGE


def test_status_as_a_person_reads_it(
    craft_store: Callable[..., int],
    dashboard: ScriptedServer,
    channel_map: dict[str, Any],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Architectures, closed channels that follow others, a branch with its end, a roll-out."""
    dashboard.expect("GET", MAP, json=channel_map)

    assert craft_store("status", "weather-widget") == ExitCode.DONE

    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "latest amd64 stable 1.8 8 - -" in lines
    assert "latest amd64 stable (20 %) 1.9 9 - -" in lines
    assert "latest amd64 candidate ↑ ↑ - -" in lines
    assert "latest amd64 edge/fix-17 1.10 10 - 2027-03-05" in lines
    assert "latest arm64 stable 1.11 11 - -" in lines


def test_releases_to_a_part_of_the_installations(
    craft_store: Callable[..., int],
    dashboard: ScriptedServer,
    channel_map: dict[str, Any],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The part is sent; a part that is none is refused."""
    dashboard.expect("GET", MAP, json=channel_map)
    dashboard.expect("POST", RELEASE, json={"success": True})
    call = ("release", "weather-widget", "8", "latest/stable", "--progressive")

    assert craft_store(*call, "20") == ExitCode.DONE
    assert "for 20 % of installations" in capsys.readouterr().out
    assert dashboard.requests[1].json()["progressive"] == {"percentage": 20, "paused": False}
    for part in ("0", "100", "-1", "many"):
        assert craft_store(*call, part) == ExitCode.USAGE


def test_unknown_tracks_are_not_released_to(
    craft_store: Callable[..., int], dashboard: ScriptedServer, channel_map: dict[str, Any]
) -> None:
    """The snap's tracks are known before the release."""
    dashboard.expect("GET", MAP, json=channel_map)
    assert craft_store("release", "weather-widget", "8", "3.x/stable") == ExitCode.USAGE
    assert craft_store("release", "weather-widget", "8", "alpha") == ExitCode.USAGE


def test_a_channel_is_closed(
    craft_store: Callable[..., int],
    knows_the_snap: ScriptedServer,
    channel_map: dict[str, Any],
    of_snap: str,
) -> None:
    """By its full name."""
    knows_the_snap.expect("GET", MAP, json=channel_map)
    knows_the_snap.expect("POST", f"{of_snap}/close", json={"channel_map_tree": {}})

    assert craft_store("close", "weather-widget", "latest/edge") == ExitCode.DONE

    assert knows_the_snap.requests[-1].json() == {"channels": ["latest/edge"]}


def test_the_account_and_its_names(
    craft_store: Callable[..., int], dashboard: ScriptedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """whoami, names and register work as they do everywhere."""
    account = {
        "id": "q1Wm",
        "snaps": {"16": {"weather-widget": {"snap-id": "Wq3x", "status": "Approved"}}},
    }
    dashboard.expect("GET", WHOAMI, json={"account": {"username": "jo", "email": "jo@e.com"}})
    dashboard.expect("GET", "/dev/api/account", json=account)
    dashboard.expect("POST", "/dev/api/register-name/", json={"snap_id": "Wq3x"})
    dashboard.expect("POST", "/dev/api/register-name/", status=409, json={"code": "already_owned"})

    assert craft_store("whoami") == ExitCode.DONE
    assert "jo@e.com" in capsys.readouterr().out
    assert craft_store("names") == ExitCode.DONE
    assert "Approved" in capsys.readouterr().out
    assert craft_store("register", "weather-widget") == ExitCode.DONE
    assert craft_store("register", "weather-widget") == ExitCode.DONE
    assert "already owns weather-widget" in capsys.readouterr().out


def test_revisions(
    craft_store: Callable[..., int], dashboard: ScriptedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the store's own words for their state."""
    row = {"architectures": ["amd64", "arm64"], "version": "1.5", "size": 7}
    revisions = [{**row, "revision": 9, "status": "ManualReviewPending"}, {**row, "revision": 8}]
    dashboard.expect("GET", RELEASES, json={"releases": [], "revisions": revisions})

    assert craft_store("revisions", "weather-widget") == ExitCode.DONE

    text = " ".join(capsys.readouterr().out.split())
    assert "ManualReviewPending" in text
    assert "amd64, arm64" in text


def test_a_brand_store_of_the_configuration(dashboard: ScriptedServer, tmp_path: Path) -> None:
    """A store like the Snap Store, with an option: names are registered in that brand store."""
    file = tmp_path / "config.toml"
    file.write_text(
        '[stores.acme]\nlike = "snapstore"\noptions = { brand-store = "acme-id" }\n'
        f'urls = {{ api = "{dashboard.url}", storage = "{dashboard.url}" }}\n'
    )
    credential = Credential(BOUND_MACAROONS, "root=abc, discharge=def")
    environment = {
        "CRAFT_STORE_CONFIG": str(file),
        "CRAFT_STORE_DATA": str(tmp_path),
        "CRAFT_STORE_CREDENTIALS": credential.encode(),
    }
    dashboard.expect("POST", "/dev/api/register-name/", json={"snap_id": "Wq3x"})

    assert run(("register", "weather-widget", "--store", "acme"), environment) == ExitCode.DONE

    assert dashboard.requests[0].json()["store"] == "acme-id"


def test_snaps_of_several_architectures_are_published_together(
    craft_store: Callable[..., int],
    dashboard: ScriptedServer,
    squash: Callable[..., Path],
    snap_yaml: str,
    channel_map: dict[str, Any],
) -> None:
    """They do not replace each other: both are released to the one channel."""
    other = snap_yaml.replace("amd64", "arm64")
    files = [
        squash("a.snap", {"meta/snap.yaml": snap_yaml}),
        squash("b.snap", {"meta/snap.yaml": other, "more": "x" * 9000}),
    ]
    dashboard.expect("GET", WHOAMI, json={"account": {"username": "jo"}})
    dashboard.expect("GET", MAP, json=channel_map, times=2)
    dashboard.expect("POST", PUSH, status=202, json={"success": True})
    dashboard.expect("GET", RELEASES, json={"releases": [], "revisions": []})
    for number in (12, 13):
        target = f"/dev/api/snaps/Wq3x/builds/{number}/status"
        dashboard.expect("POST", STORAGE, json={"upload_id": f"blob-{number}"})
        url = f"{dashboard.url}{target}"
        dashboard.expect("POST", PUSH, status=202, json={"status_details_url": url})
        dashboard.expect("GET", target, json={**READY, "revision": number})
    dashboard.expect("POST", RELEASE, json={"success": True}, times=2)

    call = ("publish", *map(str, files), "--channel", "latest/edge")
    assert craft_store(*call) == ExitCode.DONE

    released = [item.json() for item in dashboard.requests if item.path == RELEASE]
    assert {item["revision"] for item in released} == {"12", "13"}
    assert {tuple(item["channels"]) for item in released} == {("latest/edge",)}
