"""What the snap commands answer to mistakes: before anything is sent where that can be."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from craft_store_core.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from craft_store_core.testing.scripted import ScriptedServer

INVITES = "/v1/snap/weather-widget/collaborators/invites"


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Callable[[], str]:
    """Return what was said on standard error since it was last asked, blanks folded."""
    return lambda: " ".join(capsys.readouterr().err.split())


def test_what_the_program_says_is_no_result(
    craft_store: Callable[..., int], capfd: pytest.CaptureFixture[str], snap_program: Path
) -> None:
    """It talks to the person while it makes a key: not where programs read JSON."""
    program = snap_program / "snap"
    program.write_text(program.read_text() + "print('Passphrase:')\n")
    assert craft_store("create-key", "new", "--format", "json") == ExitCode.DONE
    out, err = capfd.readouterr()
    assert json.loads(out)["result"] == {"name": "new"}
    assert err == "Passphrase:\n"


def test_a_key_that_cannot_be_made(
    craft_store: Callable[..., int], capfd: pytest.CaptureFixture[str], snap_program: Path
) -> None:
    """The program has said why."""
    (snap_program / "fails").write_text("error: there is such a key")
    assert craft_store("create-key", "new") == ExitCode.FAILED
    err = capfd.readouterr().err
    assert "error: there is such a key\n" in err
    assert "why: Its messages are above." in err


def test_a_key_is_made_without_a_terminal(
    craft_store: Callable[..., int], snap_program: Path
) -> None:
    """Then the program finds nobody whom it could ask: no job waits for an answer for ever."""
    program = snap_program / "snap"
    program.write_text(
        program.read_text() + "(folder / 'asked').write_text(repr(sys.stdin.read()))\n"
    )
    assert craft_store("create-key", "new", "--non-interactive") == ExitCode.DONE
    assert (snap_program / "asked").read_text() == "''"


def test_why_the_program_did_not_sign(
    craft_store: Callable[..., int],
    dashboard: ScriptedServer,
    said: Callable[[], str],
    snap_program: Path,
) -> None:
    """In the program's own words, said once."""
    (snap_program / "fails").write_text("error: no such key")
    dashboard.expect("GET", "/dev/api/account", json={"id": "q1Wm"})
    assert craft_store("register-key", "new") == ExitCode.FAILED
    assert "failed. why: no such key what to do: List the keys with 'craft-store keys'" in said()


