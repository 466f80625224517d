"""The sandbox's clock, real time plus an offset that tests control, and how moments are spelled.

Source: Publisher Gateway reference, section 1.3.
"""

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
        """Return the current moment, zone-aware, in UTC."""
        with self._lock:
            return datetime.now(timezone.utc) + self._offset

    def advance(self, seconds: float) -> None:
        """Move the clock.

        Args:
            seconds: How far; a negative number moves it back.
        """
        with self._lock:
            self._offset += timedelta(seconds=seconds)


def zulu(moment: datetime) -> str:
    """Return ``2024-05-02T10:46:41Z``: releases, macaroons, collaborators, revisions."""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def zulu_or_none(moment: datetime | None) -> str | None:
    """As `zulu`; None stays None."""
    return None if moment is None else zulu(moment)


def zoneless(moment: datetime) -> str:
    """Return ``2023-11-29T08:14:38.922578``: no zone; tracks, guardrails, channel map."""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")


def caveat_moment(moment: datetime) -> str:
    """Return ``2026-03-01T09:00:00.000000Z``: caveats of root macaroons (section 3.6)."""
    return zoneless(moment) + "Z"


def offset(moment: datetime) -> str:
    """Return ``2026-03-01T09:12:44.000000+00:00``: the public read API (section 14)."""
    return zoneless(moment) + "+00:00"


def milliseconds(moment: datetime) -> str:
    """Return ``2027-03-17T14:29:45.000``: the dashboard's whoami; UTC is meant, without a zone."""
    return zoneless(moment)[:-3]


def spaced(moment: datetime) -> str:
    """Return ``2027-02-01 10:00:00.123456``: the developer agreement."""
    return zoneless(moment).replace("T", " ")


def parse_caveat_moment(text: str) -> datetime:
    """Read a moment out of a caveat; a missing zone means UTC.

    Raises:
        ValueError: The text is no ISO 8601 moment.
    """
    moment = datetime.fromisoformat(text.removesuffix("Z"))
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
