"""``craft-store status``: the channel map."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click

from craft_store_core.channels import DEFAULT_TRACK, Risk
from craft_store_core.cli.results import FOR_PEOPLE, CommandResult, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from craft_store_core.cli.application import Application
    from craft_store_core.models import ChannelInfo, ChannelMap, Listing, Release, Revision

_Row = tuple[object, ...]


@dataclass(frozen=True)
class PackageChannels:
    """The channels of a package."""

    channels: Listing[ChannelInfo]


@dataclass(frozen=True)
class Status(CommandResult):
    """The channel map.

    Attributes:
        channel_map: What is released, for each channel and base.
        revisions: The revisions that the channel map names.
    """

    channel_map: Listing[Release]
    package: PackageChannels
    revisions: Listing[Revision]
    name: str = field(metadata=FOR_PEOPLE)

    @classmethod
    def of(cls, name: str, releases: ChannelMap) -> Status:
        """Return the status of a package."""
        channels = PackageChannels(releases.channels)
        return cls(releases.rows, channels, releases.revisions, name)

    def listings(self) -> tuple[Listing[Release]]:
        """Mention only releases that cannot be read."""
        return (self.channel_map,)

    def table(self) -> Table:
        """Show one row per channel and base, ordered by track, base, risk and branch.

        A channel without a release of its own shows an arrow where it follows a more stable one.
        """
        return Table(
            ("Track", "Base", "Channel", "Version", "Revision", "Resources", "Expires"),
            self._rows(),
            grouped=2,
            empty=f"{self.name} has no releases.",
        )

    def _rows(self) -> Iterator[_Row]:
        versions = {item.revision: item.version for item in self.revisions}
        groups: dict[str, dict[str, list[Release]]] = {}
        for row in self.channel_map:
            base = str(row.base) if row.base else "-"
            groups.setdefault(row.channel.track, {}).setdefault(base, []).append(row)
        for track in sorted(groups, key=_track_order):
            for base, releases in groups[track].items():
                for cells in _base_rows(releases, versions):
                    yield (track, base, *cells)


@click.command("status")
@click.argument("name")
@click.pass_obj
def command(app: Application, *, name: str) -> Status:
    """Show the releases of a package in each channel.

    An arrow (↑) marks a channel that follows the more stable channel above it. A dash marks a
    closed channel with no more stable channel to follow. A progressive release has a row of its
    own, with its percentage of installations.

    Example: craft-store status acme-web
    """
    with app.connect() as client:
        return Status.of(name, client.list_releases(name))


def _order(row: Release) -> Any:
    return row.channel


def _track_order(track: str) -> Any:
    # As people count: 2.0 before 10.1. Of each pair one half is empty, so that all can be compared.
    parts = re.findall(r"([0-9]+)|([^0-9]+)", track)
    return track != DEFAULT_TRACK, [(int(digits or -1), text) for digits, text in parts], track


def _base_rows(releases: list[Release], versions: dict[int, str | None]) -> Iterator[_Row]:
    """Return the rows of one track and base, without these two cells."""
    own: dict[Risk, list[Release]] = {}
    branches: dict[Risk, list[Release]] = {}
    for release in releases:
        place = branches if release.channel.branch else own
        place.setdefault(release.channel.risk, []).append(release)
    inherited = False
    for risk in Risk:
        for release in own.get(risk, ()):
            yield _row(str(risk), release, versions)
        if risk not in own:
            arrow = "↑" if inherited else None
            yield (risk, arrow, arrow, None, None)
        inherited = inherited or risk in own
        for release in sorted(branches.get(risk, ()), key=_order):
            yield _row(f"{risk}/{release.channel.branch}", release, versions)


def _row(channel: str, release: Release, versions: dict[int, str | None]) -> _Row:
    # An optional resource may have been left out.
    bound = [item for item in release.resources if item.revision is not None]
    resources = ", ".join(f"{item.name} (r{item.revision})" for item in bound)
    expires = release.expires_at
    part = release.progressive.percentage
    return (
        # Beside what most have stands, in a row of its own, what some are getting.
        channel if part is None else f"{channel} ({part:g} %)",
        versions.get(release.revision) if release.revision else None,
        release.revision,
        resources or None,
        f"{expires:%Y-%m-%d}" if expires else None,
    )