def test_counts_are_whole_numbers(
    craft_store: Callable[..., int],
    knows_the_snap: ScriptedServer,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Seven installations are not 7.0; what is no number is shown as it is."""
    metric: dict[str, Any] = {
        "status": "OK",
        "buckets": ["2027-01-01", "2027-01-02", "2027-01-03"],
        "series": [{"name": "stable", "values": [1234567, 0.5, None]}],
    }
    knows_the_snap.expect("POST", "/dev/api/snaps/metrics", json={"metrics": [metric]})
    call = ("metrics", "weather-widget", "--metric", "installed_base_by_channel")
    assert craft_store(*call) == ExitCode.DONE
    values = [line.split()[-1] for line in capsys.readouterr().out.splitlines()[1:]]
    assert values == ["1234567", "0.5", "-"]


def test_nothing_is_promoted_to_itself(
    craft_store: Callable[..., int],
    dashboard: ScriptedServer,
    channel_map: dict[str, Any],
    said: Callable[[], str],
) -> None:
    """Also where the two are written in different ways: the snap's default track is 2.x."""
    dashboard.expect("GET", "/api/v2/snaps/weather-widget/channel-map", json=channel_map)
    call = ("promote-snap", "weather-widget", "--from", "beta", "--to", "2.x/beta")
    assert craft_store(*call) == ExitCode.USAGE
    assert "Cannot promote 2.x/beta to itself." in said()


def test_a_channel_with_a_typing_mistake(
    craft_store: Callable[..., int], said: Callable[[], str]
) -> None:
    """It is found before anything is sent."""
    call = ("promote-snap", "weather-widget", "--from", "bta", "--to", "stable")
    assert craft_store(*call) == ExitCode.USAGE
    assert "'bta' is not a risk." in said()


@pytest.mark.usefixtures("snap_program")
def test_a_snap_that_is_not_there_is_not_validated(
    craft_store: Callable[..., int], dashboard: ScriptedServer, snap_program: Path
) -> None:
    """A misspelt name is not taken for an id; nothing is signed."""
    dashboard.expect("GET", "/v2/snaps/info/lib-snpa", status=404)
    dashboard.expect("GET", "/dev/api/snaps/info/lib-snpa", status=404)
    assert craft_store("validate", "lab-gadget", "lib-snpa=3") == ExitCode.NOT_FOUND
    assert not (snap_program / "calls.json").exists()


@pytest.mark.parametrize("email", ["jo", "@example.com", "jo@"])
def test_people_are_invited_by_their_address(
    craft_store: Callable[..., int], said: Callable[[], str], email: str
) -> None:
    """A user name would make an invitation that reaches nobody; nothing is sent."""
    assert craft_store("collaborators", "invite", "weather-widget", email) == ExitCode.USAGE
    assert f"{email!r} is not an e-mail address." in said()


def test_invitations_that_are_not_there(
    craft_store: Callable[..., int],
    dashboard: ScriptedServer,
    said: Callable[[], str],
    tmp_path: Path,
) -> None:
    """The advice is about the invitation, not about the name of the snap."""
    token = tmp_path / "token"
    token.write_text("t0k\n")
    answer = ("collaborators", "answer", "weather-widget", "--token-file", str(token))
    dashboard.expect("POST", f"{INVITES}/revoke", status=404)
    dashboard.expect("POST", f"{INVITES}/accept", status=404)
    dashboard.expect("POST", f"{INVITES}/accept", status=400)

    call = ("collaborators", "revoke", "weather-widget", "jo@example.com")
    assert craft_store(*call) == ExitCode.NOT_FOUND
    assert "Run 'craft-store collaborators list weather-widget' to list the invitations." in said()
    assert craft_store(*answer) == ExitCode.NOT_FOUND
    assert "contains the unchanged token" in said()
    assert craft_store(*answer) == ExitCode.FAILED
    assert "A token answers one invitation, once." in said()


@pytest.mark.parametrize("sequence", ["x", "0", "-1", "٣", ""])
def test_sequences_that_are_none(
    craft_store: Callable[..., int], said: Callable[[], str], sequence: str
) -> None:
    """Found out before anything is sent; confdb schemas have no sequences at all."""
    assert craft_store("validation-sets", "list", "--sequence", sequence) == ExitCode.USAGE
    assert "not 'all', 'latest' or a number" in said()
    assert craft_store("confdb-schemas", "list", "--sequence", "1") == ExitCode.USAGE
    assert "No such option" in said()


@pytest.mark.parametrize("sequence", ["all", "latest", "3"])
def test_a_sequence_is_asked_for(
    craft_store: Callable[..., int],
    dashboard: ScriptedServer,
    said: Callable[[], str],
    sequence: str,
) -> None:
    """And of a name that nobody used it is said which name that was."""
    target = "/api/v2/validation-sets/lab-set"
    dashboard.expect("GET", target, query={"sequence": sequence}, json={"assertions": []})
    call = ("validation-sets", "list", "lab-set", "--sequence", sequence)
    assert craft_store(*call) == ExitCode.DONE
    assert said() == "The account has no validation sets with the name lab-set."


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (None, "cannot be read. why: No such file or directory"),
        ("name: lab-set\nsnaps: [\n", "is not YAML. why: Line 3: "),
        ("name: \x00", "cannot be read. why: unacceptable character"),
        ("- a list", "cannot be used. why: The file is not a mapping."),
        ("name: 2027-02-01", "cannot be used. why: Object of type date is not JSON"),
        ("snaps: &a [*a]", "cannot be used. why: Circular reference detected."),
    ],
)
def test_files_of_assertions_that_cannot_be_used(
    craft_store: Callable[..., int],
    said: Callable[[], str],
    tmp_path: Path,
    text: str | None,
    why: str,
) -> None:
    """The file is named, and the line where there is one."""
    file = tmp_path / "set.yaml"
    if text is not None:
        file.write_text(text)
    assert craft_store("validation-sets", "push", str(file)) == ExitCode.USAGE
    assert f"set.yaml {why}" in said()


