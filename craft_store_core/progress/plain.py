"""The progress reporter ``plain``: a few whole lines on standard error, for logs and CI."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, TextIO

from craft_store_core.streams import SafeStream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from craft_store_core.plugins.progress import ProgressTask, Unit

DEFAULT_INTERVAL = 5.0
"""Least time between two lines about how far one task is, in seconds."""

_STEPS = 4


def format_amount(amount: float, unit: Unit) -> str:
    """Write an amount for people: ``"12.5 MiB"``, ``"3 items"``."""
    if unit == "items":
        return f"{amount:.0f} item" if amount == 1 else f"{amount:.0f} items"
    if amount < 1024:
        return f"{amount:.0f} B"
    for prefix in "KMGT":
        amount /= 1024
        if amount < 1024 or prefix == "T":
            break
    return f"{amount:.1f} {prefix}iB"


class PlainTask:
    """A task that writes whole lines.

    Args:
        title: What is done.
        total: Units in all; None when it is not known.
        unit: What is counted.
        write: Writes one line.
        interval: Least time between two lines about how far it is, in seconds.
        clock: Time in seconds, from any start.
    """

    def __init__(
        self,
        title: str,
        total: int | None,
        unit: Unit,
        *,
        write: Callable[[str], None],
        interval: float,
        clock: Callable[[], float],
    ) -> None:
        self._title = title
        self._total = total
        self._unit = unit
        self._write = write
        self._interval = interval
        self._clock = clock
        self._lock = Lock()
        self._done = 0
        self._step = 0
        self._said = ""
        self._started = self._spoken = clock()
        size = f" ({format_amount(total, unit)})" if total else ""
        write(f"{title}{size}")

    def update(self, done: int) -> None:
        """Write a line at a new quarter, unless the last one was a moment ago."""
        with self._lock:
            self._done = done
            # Called once per chunk of an upload: nothing is formatted unless it is shown.
            step = done * _STEPS // self._total if self._total else 0
            # The last quarter is the end, which has a line of its own.
            if step <= self._step or step >= _STEPS:
                return
            now = self._clock()
            if now - self._spoken < self._interval:
                return
            self._step, self._spoken = step, now
            self._write(f"{self._title}: {step * 100 // _STEPS} %")

    def message(self, text: str) -> None:
        """Write what happens now; the same text again is not repeated."""
        with self._lock:
            if text != self._said:
                self._said = text
                self._write(f"{self._title}: {text}")

    def finish(self, *, failed: bool) -> None:
        """Write the last line, with the rate if something was counted."""
        with self._lock:
            seconds = self._clock() - self._started
            counted = f" {format_amount(self._done, self._unit)}" if self._done else ""
            if failed:
                self._write(
                    f"{self._title}: stopped{' after' if counted else ''}{counted}"
                    f" in {seconds:.1f} s"
                )
                return
            rate = ""
            if counted and seconds > 0:
                rate = f" ({format_amount(self._done / seconds, self._unit)}/s)"
            self._write(
                f"{self._title}: done{',' if counted else ''}{counted} in {seconds:.1f} s{rate}"
            )


class PlainReporter:
    """Writes at the start, at each quarter at most every some seconds, and at the end.

    Args:
        stream: Where lines go; None means whatever ``sys.stderr`` is when a line is written.
        interval: Least time between two lines about how far one task is, in seconds.
        clock: Time in seconds, from any start.
    """

    def __init__(
        self,
        stream: TextIO | None = None,
        *,
        interval: float = DEFAULT_INTERVAL,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stream = stream
        self._interval = interval
        self._clock = clock
        self._lock = Lock()

    @contextmanager
    def task(
        self, title: str, *, total: int | None = None, unit: Unit = "bytes"
    ) -> Iterator[ProgressTask]:
        """Open a task; see :meth:`craft_store_core.plugins.progress.ProgressReporter.task`."""
        task = PlainTask(
            title, total, unit, write=self._write, interval=self._interval, clock=self._clock
        )
        try:
            yield task
        except BaseException:
            task.finish(failed=True)
            raise
        task.finish(failed=False)

    def close(self) -> None:
        """Do nothing: every line was written at once."""

    def _write(self, line: str) -> None:
        # One line at a time: the tasks of several threads share the stream.
        with self._lock:
            stream = SafeStream(self._stream or sys.stderr)
            stream.write(f"{line}\n")
            stream.flush()
