"""Registers the progress reporter ``craft-cli``; imports nothing heavy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from craft_store_core.plugins import ProgressReporterOffer, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable

    from craft_store_core.plugins import ProgressReporterFactory


def _load() -> ProgressReporterFactory:
    from craft_store_craft_cli_progress.reporter import CraftCliReporter

    return CraftCliReporter


@hookimpl
def craft_store_progress_reporters() -> Iterable[ProgressReporterOffer]:
    """Offer the reporter, for terminals."""
    yield ProgressReporterOffer(
        "craft-cli", "The progress bar of craft-cli", load=_load, priority=50, terminal=True
    )
