"""``craft-store release-history``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from craft_store_snapstore.endpoints import SnapStoreEndpoints

if TYPE_CHECKING:
    from craft_store_core.plugins import Application


@click.command("release-history")
@click.argument("name")
@click.pass_obj
def command(app: Application, *, name: str) -> None:
    """List all releases and closings of channels, newest first.

    Example: craft-store release-history weather-widget --store snapstore
    """
    with app.connect() as client:
        releases = client.endpoints_of(SnapStoreEndpoints, "release-history").list_past_releases(
            name
        )
    app.result(
        releases.to_json(),
        columns=("When", "Architecture", "Channel", "Revision", "Progress"),
        rows=[
            (
                f"{item.when:%Y-%m-%d %H:%M}" if item.when else None,
                item.architecture,
                str(item.channel),
                item.revision or "closed",
                f"{item.progressive.percentage:g} %" if item.progressive.percentage else None,
            )
            for item in releases
        ],
        empty=f"{name} has never had a release.",
    )
    app.warn_unreadable(releases)
