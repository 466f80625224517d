"""Registers the progress reporter ``rich``, without importing the library."""

from __future__ import annotations

from typing import TYPE_CHECKING

from craft_store_core.plugins import ProgressReporterOffer, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterator

    from craft_store_core.progress import ProgressReporterFactory


@hookimpl
def craft_store_progress_reporters() -> Iterator[ProgressReporterOffer]:
    """Offer the reporter ``rich``, the first choice on a terminal."""
    yield ProgressReporterOffer(
        "rich",
        "A line per task with a bar, the rate and the time left",
        load=_load,
        priority=60,
        terminal=True,
    )


def _load() -> ProgressReporterFactory:
    from craft_store_core.builtin.rich_reporter import RichReporter

    return RichReporter
