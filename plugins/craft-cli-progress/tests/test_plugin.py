"""The plugin registers its reporter without loading it."""

from __future__ import annotations

import subprocess
import sys

import pytest

import craft_store_craft_cli_progress
from craft_store_craft_cli_progress import CraftCliReporter, plugin


def test_it_offers_the_reporter_for_terminals() -> None:
    """The reporter is named ``craft-cli`` and comes before the one for logs."""
    (offer,) = plugin.craft_store_progress_reporters()
    assert (offer.name, offer.priority, offer.terminal) == ("craft-cli", 50, True)
    assert offer.load() is CraftCliReporter


def test_listing_it_imports_nothing_heavy() -> None:
    """Registering does not import craft-cli."""
    code = (
        "import sys; from craft_store_craft_cli_progress import plugin; "
        "list(plugin.craft_store_progress_reporters()); "
        "print([name for name in ('craft_cli', 'pydantic', 'requests') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_every_public_name_is_there() -> None:
    """What ``__all__`` promises can be imported, and nothing else is made up."""
    assert craft_store_craft_cli_progress.__all__ == ["CraftCliReporter"]
    with pytest.raises(AttributeError, match="Nothing"):
        _ = craft_store_craft_cli_progress.Nothing
