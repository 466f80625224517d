"""The command line, run inside the test's own process as if it were a process of its own.

::

    def test_lists_the_stores(tmp_path):
        craft_store = CommandLine(tmp_path)
        assert "charmhub" in craft_store.ok("stores").out

A run has standard streams, environment variables, a working folder and a home folder of its own, so
that only what the interpreter does before the first line of the program is left out: it does not
read its ``PYTHON...`` variables again, and modules stay imported. Where that, a signal or a
terminal is what a test is about, :meth:`CommandLine.run_process` and :meth:`CommandLine.start`
start a real process.
"""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# A shell starts what it puts into the background with interrupts ignored, and children inherit
# that: whether an interrupted command can be tested must not depend on how the tests were started.
_PROGRAM = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from craft_store_core.cli import main; main()"
)
_LIMIT = 120.0
_OURS = ("CRAFT_STORE_", "XDG_")
_KEPT = "CRAFT_STORE_STRICT_PLUGINS"


@dataclass(frozen=True)
class Finished:
    """A run of the command line that has ended.

    Attributes:
        code: The exit status.
        out: What was written to standard output.
        err: What was written to standard error.
    """

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Return the document on standard output."""
        return json.loads(self.out)

    @property
    def result(self) -> Any:
        """Return the result in the document of a command that succeeded."""
        return self._document(ok=True)["result"]

    @property
    def error(self) -> Any:
        """Return the error in the document of a command that failed, with its exit code."""
        error = self._document(ok=False)["error"]
        if error["exit-code"] != self.code:
            raise AssertionError(self)
        return error

    def _document(self, *, ok: bool) -> Any:
        document = self.json
        if (document["version"], document["ok"]) != (1, ok):
            raise AssertionError(self)
        return document


class CommandLine:
    """Run ``craft-store`` with an environment and a folder of its own.

    Args:
        folder: The home and the working folder.
        variables: Environment variables, added to those that follow from the folder.

    Attributes:
        folder: The same folder.
        environment: All variables of the following runs. At first those of this process, without
            what configures ``craft-store`` here.
    """

    def __init__(self, folder: Path, variables: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(_OURS) or name == _KEPT
        }
        self.environment: dict[str, str] = {
            **inherited,
            "HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "CRAFT_STORE_DATA": str(folder / "data"),
            **(variables or {}),
        }

    def run(self, *arguments: object, stdin: str = "", **variables: str) -> Finished:
        """Run a command to its end in this process.

        Two runs in one process cannot overlap. What the program does not catch is raised here.

        Args:
            arguments: The words after ``craft-store``.
            stdin: What standard input holds.
            variables: Added to the environment of this run.

        Raises:
            ValueError: A variable would have to be there when the interpreter starts.
        """
        environment = {**self.environment, **variables}
        _check_start(environment)
        with ExitStack() as stack:
            stack.enter_context(_environment(environment))
            stack.enter_context(_working_folder(self.folder))
            stack.enter_context(_signals())
            streams = stack.enter_context(_Streams(stdin))
            code = _run(["craft-store", *map(str, arguments)])
            return Finished(code, *streams.written())

    def ok(self, *arguments: object, stdin: str = "", **variables: str) -> Finished:
        """Run a command that must succeed, as :meth:`run` does."""
        done = self.run(*arguments, stdin=stdin, **variables)
        if done.code != 0:
            raise AssertionError(done)
        return done

    def run_process(self, *arguments: object, stdin: str = "", **variables: str) -> Finished:
        """Run a command to its end in a process of its own."""
        done = subprocess.run(  # noqa: S603 - the command that the test gives
            self._command(arguments),
            env={**self.environment, **variables},
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            cwd=self.folder,
            timeout=_LIMIT,
            check=False,
        )
        return Finished(done.returncode, done.stdout, done.stderr)

    @contextmanager
    def start(self, *arguments: object, **variables: str) -> Iterator[subprocess.Popen[str]]:
        """Start a command in a process of its own, which is killed at the end of the block."""
        with subprocess.Popen(  # noqa: S603 - the command that the test gives
            self._command(arguments),
            env={**self.environment, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            cwd=self.folder,
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    @staticmethod
    def _command(arguments: tuple[object, ...]) -> list[str]:
        return [sys.executable, "-c", _PROGRAM, *map(str, arguments)]


def _check_start(environment: Mapping[str, str]) -> None:
    late = [
        name
        for name, value in environment.items()
        if name.startswith("PYTHON")
        and name != "PYTHONIOENCODING"
        and os.environ.get(name) != value
    ]
    if late:
        raise ValueError(
            f"{', '.join(late)}: read when the interpreter starts, so use run_process()."
        )


def _run(arguments: list[str]) -> int:
    """Return the exit status that the process would have."""
    from craft_store_core.cli.main import main

    before = sys.argv
    sys.argv = arguments
    try:
        main()
    except SystemExit as end:
        return _status(end)
    finally:
        sys.argv = before
    return 0


def _status(end: SystemExit) -> int:
    if end.code is None:
        return 0
    if isinstance(end.code, int):
        return end.code & 0xFF
    print(end.code, file=sys.stderr)  # noqa: T201 - the interpreter does
    return 1


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    _replace_environment(variables)
    try:
        yield
    finally:
        _replace_environment(before)


def _replace_environment(variables: Mapping[str, str]) -> None:
    for name in os.environ.keys() - variables.keys():
        del os.environ[name]
    os.environ.update(variables)


@contextmanager
def _working_folder(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


@contextmanager
def _signals() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            if signal.getsignal(number) is not handler:
                signal.signal(number, handler)


class _Streams:
    """Files in place of the standard streams, also for the processes that a command starts.

    They are replaced in the interpreter and at the descriptors 0, 1 and 2.
    """

    def __init__(self, stdin: str) -> None:
        self._stdin = stdin
        self._files: list[IO[bytes]] = []

    def __enter__(self) -> _Streams:
        self._before = (sys.stdin, sys.stdout, sys.stderr)
        for stream in self._before[1:]:
            stream.flush()
        self._saved = [os.dup(number) for number in range(3)]
        self._files = [tempfile.TemporaryFile() for _ in range(3)]  # noqa: SIM115 - see __exit__
        self._files[0].write(self._stdin.encode())
        self._files[0].seek(0)
        for number, file in enumerate(self._files):
            os.dup2(file.fileno(), number)
        encoding = os.environ.get("PYTHONIOENCODING") or "utf-8"
        self._ours = (
            os.fdopen(0, encoding=encoding, closefd=False),
            os.fdopen(1, "w", encoding=encoding, closefd=False),
            os.fdopen(2, "w", 1, encoding=encoding, errors="backslashreplace", closefd=False),
        )
        sys.stdin, sys.stdout, sys.stderr = self._ours
        return self

    def written(self) -> tuple[str, str]:
        """Return what was written to standard output and standard error, at the end."""
        for stream in self._ours[1:]:
            if not stream.closed:
                stream.flush()
        return self._read(1), self._read(2)

    def _read(self, number: int) -> str:
        self._files[number].seek(0)
        # A pipe in text mode gives lines that end alike, whatever the program wrote.
        return io.TextIOWrapper(io.BytesIO(self._files[number].read()), "utf-8").read()

    def __exit__(self, *_: object) -> None:
        sys.stdin, sys.stdout, sys.stderr = self._before
        for stream in self._ours:
            stream.close()
        for number, saved in enumerate(self._saved):
            os.dup2(saved, number)
            os.close(saved)
        for file in self._files:
            file.close()
