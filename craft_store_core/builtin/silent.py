"""The progress reporter ``silent``: shows nothing."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

from craft_store_core.plugins import ProgressReporterOffer, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from craft_store_core.progress import ProgressTask, Unit


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


@hookimpl
def craft_store_progress_reporters() -> Iterator[ProgressReporterOffer]:
    """Offer the reporter ``silent``, for those who choose it."""
    yield ProgressReporterOffer("silent", "No progress at all", load=lambda: SilentReporter)
