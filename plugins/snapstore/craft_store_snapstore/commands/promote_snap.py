"""``craft-store promote-snap``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from craft_store_snapstore.endpoints import snap_store

if TYPE_CHECKING:
    from craft_store_core.cli.application import Application


@click.command("promote-snap")
@click.argument("name")
@click.option("--from", "source", required=True, metavar="CHANNEL", help="Where to take from.")
@click.option("--to", "target", required=True, metavar="CHANNEL", help="Where to release to.")
@click.option(
    "--incomplete", is_flag=True, help="Go on where an architecture has nothing to promote."
)
@click.pass_obj
def command(app: Application, *, name: str, source: str, target: str, incomplete: bool) -> None:
    """Release what one channel has to another, for every architecture that the snap is built for.

    It is refused where an architecture would be left behind, which a channel map does not show.

    Example: craft-store promote-snap weather-widget --from latest/beta --to latest/stable
    """
    from craft_store_core.channels import Channel
    from craft_store_core.errors import UsageError

    if Channel.parse(source) == Channel.parse(target):
        raise UsageError(f"{Channel.parse(source)} cannot be promoted to itself.")
    with app.connect() as client:
        released = snap_store(client, "promote").promote(
            name, source, target, incomplete=incomplete
        )
    app.result(
        {"name": name, "from": source, "to": target, "released": released},
        lines=[
            f"{name} revision {revision} ({architecture}): {source} -> {target}"
            for architecture, revision in released.items()
        ],
    )
