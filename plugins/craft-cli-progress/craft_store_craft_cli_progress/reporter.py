"""The progress reporter ``craft-cli``.

craft-cli has one emitter in a program and one bar at a time, and neither may be used from two
threads at once. So tasks that overlap share a bar over the sum of their sizes, and every call to
the emitter is made under one lock. The bar is entered when its first task begins and left when its
last one ends: a bar that is only open while the work is being prepared never moves.
"""

from __future__ import annotations

import logging
import os
import time
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from craft_cli import EmitterMode, emit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from craft_store_core.plugins import ProgressTask, Unit

REDRAW_INTERVAL = 0.1
"""Least time between two drawings of the bar, in seconds."""

_APPLICATION = "craft-store"
_SCALES = ((1024**3, "GiB"), (1024**2, "MiB"), (1024, "KiB"), (1, "bytes"))


class CraftCliTask:
    """One task of a :class:`CraftCliReporter`.

    Attributes:
        title: What is done.
        total: Units in all; 0 when it is not known.
        unit: What is counted.
        done: Units done.
        open: The task has not ended.
    """

    def __init__(self, reporter: CraftCliReporter, title: str, total: int, unit: Unit) -> None:
        self._reporter = reporter
        self.title = title
        self.total = total
        self.unit = unit
        self.done = 0
        self.open = True

    def update(self, done: int) -> None:
        """Say how much is done in all."""
        self.done = max(done, 0)
        self._reporter.show_amount(self)

    def message(self, text: str) -> None:
        """Say what happens now."""
        if text:
            self._reporter.show_text(f"{self.title}: {text}")


class CraftCliReporter:
    """Shows tasks with craft-cli.

    Making one changes nothing. The emitter is started at the first task unless the application has
    started it, and ended by :meth:`close` only if it was started here.

    Args:
        clock: Time in seconds, from any start.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._group: list[CraftCliTask] = []
        self._bar: Any = None
        self._scale = 1
        self._drawn = 0.0
        self._started_here = False

    @contextmanager
    def task(
        self, title: str, *, total: int | None = None, unit: Unit = "bytes"
    ) -> Iterator[ProgressTask]:
        """Open a task; see :meth:`craft_store_core.plugins.progress.ProgressReporter.task`.

        Raises:
            RuntimeError: craft-cli was ended in this program, and cannot be started again.
        """
        task = CraftCliTask(self, title, total or 0, unit)
        with self._lock:
            self._start_emitter()
            self._begin(task)
        try:
            yield task
        finally:
            with self._lock:
                self._end(task)

    def close(self) -> None:
        """End the emitter if it was started here."""
        with self._lock:
            self._close_bar()
            self._group = []
            if self._started_here:
                self._started_here = False
                emit.ended_ok()

    def show_amount(self, task: CraftCliTask) -> None:
        """Draw how far a task is, unless that was done a moment ago."""
        with self._lock:
            now = self._clock()
            if now - self._drawn < REDRAW_INTERVAL and task.done != task.total:
                return
            if task in self._group:
                self._draw(now)
            elif task.open:
                self._drawn = now
                emit.progress(f"{task.title}: {_amount(task.done, task.unit)}")

    def show_text(self, text: str) -> None:
        """Show a line that the next one or the bar overwrites."""
        with self._lock:
            emit.progress(text)

    def _start_emitter(self) -> None:
        try:
            emit.get_mode()
        except RuntimeError:
            # Not started, or ended: craft-cli tells them apart only when it is started again.
            pass
        else:
            return
        root = logging.getLogger()
        before = list(root.handlers)
        try:
            # Whoever reports progress has no business with a log file in the user's folders.
            emit.init(EmitterMode.BRIEF, _APPLICATION, _APPLICATION, Path(os.devnull))
        except RuntimeError as error:
            raise RuntimeError(
                "craft-cli has ended in this process and cannot be started again"
            ) from error
        self._started_here = True
        for handler in [handler for handler in root.handlers if handler not in before]:
            # In this mode it swallows every log record.
            root.removeHandler(handler)

    def _begin(self, task: CraftCliTask) -> None:
        fits = not self._group or self._group[0].unit == task.unit
        if not task.total or not fits:
            emit.progress(task.title)
            return
        self._group.append(task)
        self._close_bar()
        total = sum(member.total for member in self._group)
        first, others = self._group[0], len(self._group) - 1
        self._scale, name = _scale(total, task.unit)
        title = f"{first.title} and {others} more" if others else first.title
        self._bar = emit.progress_bar(f"{title} ({name})", self._scaled(total), delta=False)
        self._bar.__enter__()
        self._draw(self._clock())

    def _end(self, task: CraftCliTask) -> None:
        task.open = False
        if task not in self._group:
            return
        self._draw(self._clock())
        # Those that have ended stay in the sum, so that the bar does not go back.
        if not any(member.open for member in self._group):
            self._close_bar()
            self._group = []

    def _draw(self, now: float) -> None:
        self._drawn = now
        self._bar.advance(self._scaled(sum(member.done for member in self._group)))

    def _close_bar(self) -> None:
        if self._bar is not None:
            self._bar.__exit__(None, None, None)
            self._bar = None

    def _scaled(self, amount: int) -> float:
        return amount if self._scale == 1 else round(amount / self._scale, 1)


def _scale(total: int, unit: Unit) -> tuple[int, str]:
    if unit == "items":
        return 1, "items"
    return next((scale, name) for scale, name in _SCALES if total >= scale)


def _amount(amount: int, unit: Unit) -> str:
    scale, name = _scale(max(amount, 1), unit)
    return f"{amount} {name}" if scale == 1 else f"{amount / scale:.1f} {name}"
