"""The channel map of a snap, computed from its release log (Snap Store reference, section 9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from craft_store_sandbox.state.channels import RISKS, Channel
from craft_store_sandbox.state.snap_tables import SnapRelease, SnapRevision

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from craft_store_sandbox.state.tables import Package


def release_log(db: Session, package: Package) -> list[SnapRelease]:
    """Return all releases and closings, oldest first."""
    query = select(SnapRelease).where(SnapRelease.package_id == package.id)
    return list(db.scalars(query.order_by(SnapRelease.id)))


def channel_of(entry: SnapRelease) -> Channel:
    """Return the channel of an entry of the log."""
    return Channel(entry.track, entry.risk, entry.branch)


def live_entries(db: Session, package: Package, now: datetime) -> list[SnapRelease]:
    """Return what is in the channels, in their order.

    A channel under progressive release has two entries for an architecture: the one that it had,
    and the progressive one after it.
    """
    by_place: dict[tuple[Channel, str], list[SnapRelease]] = {}
    for entry in release_log(db, package):
        by_place.setdefault((channel_of(entry), entry.architecture), []).append(entry)
    places = sorted(by_place, key=lambda place: (*channel_order(place[0]), place[1]))
    return [entry for place in places for entry in _live(by_place[place], now)]


def _live(entries: list[SnapRelease], now: datetime) -> list[SnapRelease]:
    newest = entries[-1]
    if newest.revision is None or (newest.expires_at is not None and newest.expires_at <= now):
        return []
    if newest.percentage is None:
        return [newest]
    for earlier in reversed(entries[:-1]):
        if earlier.revision is None:
            break
        if earlier.percentage is None:
            return [earlier, newest]
    return [newest]


def channel_order(channel: Channel) -> tuple[bool, str, int, str]:
    """Return a sorting key: ``latest`` first, and each fallback before who falls back to it."""
    return channel.track != "latest", channel.track, RISKS.index(channel.risk), channel.branch


def all_channels(package: Package, log: list[SnapRelease]) -> list[Channel]:
    """Return the four risks of each track, and the branches of some releases."""
    channels = {Channel(track.name, risk) for track in package.tracks for risk in RISKS}
    channels.update(channel_of(entry) for entry in log if entry.branch)
    return sorted(channels, key=channel_order)


def channels_view(channels: list[Channel]) -> list[dict[str, Any]]:
    """Return the ``channels`` of a snap object (section 9.6)."""
    return [
        {
            "branch": channel.branch or None,
            "fallback": channel.fallback,
            "name": str(channel),
            "risk": channel.risk,
            "track": channel.track,
        }
        for channel in channels
    ]


def revisions_of(db: Session, package: Package) -> dict[int, SnapRevision]:
    """Return the revisions of a snap by number, oldest first."""
    query = select(SnapRevision).where(SnapRevision.package_id == package.id)
    return {row.number: row for row in db.scalars(query.order_by(SnapRevision.number))}


def short_name(channel: Channel) -> str:
    """Return the name in the dashboard's first generation: ``latest`` is not said."""
    return str(channel).removeprefix("latest/")
