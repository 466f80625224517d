"""``craft-store create-track``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from craft_store_core.cli.results import CommandResult
from craft_store_core.models import TrackRequest
from craft_store_core.names import check_track_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from craft_store_core.cli.application import Application


@dataclass(frozen=True)
class NewTracks(CommandResult):
    """The new tracks.

    Attributes:
        created: How many tracks the store created.
    """

    name: str
    tracks: Sequence[str]
    created: int

    def lines(self) -> Iterator[str]:
        """Show each track."""
        return (f"Created the track {track} of {self.name}." for track in self.tracks)


@click.command("create-track")
@click.argument("name")
@click.argument("tracks", nargs=-1, required=True, metavar="TRACK...")
@click.option(
    "--version-pattern",
    metavar="REGEX",
    help="Regular expression that versions on the track must match.",
)
@click.option(
    "--phasing",
    type=click.FloatRange(0, 100),
    metavar="PERCENT",
    help="Automatic phasing step for releases on the track, such as 20.",
)
@click.pass_obj
def command(
    app: Application,
    *,
    name: str,
    tracks: tuple[str, ...],
    version_pattern: str | None,
    phasing: float | None,
) -> NewTracks:
    """Create tracks. Their names must match a pattern that the store has set for the package.

    Example: craft-store create-track acme-web 2.0
    """
    wanted = list(dict.fromkeys(tracks))
    for track in wanted:
        check_track_name(track)
    with app.connect() as client:
        count = client.create_tracks(
            name, [TrackRequest(track, version_pattern, phasing) for track in wanted]
        )
    return NewTracks(name, wanted, count)
