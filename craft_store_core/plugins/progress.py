"""How long work is shown: the reporter protocol, and the guard that keeps reporters harmless."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

Unit = Literal["bytes", "items"]

logger = logging.getLogger(__name__)

# A plugin that exits fails too; whoever interrupts the program means the work as well.
_FAILURES = (Exception, SystemExit)


class ProgressTask(Protocol):
    """One piece of work that is under way."""

    def update(self, done: int) -> None:
        """Say how much is done in all. May go back, when an upload starts again.

        Args:
            done: Units done since the beginning of the task.
        """

    def message(self, text: str) -> None:
        """Say in words what happens now, such as a review's state."""


class ProgressReporter(Protocol):
    """Shows tasks. Used from several threads at once; may raise (see :func:`guarded`)."""

    def task(
        self, title: str, *, total: int | None = None, unit: Unit = "bytes"
    ) -> AbstractContextManager[ProgressTask]:
        """Open a task; leaving the context ends it.

        Args:
            title: What is done, as in ``"Uploading acme.charm"``.
            total: Units in all; None when it is not known.
            unit: What is counted.
        """

    def close(self) -> None:
        """Give the terminal back. No task is open any more."""


@runtime_checkable
class SpeakingReporter(ProgressReporter, Protocol):
    """A reporter that can print lines without disturbing the tasks it shows."""

    def say(self, text: str) -> None:
        """Print a line beside the tasks."""


ProgressReporterFactory = Callable[[], ProgressReporter]


class _GuardedTask:
    def __init__(self, task: ProgressTask, failed: Callable[[BaseException], None]) -> None:
        self._task: ProgressTask | None = task
        self._failed = failed

    def update(self, done: int) -> None:
        if self._task is not None:
            try:
                self._task.update(done)
            except _FAILURES as error:  # a plugin's reporter must never fail an upload
                self._task = None
                self._failed(error)

    def message(self, text: str) -> None:
        if self._task is not None:
            try:
                self._task.message(text)
            except _FAILURES as error:  # as above
                self._task = None
                self._failed(error)


class _NoTask:
    def update(self, done: int) -> None:
        pass

    def message(self, text: str) -> None:
        pass


class _GuardedReporter:
    """Turns a reporter off, with one warning, the first time that it raises."""

    def __init__(self, reporter: ProgressReporter) -> None:
        self._reporter = reporter
        self._off = False
        self._lock = Lock()

    def _failed(self, error: BaseException) -> None:
        with self._lock:
            first, self._off = not self._off, True
        if first:
            logger.warning(
                "progress output stopped: the reporter %s failed: %s",
                type(self._reporter).__qualname__,
                error,
            )

    @contextmanager
    def task(
        self, title: str, *, total: int | None = None, unit: Unit = "bytes"
    ) -> Iterator[ProgressTask]:
        if self._off:
            yield _NoTask()
            return
        try:
            manager = self._reporter.task(title, total=total, unit=unit)
            inner: ProgressTask = manager.__enter__()
        except _FAILURES as error:  # as above
            self._failed(error)
            yield _NoTask()
            return
        try:
            yield _GuardedTask(inner, self._failed)
        except BaseException as error:
            self._leave(manager, error)
            raise
        self._leave(manager, None)

    def _leave(
        self, manager: AbstractContextManager[ProgressTask], work: BaseException | None
    ) -> None:
        # The reporter is told how the work ended, but has no say in it.
        try:
            if work is None:
                manager.__exit__(None, None, None)
            else:
                manager.__exit__(type(work), work, work.__traceback__)
        except _FAILURES as error:  # as above
            if error is not work:
                self._failed(error)

    def print_line(self, text: str) -> bool:
        if self._off or not isinstance(self._reporter, SpeakingReporter):
            return False
        try:
            self._reporter.say(text)
        except _FAILURES as error:  # as above
            self._failed(error)
            return False
        return True

    def close(self) -> None:
        # Also one that failed has a terminal to give back.
        try:
            self._reporter.close()
        except _FAILURES as error:  # as above
            self._failed(error)


def print_line(reporter: ProgressReporter, text: str) -> bool:
    """Print a line through a reporter, if it can do that without disturbing its tasks.

    Returns:
        False when nothing was printed: the caller does it.
    """
    return guarded(reporter).print_line(text)


def guarded(reporter: ProgressReporter) -> _GuardedReporter:
    """Wrap a reporter so that nothing it raises reaches the work that it reports on.

    The first exception turns it off, with one warning in the log. It still learns of the end of the
    tasks that are open, with the exception that ended them, and is closed.
    """
    return reporter if isinstance(reporter, _GuardedReporter) else _GuardedReporter(reporter)
