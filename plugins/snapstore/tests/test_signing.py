"""Signing by the program ``snap``, for which a substitute answers here."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from craft_store_core.errors import UnexpectedResponseError, UsageError
from craft_store_snapstore import SnapProgram
from craft_store_snapstore.errors import SigningFailedError
from craft_store_snapstore.gating import parse_validation, sign_validation
from craft_store_snapstore.signing import LocalKey

if TYPE_CHECKING:
    from pathlib import Path

    from craft_store_core.testing.scripted import ScriptedServer
    from craft_store_snapstore import SnapStoreEndpoints


def calls(folder: Path) -> list[tuple[list[str], Any]]:
    lines = (folder / "calls.json").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    return [(arguments, json.loads(given) if given else None) for arguments, given in rows]


def test_what_the_program_is_told(snap_program: Path, tmp_path: Path) -> None:
    """Each piece of work becomes one call; what is signed goes in on standard input."""
    program = SnapProgram()
    file = tmp_path / "x.snap"

    assert program.list_keys() == [LocalKey("default", "kQ7z")]
    program.create_key("new")
    assert program.export_key("new", "q1Wm") == "signed export-key\n"
    assert program.sign({"type": "validation-set"}, "new") == "signed sign\n"
    program.sign({"type": "validation-set"})
    program.sign_build(file, account_id="q1Wm", snap_id="Wq3x", grade="devel", key="new")
    program.sign_build(file, account_id="q1Wm", snap_id="Wq3x", grade="stable")

    build = ["sign-build", "--developer-id=q1Wm", "--snap-id=Wq3x"]
    assert calls(snap_program) == [
        (["keys", "--json"], None),
        (["create-key", "new"], None),
        (["export-key", "--account=q1Wm", "new"], None),
        (["sign", "-k", "new"], {"type": "validation-set"}),
        (["sign"], {"type": "validation-set"}),
        ([*build, "--grade=devel", "-k", "new", str(file)], None),
        ([*build, "--grade=stable", str(file)], None),
    ]


@pytest.mark.parametrize("text", ["null", "[]", ""])
def test_no_keys(snap_program: Path, text: str) -> None:
    """The program has several words for none."""
    (snap_program / "keys.json").write_text(text)
    assert SnapProgram().list_keys() == []


@pytest.mark.parametrize("text", ["not JSON", "7", "[1]", '[{"name": "x"}]'])
def test_keys_in_an_odd_form(snap_program: Path, text: str) -> None:
    """A program of another release is not misread."""
    (snap_program / "keys.json").write_text(text)
    with pytest.raises(UnexpectedResponseError):
        SnapProgram().list_keys()


@pytest.mark.parametrize(
    ("said", "why"),
    [("error: no such key\nerror: cannot sign\n", "cannot sign"), ("", "status 3")],
)
def test_what_the_program_says_when_it_fails(snap_program: Path, said: str, why: str) -> None:
    """Its last words are shown; where it has none, its status."""
    (snap_program / "fails").write_text(said)

    with pytest.raises(SigningFailedError) as failure:
        SnapProgram().sign({})

    assert why in str(failure.value.why)


def test_without_the_program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The error says what to install; one that is there and cannot run is an error as well."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SigningFailedError, match="not installed"):
        SnapProgram().list_keys()
    with pytest.raises(SigningFailedError, match="failed"):
        SnapProgram(str(tmp_path)).list_keys()


@pytest.mark.parametrize("text", ["lib", "lib=", "=3", "lib=x", "lib=0", "lib=-1", "lib=٣"])
def test_validations_that_say_nothing(text: str) -> None:
    """Each is a name and a revision."""
    with pytest.raises(UsageError):
        parse_validation(text)


def test_a_validation_is_signed_for_the_gated_snap(
    snapstore: SnapStoreEndpoints,
    knows_the_snap: ScriptedServer,
    of_snap: str,
    snap_program: Path,
) -> None:
    """One that was made before gets the next revision; a name that nobody has is taken as an id."""
    knows_the_snap.expect("GET", "/v2/snaps/info/lib", json={"snap-id": "Ab4y"})
    knows_the_snap.expect("GET", "/v2/snaps/info/Zz9", status=404)
    knows_the_snap.expect("GET", "/dev/api/snaps/info/Zz9", status=404)
    knows_the_snap.expect(
        "GET",
        f"{of_snap}/validations",
        times=2,
        json=[
            {"approved-snap-id": "Ab4y", "approved-snap-revision": "3", "revision": "1"},
            {"approved-snap-id": "Ab4y", "approved-snap-revision": "3"},
            {"approved-snap-id": "Ab4y", "approved-snap-revision": "4", "revision": "9"},
        ],
    )
    knows_the_snap.expect("GET", "/dev/api/account", times=2, json={"id": "q1Wm", "snaps": {}})

    text = sign_validation(snapstore, SnapProgram(), "weather-widget", "lib", 3, revoked=True)
    sign_validation(snapstore, SnapProgram(), "weather-widget", "Zz9", 3, key="new")

    assert text == "signed sign\n"
    first, second = (given for _, given in calls(snap_program))
    assert first.pop("timestamp").endswith("Z")
    assert first == {
        "type": "validation",
        "authority-id": "q1Wm",
        "series": "16",
        "snap-id": of_snap.rpartition("/")[2],
        "approved-snap-id": "Ab4y",
        "approved-snap-revision": "3",
        "revoked": "true",
        "revision": "2",
    }
    assert (second["approved-snap-id"], second["revoked"]) == ("Zz9", "false")
    assert "revision" not in second
