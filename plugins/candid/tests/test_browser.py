"""Opening a browser, in a process of its own."""

from __future__ import annotations

import stat
import sys
import webbrowser
from typing import TYPE_CHECKING, Any

import pytest

from craft_store_candid import CandidFlow
from craft_store_candid.browser import open_browser

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from craft_store_core.plugins import AuthContext, LoginRequest

SCRIPT = """#!{python}
import sys
from urllib.parse import urlencode
from urllib.request import urlopen
print("Opening in existing browser session.")
print(urlopen(sys.argv[1]).read())
form = urlencode({{"username": "jo-example", "password": "correct horse battery"}}).encode()
print(urlopen(sys.argv[1], form).read())
"""


@pytest.fixture
def noisy_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a program that logs in, and writes on standard output, the user's browser."""
    program = tmp_path / "noisy-browser"
    program.write_text(SCRIPT.format(python=sys.executable), encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("BROWSER", str(program))


@pytest.mark.usefixtures("noisy_browser")
def test_a_noisy_browser_does_not_reach_standard_output(
    context: AuthContext,
    make_request: Callable[..., LoginRequest],
    capfd: pytest.CaptureFixture[str],
) -> None:
    """The login works with a browser as the system starts it; its output is on standard error."""
    assert CandidFlow(context).login(make_request(timeout="10")).token == "token-1"
    output = capfd.readouterr()
    assert output.out == ""
    assert "Opening in existing browser session." in output.err


def test_a_browser_that_fails_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without any browser the answer is no."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("BROWSER", str(tmp_path / "missing-browser"))
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert open_browser("http://127.0.0.1:9/") is False


def test_a_missing_interpreter_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An interpreter that is gone counts as no browser."""
    monkeypatch.setattr(sys, "executable", str(tmp_path / "gone"))
    assert open_browser("http://127.0.0.1:9/") is False


@pytest.mark.parametrize("opened", [True, False])
def test_a_frozen_program_opens_the_browser_itself(
    opened: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the executable is the program and no interpreter, no second one is started."""
    seen: list[Any] = []
    monkeypatch.setattr(sys, "frozen", True, raising=False)

    def record(url: str) -> bool:
        seen.append(url)
        return opened

    monkeypatch.setattr(webbrowser, "open", record)
    assert open_browser("http://127.0.0.1:9/") is opened
    assert seen == ["http://127.0.0.1:9/"]
