"""Progress on craft-cli's progress bar: the progress reporter ``craft-cli``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from craft_store_craft_cli_progress.reporter import CraftCliReporter

__all__ = ["CraftCliReporter"]


def __getattr__(name: str) -> Any:
    # The reporter imports craft-cli; the plugin is listed without it.
    if name == "CraftCliReporter":
        from craft_store_craft_cli_progress.reporter import CraftCliReporter

        return CraftCliReporter
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
