"""When a request is sent again, and how long to wait before."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from craft_store_core.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

REPEATABLE_METHODS = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})
"""Methods that do no harm when they arrive twice."""

TRANSIENT_STATUSES = frozenset({408, 429, 500, 502, 503, 504})
"""Answers after which the same request may succeed later."""


@dataclass(frozen=True)
class Timeouts:
    """How long to wait for a host, in seconds.

    Attributes:
        connect: For the connection, TLS included.
        read: For the next bytes in either direction. It is an idle time, not a total: an upload
            may take hours as long as something moves.

    Raises:
        ConfigurationError: One of them is not positive.
    """

    connect: float = 10.0
    read: float = 60.0

    def __post_init__(self) -> None:
        for name, value in (("connect", self.connect), ("read", self.read)):
            # Written so that NaN is refused, too.
            if not value > 0:
                raise ConfigurationError(
                    f"A {name} timeout of {value} seconds is not valid.",
                    advice="Set a positive number of seconds.",
                )


@dataclass(frozen=True)
class RetryPolicy:
    """How often and how patiently a request is repeated.

    Requests that may arrive twice are repeated after lost connections, timeouts and the statuses
    408, 429, 500, 502, 503 and 504. All others only where the first one was surely not processed:
    the connection could not be made; 429; 408 and 503 with ``Retry-After``, by which a server says
    that it turned the request away on purpose (Publisher Gateway reference, section 21.3).

    Attributes:
        attempts: How often a request is sent at most; 1 never repeats.
        backoff: Seconds to wait after the first failure; doubles each time. Of every wait a random
            part of up to one half is left out, so that many clients do not come back at once.
        longest: Longest single wait in seconds, also where the server asks for more.

    Raises:
        ConfigurationError: A number is out of range.
    """

    attempts: int = 5
    backoff: float = 0.5
    longest: float = 30.0

    def __post_init__(self) -> None:
        if self.attempts < 1 or not self.backoff >= 0 or not self.longest >= 0:
            raise ConfigurationError(
                f"{self!r} is not valid.",
                advice="Set at least 1 attempt, and waits of 0 seconds or more.",
            )

    def wait(self, attempt: int, chance: float, asked: float | None) -> float:
        """Return how long to wait after a failed attempt, in seconds.

        Args:
            attempt: The number of the attempt that failed, from 1.
            chance: A random number from 0 to 1.
            asked: What the server asked for, see :func:`retry_after`.
        """
        if asked is not None:
            return min(asked, self.longest)
        # Bounded before it is doubled: 2.0 to the power of many attempts does not fit a float.
        doubled = self.backoff * 2.0 ** min(attempt - 1, 60)
        return min(doubled, self.longest) * (1 - chance / 2)


def may_repeat_answer(status: int, headers: Mapping[str, str], *, repeatable: bool) -> bool:
    """Tell whether a request may be sent again after such an answer."""
    if repeatable:
        return status in TRANSIENT_STATUSES
    return status == 429 or (status in {408, 503} and "Retry-After" in headers)


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return how many seconds the server asks to wait; None when it asks for nothing readable.

    Args:
        headers: Headers of the answer; ``Retry-After`` is a number of seconds or an HTTP date.
        now: The time, zone-aware.
    """
    text = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,12})?", text):
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return max(0.0, (moment - now).total_seconds())
