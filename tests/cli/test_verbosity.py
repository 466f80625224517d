"""What is said with ``-v``, ``-vv`` and ``-q``: data on standard output, all else beside it."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path


def secrets_in(folder: Path) -> list[str]:
    """Return every secret text of the stored credentials."""
    stored = json.loads((folder / "data" / "credentials.json").read_text())
    texts = [text for users in stored.values() for text in users.values()]

    def values(document: Any) -> list[str]:
        if isinstance(document, dict):
            return [text for item in document.values() for text in values(item)]
        return [document] if isinstance(document, str) else []

    # What is shorter is a host, a name or a kind.
    found = [text for encoded in texts for text in values(json.loads(base64.b64decode(encoded)))]
    return [*texts, *(text for text in found if len(text) > 60)]


@pytest.mark.parametrize(
    ("store", "make_stale", "renewal"),
    [
        ("sandbox", "revoke_tokens", "/tokens/usso/exchange"),
        ("sandbox-snap", "force_refresh", "/tokens/refresh"),
    ],
)
def test_requests_are_shown_without_secrets(
    at_sandbox: Any, log_in: Any, sandbox_store: Any, store: str, make_stale: str, renewal: str
) -> None:
    """Login, renewal and use: each request with its answer and id, nothing that opens a door."""
    at_sandbox.environment["CRAFT_STORE_STORE"] = store
    login = log_in("-vv")
    assert login.code == 0, login
    otp = (at_sandbox.folder / "otp").read_text().strip()
    getattr(sandbox_store, make_stale)()
    used = at_sandbox.ok("whoami", "-vv")
    hidden = [sandbox_store.password, *secrets_in(at_sandbox.folder)]
    assert len(hidden) > 3
    for secret in hidden:
        assert secret not in login.out + login.err + used.out + used.err
    assert f'"{otp}"' not in login.err
    for text in ("POST ", "/tokens/discharge", "200 after", "request id", "<hidden>"):
        assert text in login.err
    assert renewal in used.err
    assert "DEBUG" not in login.out + used.out


def test_more_is_said_step_by_step(logged_in: Any) -> None:
    """Nothing by default, all requests with -vv, in either place; the result is the same."""
    usual = logged_in.ok("whoami", "--format", "json")
    assert usual.err == ""
    for arguments in (("-vv", "whoami"), ("whoami", "-v", "--verbose")):
        verbose = logged_in.ok(*arguments, "--format", "json")
        assert "GET" in verbose.err
        assert verbose.json == usual.json
    once = logged_in.ok("whoami", "-v", "--format", "json")
    assert "request body" not in once.err
    assert once.json == usual.json


def test_a_defect_shows_where_it_is_with_vv(at_sandbox: Any, tmp_path: Path) -> None:
    """A traceback is for who asks for it."""
    missing = str(tmp_path / "missing.toml")
    assert "Traceback" not in at_sandbox.run("whoami", "-v", CRAFT_STORE_CONFIG=missing).err
    assert "Traceback" in at_sandbox.run("whoami", "-vv", CRAFT_STORE_CONFIG=missing).err


def test_quiet_leaves_the_result_and_errors(logged_in: Any) -> None:
    """Hints and progress are gone, results and errors are not."""
    assert logged_in.ok("names").err
    silent = logged_in.ok("names", "-q")
    assert (silent.out, silent.err) == ("", "")
    assert logged_in.ok("whoami", "-q").out
    failed = logged_in.run("status", "no-such-name", "-q")
    assert failed.code == 5
    for part in ("error: ", "  why: ", "  what to do: ", "  request id: "):
        assert f"\n{part}" in f"\n{failed.err}"
