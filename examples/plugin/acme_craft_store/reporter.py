"""Shows one dot for each MiB."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

    from craft_store_core.plugins import Unit

MIB = 1 << 20


class _Task:
    def __init__(self) -> None:
        self._dots = 0

    def update(self, done: int) -> None:
        """Print the dots that are missing."""
        dots = done // MIB
        print("." * (dots - self._dots), end="", file=sys.stderr, flush=True)
        self._dots = max(dots, self._dots)

    def message(self, text: str) -> None:
        """Print what happens now."""
        print(f"\n{text}", file=sys.stderr)


class Dots:
    """A progress reporter for those who like dots."""

    @contextmanager
    def task(
        self, title: str, *, total: int | None = None, unit: Unit = "bytes"
    ) -> Generator[_Task]:
        """Print the title, then the dots, then the end of the line."""
        del total, unit
        print(title, end=" ", file=sys.stderr, flush=True)
        yield _Task()
        print(file=sys.stderr)

    def close(self) -> None:
        """Nothing is left open."""
