"""``craft-store create-track``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from craft_store_core.models import TrackRequest
from craft_store_core.names import check_track_name

if TYPE_CHECKING:
    from craft_store_core.cli.application import Application


@click.command("create-track")
@click.argument("name")
@click.argument("tracks", nargs=-1, required=True, metavar="TRACK...")
@click.option("--version-pattern", metavar="REGEX", help="What versions on the track must match.")
@click.option(
    "--phasing",
    type=click.FloatRange(0, 100),
    metavar="PERCENT",
    help="Roll releases on the track out step by step, by this much.",
)
@click.pass_obj
def command(
    app: Application,
    *,
    name: str,
    tracks: tuple[str, ...],
    version_pattern: str | None,
    phasing: float | None,
) -> None:
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
    app.result(
        {"name": name, "tracks": wanted, "created": count},
        lines=[f"{name} has the new track {track}." for track in wanted],
    )
