"""How much of several uploads is sent in all."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class TotalProgress:
    """Adds up uploads that run side by side.

    Args:
        update: Called with the bytes of all uploads so far, by one thread at a time.
    """

    def __init__(self, update: Callable[[int], None]) -> None:
        self._update = update
        self._parts: list[int] = []
        self._lock = Lock()

    def part(self) -> Callable[[int], None]:
        """Return what one upload is to call with the number of its bytes sent so far."""
        with self._lock:
            number = len(self._parts)
            self._parts.append(0)

        def update(done: int) -> None:
            with self._lock:
                # An upload that is repeated starts again from nothing.
                self._parts[number] = done
                self._update(sum(self._parts))

        return update