def test_what_is_not_known_of_tracks_is_not_said(
    craft_store: Callable[..., int],
    dashboard: ScriptedServer,
    channel_map: dict[str, Any],
    said: Callable[[], str],
) -> None:
    """The dashboard does not tell which tracks may be created: that is not the same as none."""
    dashboard.expect("GET", "/api/v2/snaps/weather-widget/channel-map", json=channel_map)
    assert craft_store("tracks", "weather-widget") == ExitCode.DONE
    assert said() == ""


@pytest.mark.parametrize(
    ("options", "days"),
    [
        (("--end", "2027-01-05"), ("2027-01-05", "2027-01-05")),
        (("--start", "2027-01-03", "--end", "2027-01-05"), ("2027-01-03", "2027-01-05")),
        (("--start", "2999-01-03"), ("2999-01-03", "2999-01-03")),
    ],
)
def test_one_day_is_enough(
    craft_store: Callable[..., int],
    knows_the_snap: ScriptedServer,
    options: tuple[str, ...],
    days: tuple[str, str],
) -> None:
    """Whichever it is, the interval does not end before it begins."""
    knows_the_snap.expect("POST", "/dev/api/snaps/metrics", json={"metrics": []})
    call = ("metrics", "weather-widget", "--metric", "daily_device_change", *options)
    assert craft_store(*call) == ExitCode.DONE
    (sent,) = knows_the_snap.requests[-1].json()["filters"]
    assert (sent["start"], sent["end"]) == days


def test_invitations_that_nobody_took(
    craft_store: Callable[..., int],
    dashboard: ScriptedServer,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Whether one can still be taken is told."""
    dashboard.expect("GET", INVITES.rpartition("/")[0], json={"collaborators": []})
    invites = [
        {"email": "jo@example.com", "expires-at": "2999-01-01T00:00:00Z"},
        {"email": "sam@example.com", "expires-at": "2000-01-01T00:00:00Z"},
        {"email": "taken@example.com", "accepted-at": "2000-01-01T00:00:00Z"},
        {"email": "back@example.com", "revoked-at": "2000-01-01T00:00:00Z"},
    ]
    dashboard.expect("GET", INVITES, json={"invites": invites})
    assert craft_store("collaborators", "list", "weather-widget") == ExitCode.DONE
    rows = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()[1:]]
    assert rows == ["- jo@example.com invited", "- sam@example.com invitation expired"]


@pytest.mark.parametrize(
    "there", ["folder", b"\xff"], ids=["something else", "something unreadable"]
)
def test_what_lies_beside_a_snap_and_cannot_be_used(
    craft_store: Callable[..., int],
    snap_file: Path,
    said: Callable[[], str],
    there: str | bytes,
) -> None:
    """It is named; nothing is signed and nothing is sent."""
    beside = snap_file.with_name(f"{snap_file.name}-build")
    if isinstance(there, bytes):
        beside.write_bytes(there)
    else:
        beside.mkdir()
    assert craft_store("sign-build", str(snap_file)) == ExitCode.USAGE
    assert f"{beside.name} cannot be read." in said()


@pytest.mark.usefixtures("snap_program")
def test_where_what_is_signed_cannot_be_kept(
    craft_store: Callable[..., int],
    knows_the_snap: ScriptedServer,
    snap_file: Path,
    said: Callable[[], str],
) -> None:
    """Nothing is sent then: another run would have to sign again."""
    knows_the_snap.expect("GET", "/dev/api/account", json={"id": "q1Wm"})
    beside = snap_file.with_name(f"{snap_file.name}-build")
    beside.symlink_to(snap_file.parent / "no-such-folder" / "file")
    assert craft_store("sign-build", str(snap_file)) == ExitCode.USAGE
    assert "cannot be written. why: No such file or directory." in said()
