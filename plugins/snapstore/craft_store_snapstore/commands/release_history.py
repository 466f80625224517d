"""``craft-store release-history``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from craft_store_core.plugins import CommandResult, Table
from craft_store_snapstore.endpoints import SnapStoreEndpoints

if TYPE_CHECKING:
    from craft_store_core.models import Listing
    from craft_store_core.plugins import Application
    from craft_store_snapstore.models import PastRelease


@dataclass(frozen=True)
class ReleaseHistory(CommandResult, document="releases"):
    """All releases, newest first; an entry without a revision closed the channel."""

    releases: Listing[PastRelease]
    name: str

    def table(self) -> Table:
        """Show each release."""
        return Table(
            ("When", "Architecture", "Channel", "Revision", "Progress"),
            [
                (
                    f"{item.when:%Y-%m-%d %H:%M}" if item.when else None,
                    item.architecture,
                    str(item.channel),
                    item.revision or "closed",
                    f"{item.progressive.percentage:g} %" if item.progressive.percentage else None,
                )
                for item in self.releases
            ],
            empty=f"{self.name} has never had a release.",
        )


@click.command("release-history")
@click.argument("name")
@click.pass_obj
def command(app: Application, *, name: str) -> ReleaseHistory:
    """List all releases and closings of channels, newest first.

    Example: craft-store release-history weather-widget --store snapstore
    """
    with app.connect() as client:
        store = client.endpoints_of(SnapStoreEndpoints, "release-history")
        return ReleaseHistory(store.list_past_releases(name), name)
