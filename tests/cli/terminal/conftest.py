"""The real ``craft-store`` process on a real pseudo-terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pexpect
import pytest
from pexpect.fdpexpect import fdspawn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# It makes its terminal its controlling one, so that Ctrl-C in it is an interrupt; and it heeds that
# interrupt also where the test run itself was started with interrupts ignored.
_START = """\
import fcntl, signal, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
signal.signal(signal.SIGINT, signal.default_int_handler)
"""
PROGRAM = f"""\
{_START}
from craft_store_core.cli import main
main()
"""
SHELL = f"""\
{_START}
import os, sys
os.execvp("bash", ["bash", *sys.argv[1:]])
"""


class Terminal:
    """A terminal in which a program runs.

    Args:
        program: A program in Python.
        arguments: Its arguments.
        environment: The variables of the program.
        folder: Where it runs.
        columns: Width of the terminal.
    """

    def __init__(
        self,
        program: str,
        arguments: tuple[object, ...],
        environment: dict[str, str],
        folder: Any,
        columns: int,
    ) -> None:
        # Not pexpect.spawn(): forking is not safe beside the threads of the sandbox.
        self._ours, theirs = pty.openpty()
        self.resize(columns)
        self._process = subprocess.Popen(
            [sys.executable, "-c", program, *map(str, arguments)],
            env=environment,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            cwd=folder,
        )
        os.close(theirs)
        self._child = fdspawn(self._ours, encoding="utf-8", timeout=60)
        self._shown = ""

    def expect(self, pattern: str) -> str:
        """Wait until something is shown; return what was shown until then."""
        self._child.expect(pattern)
        seen = f"{self._child.before}{self._child.after}"
        self._shown += seen
        return seen

    def type(self, text: str) -> None:
        """Type a line."""
        self._child.sendline(text)

    def press(self, key: str) -> None:
        """Press a key together with Ctrl."""
        self._child.send(chr(ord(key.upper()) - ord("@")))

    def resize(self, columns: int) -> None:
        """Change the width."""
        size = struct.pack("HHHH", 24, columns, 0, 0)
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, size)

    def interrupt(self) -> tuple[int, str]:
        """Press Ctrl-C, and go on as at the end.

        One that comes between the moment in which a question was drawn and that in which its
        answer is waited for is not heard by GNU readline: as a person would, it is pressed again.
        """
        for _ in range(5):
            self.press("c")
            if self._child.expect([pexpect.EOF, pexpect.TIMEOUT], timeout=12) == 0:
                break
        return self.end()

    def end(self) -> tuple[int, str]:
        """Wait for the end of the program; return its exit code and all that was shown."""
        if self._child.after is not pexpect.EOF:
            self._child.expect(pexpect.EOF)
        self._shown += self._child.before or ""
        return self._process.wait(timeout=60), self._shown.replace("\r\n", "\n")

    def close(self) -> None:
        """Close the terminal; a program that still runs is ended."""
        self._process.kill()
        self._process.wait(timeout=60)
        self._child.close()


@pytest.fixture
def on_terminal(craft_store: Any) -> Iterator[Callable[..., Terminal]]:
    """Start ``craft-store``, or another program, on a terminal.

    With the environment of the fixture ``craft_store``.
    """
    with ExitStack() as stack:

        def start(
            *arguments: object, program: str = PROGRAM, columns: int = 80, **variables: str
        ) -> Terminal:
            # The size of the terminal that the tests run in says nothing.
            environment = dict(craft_store.environment)
            environment.pop("COLUMNS", None)
            environment.pop("LINES", None)
            environment |= {"TERM": "xterm", **variables}
            terminal = Terminal(program, arguments, environment, craft_store.folder, columns)
            stack.callback(terminal.close)
            return terminal

        yield start


@pytest.fixture
def in_shell(on_terminal: Any, craft_store: Any) -> Callable[[list[str]], Terminal]:
    """Run lines in a shell on a terminal, up to the first that fails, as a person types them."""

    def start(lines: list[str]) -> Terminal:
        commands = craft_store.folder / "bin"
        commands.mkdir()
        command = commands / "craft-store"
        command.write_text(
            f"#!{sys.executable}\nfrom craft_store_core.cli import main\nmain()\n", "utf-8"
        )
        command.chmod(0o755)
        steps = craft_store.folder / "steps"
        steps.write_text("\n".join(["set -e", *lines, ""]), "utf-8")
        path = f"{commands}{os.pathsep}{craft_store.environment['PATH']}"
        terminal: Terminal = on_terminal(steps, program=SHELL, PATH=path)
        return terminal

    return start


@pytest.fixture
def without_styles() -> Callable[[str], str]:
    """Take colours and the like out of what was shown."""

    def run(text: str) -> str:
        return re.sub(r"\x1b\[[0-9;]*m", "", text)

    return run
