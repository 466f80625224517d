"""``craft-store tracks``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from craft_store_core.cli.application import Application


@click.command("tracks")
@click.argument("name")
@click.pass_obj
def command(app: Application, *, name: str) -> None:
    """List the tracks of a package, and the patterns that new ones must match.

    Example: craft-store tracks acme-web
    """
    with app.connect() as client:
        package = client.get_metadata(name)
    guardrails = [guardrail.pattern for guardrail in package.track_guardrails]
    app.result(
        {
            "name": name,
            "default-track": package.default_track,
            "tracks": [track.to_json() for track in package.tracks],
            "track-guardrails": [guardrail.to_json() for guardrail in package.track_guardrails],
        },
        columns=("Track", "Default", "Version pattern", "Phasing", "Created"),
        rows=[
            (
                track.name,
                "yes" if track.name == package.default_track else None,
                track.version_pattern,
                track.automatic_phasing_percentage,
                f"{track.created_at:%Y-%m-%d}" if track.created_at else None,
            )
            for track in package.tracks
        ],
        empty=f"{name} has no tracks.",
    )
    if guardrails:
        app.say(f"New tracks must match: {', '.join(guardrails)}")
    elif "track-guardrails" in package.raw:
        app.say(
            "You cannot create tracks, because the store has set no track name pattern for this "
            "package."
        )
