"""``auth status`` and ``auth import``."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click
import pytest

from craft_store_core.cli.durations import parse_duration, take_seconds

if TYPE_CHECKING:
    from pathlib import Path


def test_status_says_whose_credentials_from_where_and_how_long(logged_in: Any) -> None:
    """Backend, why not the others, account, permissions and validity."""
    shown = logged_in.ok("auth", "status", "--min-valid", "14d").out
    for text in ("jo-example", "file", "(in use)", "29 days", "package-manage", "environment: "):
        assert text in shown
    result = logged_in.ok("auth", "status", "--format", "json").result
    assert result["credential-backend"] == "file"
    assert result["account"] == "jo-example"
    assert 29 * 86400 < result["seconds-left"] <= 30 * 86400
    assert [item["usable"] for item in result["backends"]] == [False, True]


def test_credentials_that_do_not_say_how_long_they_are_valid(
    at_sandbox: Any, sandbox_store: Any
) -> None:
    """Those of snapcraft do not, and their macaroons do: it is known once they were used."""
    exported = sandbox_store.issue_snap_macaroons(sandbox_store.account).exported
    call = ("auth", "status", "--min-valid", "14d", "--store", "sandbox-snap", "--format", "json")
    result = at_sandbox.ok(*call, CRAFT_STORE_CREDENTIALS=exported).result
    assert result["seconds-left"] > 300 * 86400


def test_credentials_that_end_too_soon(log_in: Any, at_sandbox: Any) -> None:
    """--min-valid fails early, with the code for authentication."""
    assert log_in("--ttl", "3600").code == 0
    done = at_sandbox.run("auth", "status", "--min-valid", "2h")
    assert done.code == 3
    assert "59 minutes" in done.err
    at_sandbox.ok("auth", "status", "--min-valid", "30m")


def test_status_without_credentials(at_sandbox: Any) -> None:
    """Nothing stored is an authentication error."""
    assert at_sandbox.run("auth", "status").code == 3


def test_offline_status_sends_nothing(logged_in: Any, sandbox_store: Any) -> None:
    """--offline tells what is known here."""
    sandbox_store.forget_requests()
    result = logged_in.ok("auth", "status", "--offline", "--format", "json").result
    assert result["accepted"] is None
    assert result["account"] == "jo@example.com"
    assert sandbox_store.requests == []


def test_import_keeps_what_was_exported(log_in: Any, at_sandbox: Any, tmp_path: Path) -> None:
    """Exported credentials are kept after the store accepted them."""
    log_in("--export", tmp_path / "exported")
    done = at_sandbox.ok("auth", "import", tmp_path / "exported")
    assert "jo-example" in done.out
    at_sandbox.ok("whoami")


def test_import_reads_legacy_forms_from_standard_input(at_sandbox: Any, sandbox_store: Any) -> None:
    """A bare token, as older programs exported it; it is bound to the store that accepted it."""
    token = sandbox_store.issue_token(sandbox_store.account)
    encoded = base64.b64encode(token.encode()).decode()
    at_sandbox.ok("auth", "import", stdin=f"{encoded}\n")
    stored = json.loads((at_sandbox.folder / "data" / "credentials.json").read_text())
    (value,) = (text for users in stored.values() for text in users.values())
    host = sandbox_store.urls.api.partition("//")[2]
    assert json.loads(base64.b64decode(value))["craft-store"]["host"] == host


@pytest.mark.parametrize(
    ("text", "code"),
    [("", 3), ("%%%", 3), (base64.b64encode(b"never-issued").decode(), 3)],
)
def test_import_keeps_nothing_that_is_not_accepted(at_sandbox: Any, text: str, code: int) -> None:
    """Unreadable and unknown credentials are refused and not stored."""
    assert at_sandbox.run("auth", "import", stdin=text).code == code
    assert at_sandbox.run("whoami").code == 3
    assert at_sandbox.run("auth", "import", "missing-file").code == 2


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("15m", 900), ("12h", 43_200), ("14d", 1_209_600)]
)
def test_durations(text: str, seconds: int) -> None:
    """A number with a unit."""
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "14", "d", "-1d", "1.5h", "1w", "9999999d", "१d"])
def test_what_is_no_duration(text: str) -> None:
    """Everything else is a usage error."""
    with pytest.raises(click.BadParameter):
        parse_duration(text)


@pytest.mark.parametrize(("text", "seconds"), [("30d", 2592000), ("12h", 43200), ("90", 90)])
def test_a_lifetime_is_a_duration_or_seconds(text: str, seconds: int) -> None:
    """The value of ``--ttl`` reaches the login in seconds."""
    context = click.Context(click.Command("login"))
    assert take_seconds(context, click.Option(["--ttl"]), text) == seconds


@pytest.mark.parametrize("text", ["0", "0d", "soon", "-1", "1.5h"])
def test_a_lifetime_of_another_form_is_refused(craft_store: Any, text: str) -> None:
    """With the exit code of wrong usage, before anything is sent."""
    refused = craft_store.run("login", "--store", "sandbox", f"--ttl={text}")
    assert (refused.code, f"'{text}'" in refused.err) == (2, True), refused
