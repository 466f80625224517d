"""``craft-store tracks``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

from craft_store_core.cli.results import FOR_PEOPLE, CommandResult, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from craft_store_core.cli.application import Application
    from craft_store_core.models import Guardrail, Package, Track


@dataclass(frozen=True)
class Tracks(CommandResult):
    """The tracks of a package.

    Attributes:
        track_guardrails: The patterns that new tracks must match.
    """

    name: str
    default_track: str | None
    tracks: Sequence[Track]
    track_guardrails: Sequence[Guardrail]
    guarded: bool = field(metadata=FOR_PEOPLE)

    @classmethod
    def of(cls, name: str, package: Package) -> Tracks:
        """Return the tracks of a package."""
        guarded = "track-guardrails" in package.raw
        return cls(name, package.default_track, package.tracks, package.track_guardrails, guarded)

    def table(self) -> Table:
        """Show each track."""
        return Table(
            ("Track", "Default", "Version pattern", "Phasing", "Created"),
            [
                (
                    track.name,
                    "yes" if track.name == self.default_track else None,
                    track.version_pattern,
                    track.automatic_phasing_percentage,
                    f"{track.created_at:%Y-%m-%d}" if track.created_at else None,
                )
                for track in self.tracks
            ],
            empty=f"{self.name} has no tracks.",
        )

    def notes(self) -> Iterator[str]:
        """Explain which tracks can be created."""
        if self.track_guardrails:
            patterns = ", ".join(guardrail.pattern for guardrail in self.track_guardrails)
            yield f"New tracks must match: {patterns}"
        elif self.guarded:
            yield (
                "You cannot create tracks, because the store has set no track name pattern for "
                "this package."
            )


@click.command("tracks")
@click.argument("name")
@click.pass_obj
def command(app: Application, *, name: str) -> Tracks:
    """List the tracks of a package, and the patterns that new ones must match.

    Example: craft-store tracks acme-web
    """
    with app.connect() as client:
        return Tracks.of(name, client.get_metadata(name))
