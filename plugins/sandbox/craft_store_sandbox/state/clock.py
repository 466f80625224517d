"""The sandbox's clock: real time plus an offset that tests control."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta, timezone


class Clock:
    """UTC time with an offset that can be moved forward (or back).

    Everything in the sandbox that expires (tokens, macaroons, invitations, branches, one-time
    passwords) asks this clock, so a test makes thirty days pass in one call.
    """

    def __init__(self) -> None:
        self._offset = timedelta()
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """The current moment, zone-aware, in UTC."""
        with self._lock:
            return datetime.now(timezone.utc) + self._offset

    def advance(self, seconds: float) -> None:
        """Move the clock.

        Args:
            seconds: how far; a negative number moves it back.
        """
        with self._lock:
            self._offset += timedelta(seconds=seconds)
