"""When a request is sent again, and how long to wait before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from craft_store_core.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from craft_store_core.http.work import Work

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

    def within(self, remaining: float | None) -> tuple[float, float]:
        """Return both, neither longer than the time that remains."""
        # No time at all cannot be asked for; whoever asks has looked that some is left.
        longest = float("inf") if remaining is None else max(0.001, remaining)
        return min(self.connect, longest), min(self.read, longest)


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


class Attempts:
    """Counts the attempts at one thing, and waits between them.

    The backoff is not that of urllib3, whose first repetition follows at once and whose jitter only
    makes waits longer.

    Args:
        policy: How many there are, and how long the waits are.
        work: Ends the waits; no wait is begun that would last until its deadline.
        random: Returns a random number from 0 to 1.

    Attributes:
        number: The number of the attempt, from 1.
    """

    def __init__(self, policy: RetryPolicy, work: Work, random: Callable[[], float]) -> None:
        self._policy = policy
        self._work = work
        self._random = random
        self.number = 1

    def again(self, asked: float | None = None) -> bool:
        """Wait for the next attempt.

        Args:
            asked: How long the server asked to wait, in seconds.

        Returns:
            False where there is none: that was the last one, or the work has ended.
        """
        if self.number >= self._policy.attempts:
            return False
        pause = self._policy.wait(self.number, self._random(), asked)
        remaining = self._work.remaining()
        if remaining is not None and pause >= remaining:
            return False
        self._work.wait(pause)
        self.number += 1
        return self._work.error is None


def may_repeat_answer(status: int, headers: Mapping[str, str], *, repeatable: bool) -> bool:
    """Return whether a request may be sent again after such an answer."""
    if repeatable:
        return status in TRANSIENT_STATUSES
    return status == 429 or (status in {408, 503} and "Retry-After" in headers)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return how many seconds the server asks to wait; None when it asks for nothing readable.

    Args:
        headers: Headers of the answer; ``Retry-After`` is a number of seconds or an HTTP date.
    """
    from urllib3.exceptions import InvalidHeader
    from urllib3.util import Retry

    try:
        return float(Retry().parse_retry_after(headers.get("Retry-After", "")))
    except (InvalidHeader, TypeError, ValueError, IndexError, OverflowError):
        return None
