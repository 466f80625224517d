"""Programs that report progress, on a terminal of their own and without one."""

from __future__ import annotations

import os
import re
import select
import struct
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PRELUDE = """
import itertools, logging, sys
from craft_cli import EmitterMode, emit
from craft_store_core.plugins.progress import guarded
from craft_store_craft_cli_progress import CraftCliReporter

# Every look at this clock is a second later: each update is drawn.
reporter = CraftCliReporter(clock=itertools.count().__next__)
MIB = 1024 * 1024
"""


@pytest.fixture
def program() -> Callable[[str], list[str]]:
    """Return the command line of a program that has a reporter."""
    return lambda code: [sys.executable, "-c", PRELUDE + textwrap.dedent(code)]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The variables of a user whose home is empty."""
    kept = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES"}}
    return {**kept, "HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path), "TERM": "xterm"}


def read_to_the_end(terminal: int) -> str:
    """Return what a program wrote to its terminal until it closed it."""
    shown = b""
    while select.select([terminal], [], [], 60)[0]:
        try:
            piece = os.read(terminal, 65536)
        except OSError:
            # Linux' way to say that nobody has the other side open.
            piece = b""
        if not piece:
            return shown.decode()
        shown += piece
    raise TimeoutError(f"nothing new for a minute after {shown!r}")


@pytest.fixture
def on_terminal(
    program: Callable[[str], list[str]], environment: dict[str, str]
) -> Callable[[str], list[str]]:
    """Run code on a pseudo-terminal; return what was shown, one text per drawing."""
    # They exist where there are pseudo-terminals.
    import fcntl
    import pty
    import termios

    def run(code: str) -> list[str]:
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
        # Not forkpty: the tests may have threads, and a fork would take their locks along.
        with subprocess.Popen(
            program(code),
            env=environment,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        ) as process:
            os.close(theirs)
            shown = read_to_the_end(ours)
        os.close(ours)
        assert process.returncode == 0, shown
        without_codes = re.sub(r"\x1b\[[?0-9;]*[A-Za-z]", "", shown)
        return [line.rstrip() for line in re.split(r"[\r\n]+", without_codes) if line.strip()]

    return run


@pytest.fixture
def off_terminal(
    program: Callable[[str], list[str]], environment: dict[str, str]
) -> Callable[[str], subprocess.CompletedProcess[str]]:
    """Run code with its output captured."""

    def run(code: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            program(code),
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )

    return run
