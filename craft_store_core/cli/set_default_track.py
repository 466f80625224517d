"""``craft-store set-default-track``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from craft_store_core.cli.results import CommandResult

if TYPE_CHECKING:
    from craft_store_core.cli.application import Application


@dataclass(frozen=True)
class DefaultTrack(CommandResult):
    """The default track."""

    name: str
    default_track: str | None

    def lines(self) -> tuple[str, ...]:
        """Show the track."""
        return (f"The default track of {self.name} is {self.default_track}.",)


@click.command("set-default-track")
@click.argument("name")
@click.argument("track")
@click.pass_obj
def command(app: Application, *, name: str, track: str) -> DefaultTrack:
    """Set the track used when an installer names none.

    Example: craft-store set-default-track acme-web 2.0
    """
    with app.connect() as client:
        package = client.update_metadata(name, {"default-track": track})
    return DefaultTrack(name, package.default_track)
