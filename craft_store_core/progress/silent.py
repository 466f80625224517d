"""The progress reporter ``silent``: shows nothing."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from craft_store_core.plugins.progress import ProgressTask, Unit


class SilentTask:
    """A task that nobody watches."""

    def update(self, done: int) -> None:
        """Show nothing."""

    def message(self, text: str) -> None:
        """Show nothing."""


class SilentReporter:
    """A reporter that shows nothing."""

    def task(
        self, title: str, *, total: int | None = None, unit: Unit = "bytes"
    ) -> AbstractContextManager[ProgressTask]:
        """Open a task that is not shown."""
        return nullcontext(SilentTask())

    def close(self) -> None:
        """Do nothing: no terminal was taken."""
