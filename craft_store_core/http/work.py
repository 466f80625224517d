"""How long something may take, and whether it goes on: one object, asked by all that wait or send.

A command makes one and gives it to its client. The HTTP client asks it before each request, before
each block that it sends, and wherever it waits; so does whoever waits for a review.
"""

from __future__ import annotations

import time
from threading import Event
from typing import TYPE_CHECKING
from weakref import WeakSet

from craft_store_core.errors import DeadlinePassedError, WorkCancelledError

if TYPE_CHECKING:
    from collections.abc import Callable


class Work:
    """Work that may end before it is done: by a deadline, or because it is cancelled.

    Used from several threads.

    Args:
        clock: Returns a monotonic time, in seconds.
        sleep: Waits for a number of seconds. By default a wait ends when the work is cancelled.

    Attributes:
        clock: The same.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        self.clock = clock
        self._sleep = sleep
        self._cancelled = Event()
        self._deadline: float | None = None
        self._whole: Work | None = None
        self._parts: WeakSet[Work] = WeakSet()

    def part(self) -> Work:
        """Return a part of this work: it ends with the whole, or before."""
        part = Work(clock=self.clock, sleep=self._sleep)
        part._whole = self
        self._parts.add(part)
        if self.cancelled:
            part.cancel()
        return part

    def limit(self, seconds: float) -> None:
        """Set the deadline, counted from now."""
        self._deadline = self.clock() + seconds

    def cancel(self) -> None:
        """End it with all its parts: waits end now, and what is sent ends at the next block."""
        self._cancelled.set()
        for part in list(self._parts):
            part.cancel()

    @property
    def cancelled(self) -> bool:
        """Whether it, or what it is a part of, was cancelled."""
        return self._cancelled.is_set()

    def remaining(self) -> float | None:
        """Return the seconds until the deadline, 0 when it has passed; None without one."""
        whole = None if self._whole is None else self._whole.remaining()
        if self._deadline is None:
            return whole
        own = max(0.0, self._deadline - self.clock())
        return own if whole is None else min(own, whole)

    def wait(self, seconds: float) -> None:
        """Wait, but neither beyond the deadline nor after a cancellation."""
        remaining = self.remaining()
        pause = seconds if remaining is None else min(seconds, remaining)
        if self._sleep is None:
            self._cancelled.wait(pause)
        else:
            self._sleep(pause)

    @property
    def error(self) -> WorkCancelledError | DeadlinePassedError | None:
        """What to raise instead of going on; None while it goes on."""
        if self.cancelled:
            return WorkCancelledError("The work was cancelled before its end.")
        if self.remaining() == 0:
            return DeadlinePassedError(
                "The time limit was reached.", advice="Try again with a longer time limit."
            )
        return None

    def check(self) -> None:
        """Raise if it does not go on.

        Raises:
            WorkCancelledError: It was cancelled.
            DeadlinePassedError: Its deadline has passed.
        """
        error = self.error
        if error is not None:
            raise error
