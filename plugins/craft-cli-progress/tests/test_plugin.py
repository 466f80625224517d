"""The plugin registers its reporter by name."""

from __future__ import annotations

from craft_store_craft_cli_progress import CraftCliReporter, plugin


def test_it_offers_the_reporter_for_terminals() -> None:
    """The reporter is named ``craft-cli`` and comes before the one for logs."""
    (offer,) = plugin.craft_store_progress_reporters()
    assert (offer.name, offer.priority, offer.terminal) == ("craft-cli", 50, True)
    assert offer.load() is CraftCliReporter
