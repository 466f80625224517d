"""The snap commands, from their arguments to output and exit code."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from craft_store_core.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from craft_store_core.testing.scripted import ScriptedServer

ACCOUNT: dict[str, Any] = {
    "id": "q1Wm",
    "username": "jo",
    "display-name": "Jo Example",
    "email": "jo@example.com",
    "account-keys": [{"name": "old", "public-key-sha3-384": "aB"}],
    "stores": [{"id": "acme", "name": "Acme", "roles": ["admin", "view"]}],
    "snaps": {"16": {"weather-widget": {"snap-id": "Wq3x"}}},
}
HEADERS = {
    "type": "validation-set",
    "account-id": "q1Wm",
    "name": "lab-set",
    "sequence": "3",
    "timestamp": "2027-02-01T10:00:00Z",
}


@pytest.fixture
def shown(capsys: pytest.CaptureFixture[str]) -> Callable[[], str]:
    """Return what was printed since it was last asked, blanks folded."""

    def call() -> str:
        out = capsys.readouterr().out
        return "\n".join(" ".join(line.split()) for line in out.splitlines())

    return call


@pytest.fixture
def result(capsys: pytest.CaptureFixture[str]) -> Callable[[], Any]:
    """Return the result of a command that printed JSON."""
    return lambda: json.loads(capsys.readouterr().out)["result"]


def test_the_account(
    craft_store: Callable[..., int], dashboard: ScriptedServer, shown: Callable[[], str]
) -> None:
    """Ids, keys and stores are shown; a user name is chosen first."""
    dashboard.expect("PATCH", "/dev/api/account", status=204)
    dashboard.expect("GET", "/dev/api/account", json=ACCOUNT)

    assert craft_store("account", "--set-username", "jo") == ExitCode.DONE

    text = shown()
    assert "user name jo" in text
    assert "stores acme (admin, view)" in text


def test_an_account_without_anything(
    craft_store: Callable[..., int], dashboard: ScriptedServer, result: Callable[[], Any]
) -> None:
    """What is missing is a dash, and null in JSON."""
    dashboard.expect("GET", "/dev/api/account", json={"id": "q1Wm"})
    assert craft_store("account", "--format", "json") == ExitCode.DONE
    assert result()["username"] is None


def test_an_account_that_is_not_ready(
    craft_store: Callable[..., int], dashboard: ScriptedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """It has the exit code of missing permission, and says which command helps."""
    dashboard.expect(
        "GET",
        "/dev/api/account",
        status=403,
        json={"error_list": [{"code": "user-missing-latest-tos", "message": "New terms."}]},
    )
    assert craft_store("account") == ExitCode.PERMISSION
    assert "craft-store agreement --accept" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "accepted", "text"),
    [
        ((), False, "is not accepted. Its text is at https://x.example."),
        (("--accept",), True, "is acc"),
    ],
)
def test_the_agreement(
    craft_store: Callable[..., int],
    dashboard: ScriptedServer,
    shown: Callable[[], str],
    options: tuple[str, ...],
    accepted: bool,
    text: str,
) -> None:
    """Looked at, and accepted on demand only."""
    method = "POST" if options else "GET"
    url = None if accepted else "https://x.example"
    body = {"latest_tos_accepted": accepted, "tos_url": url}
    dashboard.expect(method, "/dev/api/agreement/", json=body)
    assert craft_store("agreement", *options) == ExitCode.DONE
    assert text in shown()


def test_collaborators(
    craft_store: Callable[..., int],
    dashboard: ScriptedServer,
    shown: Callable[[], str],
    tmp_path: Path,
) -> None:
    """Listed with open invitations; invited; taken back; an invitation is answered by file."""
    people = "/v1/snap/weather-widget/collaborators"
    listed = [{"account": {"username": "sam", "email": "sam@example.com"}, "permissions": []}]
    invites = [
        {"email": "jo@example.com"},
        {"email": "done@example.com", "accepted-at": "2027-02-01T10:00:00Z"},
    ]
    dashboard.expect("GET", people, json={"collaborators": listed})
    dashboard.expect("GET", people, json={"collaborators": []})
    dashboard.expect("GET", f"{people}/invites", json={"invites": invites})
    dashboard.expect("GET", f"{people}/invites", json={"invites": []})
    dashboard.expect(
        "POST", f"{people}/invites", json={"tokens": [{"email": "jo@example.com", "token": "t0k"}]}
    )
    for what in ("revoke", "accept", "reject"):
        dashboard.expect("POST", f"{people}/invites/{what}", status=204)
    token = tmp_path / "token"
    token.write_text("t0k\n")

    assert craft_store("collaborators", "list", "weather-widget") == ExitCode.DONE
    text = shown()
    assert "sam sam@example.com collaborator" in text
    assert "jo@example.com invited" in text
    assert "done@example.com" not in text
    assert craft_store("collaborators", "list", "weather-widget") == ExitCode.DONE
    assert (
        craft_store("collaborators", "invite", "weather-widget", "jo@example.com") == ExitCode.DONE
    )
    assert "t0k" in shown()
    assert (
        craft_store("collaborators", "revoke", "weather-widget", "jo@example.com") == ExitCode.DONE
    )
    answer = ("collaborators", "answer", "weather-widget", "--token-file", str(token))
    assert craft_store(*answer) == ExitCode.DONE
    assert "is accepted" in shown()
    assert craft_store(*answer, "--reject") == ExitCode.DONE
    assert "is rejected" in shown()


def test_keys_here_and_there(
    craft_store: Callable[..., int],
    dashboard: ScriptedServer,
    result: Callable[[], Any],
    snap_program: Path,
) -> None:
    """A key on this machine and one that is registered stand in one list."""
    (snap_program / "keys.json").write_text(
        '[{"name": "default", "sha3-384": "kQ"}, {"name": "mine", "sha3-384": "aB"}]'
    )
    dashboard.expect("GET", "/dev/api/account", json=ACCOUNT)

    assert craft_store("keys", "--format", "json") == ExitCode.DONE

    assert result() == [
        {"name": "default", "sha3-384": "kQ", "local": True, "registered": False},
        {"name": "mine", "sha3-384": "aB", "local": True, "registered": True},
    ]


def test_keys_without_the_program(
    craft_store: Callable[..., int],
    dashboard: ScriptedServer,
    capsys: pytest.CaptureFixture[str],
    snap_program: Path,
) -> None:
    """The registered ones are listed all the same, and what is not known is said."""
    (snap_program / "fails").write_text("broken")
    dashboard.expect("GET", "/dev/api/account", json=ACCOUNT)

    assert craft_store("keys") == ExitCode.DONE

    out, err = capsys.readouterr()
    assert "old" in out
    assert "cannot be listed" in err


@pytest.mark.usefixtures("snap_program")
def test_a_key_is_made_and_registered(
    craft_store: Callable[..., int], dashboard: ScriptedServer, shown: Callable[[], str]
) -> None:
    """The first needs no login; the second sends what the program signed."""
    dashboard.expect("GET", "/dev/api/account", json=ACCOUNT)
    dashboard.expect(
        "POST",
        "/dev/api/account/account-key",
        json={"account_key": {"name": "new", "public-key-sha3-384": "kQ"}},
    )

    assert craft_store("create-key", "new") == ExitCode.DONE
    assert "craft-store register-key new" in shown()
    assert craft_store("register-key", "new") == ExitCode.DONE

    assert "Registered the key new (kQ)." in shown()
    assert dashboard.requests[1].json() == {"account_key_request": "signed export-key\n"}


REGISTER = "/dev/api/register-name/"


@pytest.mark.parametrize(
    ("options", "status", "body", "text"),
    [
        ((), 201, {"snap_id": "Wq3x"}, "Registered weather-widget (Wq3x)."),
        (("--dry-run",), 200, {"snap_id": None}, "can be registered"),
        ((), 409, {"code": "already_owned"}, "already owns weather-widget"),
        (("--private", "--brand-store", "acme"), 201, {"snap_id": "W"}, "Registered"),
    ],
)
def test_a_name_is_registered(
    craft_store: Callable[..., int],
    dashboard: ScriptedServer,
    shown: Callable[[], str],
    options: tuple[str, ...],
    status: int,
    body: Any,
    text: str,
) -> None:
    """A name that is yours already is a success, so that scripts can be run again."""
    dashboard.expect("POST", REGISTER, status=status, json=body)

    assert craft_store("register-snap", "weather-widget", *options) == ExitCode.DONE

    assert text in shown()
    sent = dashboard.requests[0].json()
    assert (sent["is_private"], sent.get("store")) == (
        "--private" in options,
        "acme" if "--brand-store" in options else None,
    )


def test_names_that_cannot_be_had(
    craft_store: Callable[..., int], dashboard: ScriptedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each reason has its own advice."""
    for code, advice in (
        ("already_registered", "claim this name"),
        ("reserved_name", "--dispute COMMENT"),
        ("revoked_name", "another name"),
        ("already_claimed", "Wait for"),
    ):
        dashboard.expect("POST", REGISTER, status=409, json={"code": code, "detail": "No."})
        assert craft_store("register-snap", "weather-widget") == ExitCode.FAILED
        assert advice in capsys.readouterr().err


