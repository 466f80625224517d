"""``craft-store status``: the channel map."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

from craft_store_core.channels import DEFAULT_TRACK, Risk

if TYPE_CHECKING:
    from craft_store_core.cli.application import Application
    from craft_store_core.models import ChannelMap, Release


@click.command("status")
@click.argument("name")
@click.pass_obj
def command(app: Application, *, name: str) -> None:
    """Show the releases of a package in each channel.

    An arrow (↑) marks a channel that follows the more stable channel above it. A dash marks a
    closed channel with no more stable channel to follow. A progressive release has a row of its
    own, with its percentage of installations.

    Example: craft-store status acme-web
    """
    with app.connect() as client:
        releases = client.list_releases(name)
    print_status(app, name, releases)


def print_status(app: Application, name: str, releases: ChannelMap) -> None:
    """Print a channel map."""
    app.result(
        releases.to_json(),
        columns=("Track", "Base", "Channel", "Version", "Revision", "Resources", "Expires"),
        rows=status_rows(releases),
        grouped=2,
        empty=f"{name} has no releases.",
    )
    app.warn_unreadable(releases.rows)


def status_rows(releases: ChannelMap) -> list[tuple[Any, ...]]:
    """Return one row per channel and base, ordered by track, base, risk and branch.

    A channel without a release of its own shows ``↑`` where it follows a more stable one.
    """
    versions = {item.revision: item.version for item in releases.revisions}
    tracks = sorted({row.channel.track for row in releases.rows}, key=_track_order)
    rows: list[tuple[Any, ...]] = []
    for track in tracks:
        in_track = [row for row in releases.rows if row.channel.track == track]
        bases = dict.fromkeys(str(row.base) if row.base else "-" for row in in_track)
        for base in bases:
            of_base = [row for row in in_track if (str(row.base) if row.base else "-") == base]
            rows += _base_rows(track, base, of_base, versions)
    return rows


def _order(row: Release) -> Any:
    return row.channel


def _track_order(track: str) -> Any:
    # As people count: 2.0 before 10.1. Of each pair one half is empty, so that all can be compared.
    parts = re.findall(r"([0-9]+)|([^0-9]+)", track)
    return track != DEFAULT_TRACK, [(int(digits or -1), text) for digits, text in parts], track


def _base_rows(
    track: str, base: str, releases: list[Release], versions: dict[int, Any]
) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    inherited = False
    for risk in Risk:
        own = [r for r in releases if r.channel.risk is risk and r.channel.branch is None]
        rows += [_row(track, base, str(risk), release, versions) for release in own]
        if not own:
            rows.append(
                (
                    track,
                    base,
                    risk,
                    "↑" if inherited else None,
                    "↑" if inherited else None,
                    None,
                    None,
                )
            )
        inherited = inherited or bool(own)
        branches = [r for r in releases if r.channel.risk is risk and r.channel.branch]
        rows += [
            _row(track, base, f"{risk}/{release.channel.branch}", release, versions)
            for release in sorted(branches, key=_order)
        ]
    return rows


def _row(
    track: str, base: str, channel: str, release: Release, versions: dict[int, Any]
) -> tuple[Any, ...]:
    # An optional resource may have been left out.
    bound = [item for item in release.resources if item.revision is not None]
    resources = ", ".join(f"{item.name} (r{item.revision})" for item in bound)
    expires = release.expires_at
    part = release.progressive.percentage
    return (
        track,
        base,
        # Beside what most have stands, in a row of its own, what some are getting.
        channel if part is None else f"{channel} ({part:g} %)",
        versions.get(release.revision) if release.revision else None,
        release.revision,
        resources or None,
        f"{expires:%Y-%m-%d}" if expires else None,
    )
