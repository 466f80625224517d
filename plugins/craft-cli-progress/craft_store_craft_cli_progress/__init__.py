"""Progress on craft-cli's progress bar: the progress reporter ``craft-cli``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from craft_store_core.plugins import lazy_names

if TYPE_CHECKING:
    from craft_store_craft_cli_progress.reporter import CraftCliReporter
else:
    __getattr__, __dir__ = lazy_names(__name__)

__all__ = ["CraftCliReporter"]