def test_a_name_is_claimed(
    craft_store: Callable[..., int], dashboard: ScriptedServer, shown: Callable[[], str]
) -> None:
    """Where the claim can be followed is shown; a claim is for nothing but a name."""
    dashboard.expect(
        "POST", "/dev/api/register-name-dispute/", json={"status_url": "https://x.example/f"}
    )
    claim = ("register-snap", "weather-widget", "--dispute", "ours")
    assert craft_store(*claim) == ExitCode.DONE
    assert "https://x.example/f" in shown()
    assert craft_store(*claim, "--private") == ExitCode.USAGE


def test_sets_of_architectures_are_promoted(
    craft_store: Callable[..., int],
    dashboard: ScriptedServer,
    of_snap: str,
    channel_map: dict[str, Any],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A set that would leave an architecture behind is refused, unless that is wanted.

    Channels without a track are on the default track of the snap, as for every command.
    """
    held = [{"channel": "beta", "info": "specific", "revision": 8}]
    states = {"amd64": held, "arm64": [{"channel": "beta", "info": "none"}]}
    info = {"snap_id": of_snap.rpartition("/")[2]}
    dashboard.expect("GET", "/dev/api/snaps/info/weather-widget", json=info, times=3)
    dashboard.expect(
        "GET",
        f"{of_snap}/state",
        json={"channel_map_tree": {"2.x": {"16": states}}},
        times=3,
    )
    dashboard.expect("GET", "/api/v2/snaps/weather-widget/channel-map", json=channel_map, times=3)
    dashboard.expect("POST", "/dev/api/snap-release/", json={"success": True})
    call = ("promote-snap", "weather-widget", "--from", "beta", "--to", "stable")

    assert craft_store(*call) == ExitCode.USAGE
    assert "arm64" in capsys.readouterr().err
    assert craft_store(*call, "--incomplete") == ExitCode.USAGE
    said = capsys.readouterr().err
    assert "Release revision 8 (amd64) of weather-widget from 2.x/beta to 2.x/stable?" in said
    assert "--yes" in said
    assert craft_store(*call, "--incomplete", "--yes") == ExitCode.DONE
    assert "revision 8 (amd64): 2.x/beta -> 2.x/stable" in capsys.readouterr().out


def test_history(
    craft_store: Callable[..., int], dashboard: ScriptedServer, shown: Callable[[], str]
) -> None:
    """Closings and roll-outs can be told from releases."""
    row = {"channel": "latest/edge", "architecture": "amd64", "when": "2027-02-03T10:00:00Z"}
    releases = [
        {**row, "revision": 10, "progressive": {"percentage": 20}},
        {**row, "revision": None, "when": None},
    ]
    dashboard.expect(
        "GET",
        "/api/v2/snaps/weather-widget/releases",
        json={"releases": releases, "revisions": []},
    )

    assert craft_store("release-history", "weather-widget") == ExitCode.DONE

    text = shown()
    assert "2027-02-03 10:00 amd64 latest/edge 10 20 %" in text
    assert "- amd64 latest/edge closed -" in text


def test_a_build_is_signed_once(
    craft_store: Callable[..., int],
    knows_the_snap: ScriptedServer,
    of_snap: str,
    snap_file: Path,
    snap_program: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What was signed lies beside the snap; a second run sends that."""
    knows_the_snap.expect("GET", "/dev/api/account", json=ACCOUNT)
    info = {"snap_id": of_snap.rpartition("/")[2]}
    knows_the_snap.expect("GET", "/dev/api/snaps/info/weather-widget", json=info)
    knows_the_snap.expect("POST", f"{of_snap}/builds", json={"type": "snap-build"})

    assert craft_store("sign-build", str(snap_file), "--local") == ExitCode.DONE
    assert "signed" in capsys.readouterr().out
    assert craft_store("sign-build", str(snap_file)) == ExitCode.DONE

    assert "existing file" in capsys.readouterr().err
    beside = snap_file.with_name("weather.snap-build")
    assert beside.read_text() == "signed sign-build\n"
    assert knows_the_snap.requests[-1].json() == {"assertion": "signed sign-build\n"}
    assert len((snap_program / "calls.json").read_text().splitlines()) == 1


def test_metadata_of_a_file_is_sent(
    craft_store: Callable[..., int],
    knows_the_snap: ScriptedServer,
    of_snap: str,
    snap_file: Path,
    shown: Callable[[], str],
    tmp_path: Path,
) -> None:
    """After a check that uploads are allowed; pictures of one's own come on top."""
    icon = tmp_path / "icon.png"
    icon.write_bytes(b"picture")
    knows_the_snap.expect("POST", "/dev/api/snap-push/", json={"success": True})
    knows_the_snap.expect("POST", f"{of_snap}/metadata")
    knows_the_snap.expect("GET", f"{of_snap}/binary-metadata", json=[])
    knows_the_snap.expect("POST", f"{of_snap}/binary-metadata", json=[])

    assert craft_store("upload-metadata", str(snap_file), "--icon", str(icon)) == ExitCode.DONE

    assert "uploaded summary, description, license, title, icon." in shown()
    assert craft_store("upload-metadata", str(snap_file), "--banner", "missing") == ExitCode.USAGE


@pytest.mark.parametrize(
    ("options", "days"),
    [(("--start", "2027-01-01", "--end", "2027-01-02"), ["2027-01-01", "2027-01-02"]), ((), None)],
)
def test_metrics(
    craft_store: Callable[..., int],
    knows_the_snap: ScriptedServer,
    shown: Callable[[], str],
    options: tuple[str, ...],
    days: list[str] | None,
) -> None:
    """One line for each day and series; without days, yesterday is meant."""
    metric = {
        "status": "OK",
        "metric_name": "daily_device_change",
        "buckets": ["2027-01-01"],
        "series": [{"name": "new", "values": [7]}],
    }
    knows_the_snap.expect("POST", "/dev/api/snaps/metrics", json={"metrics": [metric]})

    call = ("metrics", "weather-widget", "--metric", "daily_device_change", *options)
    assert craft_store(*call) == ExitCode.DONE

    assert "2027-01-01 new 7" in shown()
    (sent,) = knows_the_snap.requests[1].json()["filters"]
    if days:
        assert [sent["start"], sent["end"]] == days
    else:
        assert sent["start"] == sent["end"]


def test_gating(
    craft_store: Callable[..., int],
    dashboard: ScriptedServer,
    shown: Callable[[], str],
    snap_program: Path,
) -> None:
    """What was validated is listed; a validation is signed and sent."""
    target = "/dev/api/snaps/Wq3x/validations"
    row = {
        "approved-snap-id": "Ab4y",
        "approved-snap-name": "lib",
        "approved-snap-revision": "3",
        "revoked": "true",
        "required": True,
    }
    dashboard.expect("GET", "/dev/api/snaps/info/weather-widget", json={"snap_id": "Wq3x"}, times=2)
    dashboard.expect("GET", "/v2/snaps/info/lib", json={"name": "lib", "snap-id": "Ab4y"})
    dashboard.expect("GET", target, query={"include_revoked": "1"}, json=[row], times=2)
    dashboard.expect("GET", "/dev/api/account", json=ACCOUNT)
    dashboard.expect("PUT", target, json={"type": "validation"})

    assert craft_store("gated", "weather-widget", "--include-revoked") == ExitCode.DONE
    assert "lib 3 yes yes" in shown()
    assert craft_store("validate", "weather-widget", "lib=4", "--key", "k") == ExitCode.DONE

    assert dashboard.requests[-1].json() == {"assertion": "signed sign\n"}
    assert json.loads((snap_program / "calls.json").read_text())[0] == ["sign", "-k", "k"]


@pytest.mark.parametrize(
    ("push", "list_them"),
    [
        (("validation-sets", "push"), ("validation-sets", "list")),
        (("confdb-schemas", "push"), ("confdb-schemas", "list")),
    ],
)
def test_assertions_are_signed_and_sent(
    craft_store: Callable[..., int],
    dashboard: ScriptedServer,
    shown: Callable[[], str],
    snap_program: Path,
    tmp_path: Path,
    push: tuple[str, ...],
    list_them: tuple[str, ...],
) -> None:
    """From a file in YAML; the store completes it, the program signs it."""
    file = tmp_path / "set.yaml"
    file.write_text("name: lab-set\nsequence: 3\n")
    target = f"/api/v2/{push[0]}"
    dashboard.expect("GET", "/dev/api/account", json=ACCOUNT, times=2)
    dashboard.expect("POST", f"{target}/build-assertion", json={**HEADERS, "sequence": 3}, times=2)
    dashboard.expect("POST", target, json={"assertions": [{"headers": HEADERS, "body": None}]})
    dashboard.expect("GET", target, json={"assertions": [{"headers": HEADERS}]})

    assert craft_store(*push, str(file), "--dry-run") == ExitCode.DONE
    assert "sequence: '3'" in shown()
    assert not (snap_program / "calls.json").exists()
    assert craft_store(*push, str(file), "--key", "k") == ExitCode.DONE
    assert "Signed and uploaded lab-set (3)." in shown()
    assert craft_store(*list_them) == ExitCode.DONE
    assert "q1Wm lab-set 3 - 2027-02-01T10:00:00Z" in shown()

    sent = [item for item in dashboard.requests if item.path.endswith("build-assertion")]
    assert sent[0].json() == {"name": "lab-set", "sequence": 3, "account-id": "q1Wm"}


@pytest.mark.parametrize("text", [None, "- a list", "name: [", b"\xff"])
def test_assertion_files_that_cannot_be_used(
    craft_store: Callable[..., int], tmp_path: Path, text: str | bytes | None
) -> None:
    """Nothing is sent for them."""
    file = tmp_path / "set.yaml"
    if text is not None:
        file.write_bytes(text.encode() if isinstance(text, str) else text)
    assert craft_store("validation-sets", "push", str(file)) == ExitCode.USAGE
