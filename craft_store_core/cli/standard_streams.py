"""Standard input, and the one way out: results on standard output, all else on standard error.

Each of the three may be missing, closed, full, or a pipe that nobody reads any more. What cannot be
written to standard error is dropped: the work goes on. A result that cannot be written stops
nothing either; it is noted, for the exit code.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, cast

import click

from craft_store_core.errors import UsageError
from craft_store_core.streams import SafeStream

if TYPE_CHECKING:
    from types import TracebackType
    from typing import TextIO


_STANDARD_ERROR = 2


class Output:
    """Standard output and standard error of one run.

    Within its context it takes the place of both in :mod:`sys`, so that what libraries and plugins
    write there is as harmless.
    """

    def __init__(self) -> None:
        self._before: tuple[TextIO, TextIO] | None = None
        self._guards: tuple[SafeStream, SafeStream] | None = None

    def __enter__(self) -> Output:
        self._before = sys.stdout, sys.stderr
        self._guards = SafeStream(sys.stdout), SafeStream(sys.stderr, persistent=True)
        sys.stdout, sys.stderr = (cast("TextIO", guard) for guard in self._guards)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._before is not None:
            sys.stdout, sys.stderr = self._before
        for guard in self._guards or ():
            guard.finish()

    @property
    def encoding(self) -> str:
        """How standard output is encoded."""
        return sys.stdout.encoding or "utf-8"

    def print_line(self, text: str) -> None:
        """Write a line of the result to standard output."""
        click.echo(text, file=sys.stdout)

    def tell_line(self, text: str) -> None:
        """Write a line for people to standard error."""
        click.echo(text, file=sys.stderr)

    def lost_result(self) -> OSError | ValueError | None:
        """Return why the result, or a part of it, was not written; None if all of it was."""
        if self._guards is None:
            return None
        results, _ = self._guards
        results.flush()
        return results.error


def read_input(*, line: bool = False) -> str:
    """Return all of standard input, or its next line.

    Raises:
        UsageError: There is no standard input, or it cannot be read.
    """
    why = "It is closed."
    try:
        if sys.stdin is not None:
            return sys.stdin.readline() if line else sys.stdin.read()
    except OSError as error:
        why = error.strerror or str(error)
    except ValueError as error:
        why = str(error)
    raise UsageError(
        "Standard input cannot be read.",
        why=why,
        advice="Write the text to standard input, or pass a file path instead of '-'.",
    )


def fill_gaps() -> None:
    """Open the null device where the process was started without 0, 1 or 2.

    The next file that is opened takes the lowest free number: without this, what a library writes
    to standard error could end in it.
    """
    highest = -1
    while highest < _STANDARD_ERROR:
        highest = os.open(os.devnull, os.O_RDWR)
        if highest > _STANDARD_ERROR:
            os.close(highest)
        else:
            os.set_inheritable(highest, True)
