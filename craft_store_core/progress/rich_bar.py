"""Progress on a terminal: one line per task, with a bar, the rate and the time left."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, cast

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from craft_store_core.progress.plain import format_amount
from craft_store_core.streams import SafeStream

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from rich.console import RenderableType
    from rich.progress import Task

    from craft_store_core.plugins.progress import ProgressTask, Unit


class RichTask:
    """A task that has a line on the terminal."""

    def __init__(self, progress: Progress, identifier: TaskID) -> None:
        self._progress = progress
        self._identifier = identifier

    def update(self, done: int) -> None:
        """Move the bar."""
        self._progress.update(self._identifier, completed=done)

    def message(self, text: str) -> None:
        """Show a text in the task's line, at once: some last no longer than a frame."""
        self._progress.update(self._identifier, message=escape(text), refresh=True)


class RichReporter:
    """Shows tasks while they run, and takes their lines away afterwards.

    Args:
        console: Where to; standard error by default.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = console
        self._progress: Progress | None = None
        self._open = 0
        self._lock = Lock()

    @contextmanager
    def task(
        self, title: str, *, total: int | None = None, unit: Unit = "bytes"
    ) -> Iterator[ProgressTask]:
        """Give a task a line until it ends."""
        progress = self._enter()
        try:
            identifier = progress.add_task(escape(title), total=total, message="", unit=unit)
            yield RichTask(progress, identifier)
            progress.remove_task(identifier)
        finally:
            self._leave()

    def say(self, text: str) -> None:
        """Print a line above those of the tasks."""
        with self._lock:
            console = self._stderr() if self._progress is None else self._progress.console
        console.print(text, markup=False, highlight=False)

    def close(self) -> None:
        """Give the terminal back."""
        with self._lock:
            if self._progress is not None:
                self._progress.stop()
                self._progress = None

    def _stderr(self) -> Console:
        # Rich itself ends the program when the pipe that it writes to is closed.
        stream = SafeStream(sys.stderr, persistent=True)
        return self._console or Console(file=cast("TextIO", stream))

    def _enter(self) -> Progress:
        # The display runs only while there are tasks: between them the terminal is everybody's.
        with self._lock:
            self._open += 1
            if self._progress is None:
                self._progress = Progress(
                    SpinnerColumn(),
                    TextColumn("{task.description}"),
                    _Sized(BarColumn()),
                    _Sized(DownloadColumn(binary_units=True)),
                    _Sized(_Rate()),
                    _Sized(TimeRemainingColumn(compact=True)),
                    TextColumn("{task.fields[message]}"),
                    console=self._stderr(),
                    transient=True,
                    redirect_stdout=False,
                    redirect_stderr=False,
                )
                self._progress.start()
            return self._progress

    def _leave(self) -> None:
        with self._lock:
            self._open -= 1
            if self._open == 0 and self._progress is not None:
                self._progress.stop()
                self._progress = None


class _Sized(ProgressColumn):
    """Shows another column only for tasks whose size in bytes is known."""

    def __init__(self, column: ProgressColumn) -> None:
        super().__init__()
        self._column = column

    def render(self, task: Task) -> RenderableType:
        """Draw the column, or nothing."""
        if task.total is None or task.fields["unit"] != "bytes":
            return ""
        return self._column.render(task)


class _Rate(ProgressColumn):
    """Shows bytes per second in the units of the size; rich's own column counts in thousands."""

    def render(self, task: Task) -> Text:
        """Draw the rate, as soon as there is one."""
        speed = task.finished_speed or task.speed
        text = "?" if speed is None else f"{format_amount(speed, 'bytes')}/s"
        return Text(text, style="progress.data.speed")
