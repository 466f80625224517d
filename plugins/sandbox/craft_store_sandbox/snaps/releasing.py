"""Putting revisions of snaps into channels, and closing them (Snap Store reference, section 9)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from craft_store_sandbox.snaps.channels import channel_of, live_entries
from craft_store_sandbox.snaps.registration import COLUMNS, read_metadata, send_metadata
from craft_store_sandbox.state.channels import Channel, parse_channel
from craft_store_sandbox.state.snap_tables import Snap, SnapRelease, SnapRevision

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from craft_store_sandbox.state.tables import Package

BRANCH_LIFETIME = timedelta(days=30)
RELEASABLE = ("Published", "Unpublished")
_RISKY = ("beta", "edge")
_FROM_SNAP = ("title", "summary", "description", "license")


def read_channel(text: str) -> Channel:
    """Return a channel as it is typed; without a track it is one of ``latest``.

    Raises:
        ValueError: It is none.
    """
    return parse_channel(text, "latest")


def why_not(package: Package, revision: SnapRevision, channel: Channel) -> str | None:
    """Why a revision may not be released to a channel; None if it may."""
    track = next((item for item in package.tracks if item.name == channel.track), None)
    if track is None:
        return f"Track '{channel.track[:80]}' does not exist for '{package.name}'"
    if track.closed:
        return f"Track '{channel.track}' of '{package.name}' is closed"
    about = revision.about
    for key, value in (("grade", "devel"), ("confinement", "devmode")):
        if about[key] == value and channel.risk not in _RISKY:
            return f"Revision {revision.number} with {key} {value} cannot be released to {channel}"
    return None


def put_release(
    db: Session,
    package: Package,
    revision: SnapRevision,
    channel: Channel,
    *,
    now: datetime,
    percentage: float | None = None,
    paused: bool | None = None,
) -> None:
    """Add a release to the log, for each architecture of the revision.

    Args:
        db: The transaction.
        package: Of the snap.
        revision: What is released.
        channel: Where to.
        now: When.
        percentage: Of the installations that get it; None is all.
        paused: Of a progressive release.
    """
    for architecture in revision.architectures:
        _add(
            db,
            package,
            channel,
            architecture,
            revision=revision.number,
            when=now,
            percentage=percentage,
            paused=paused,
            expires_at=now + BRANCH_LIFETIME if channel.branch else None,
        )
    revision.status = "Published"
    package.status = "published"
    db.flush()
    _take_metadata(db.get_one(Snap, package.id), revision, channel)


def close_channel(db: Session, package: Package, channel: Channel, now: datetime) -> bool:
    """Close a channel for all architectures; give whether anything was there."""
    open_in = {
        entry.architecture
        for entry in live_entries(db, package, now)
        if channel_of(entry) == channel
    }
    for architecture in sorted(open_in):
        _add(db, package, channel, architecture, when=now)
    db.flush()
    return bool(open_in)


def newest_in(db: Session, package: Package, channel: Channel, now: datetime) -> dict[str, int]:
    """Architecture to the revision that a channel has, the newer one where there are two."""
    return {
        entry.architecture: entry.revision or 0
        for entry in live_entries(db, package, now)
        if channel_of(entry) == channel
    }


def find_snap_revision(db: Session, package: Package, number: int) -> SnapRevision | None:
    """Return one revision of a snap."""
    return db.scalar(
        select(SnapRevision).where(
            SnapRevision.package_id == package.id, SnapRevision.number == number
        )
    )


def _add(
    db: Session, package: Package, channel: Channel, architecture: str, **values: object
) -> None:
    db.add(
        SnapRelease(
            package_id=package.id,
            architecture=architecture,
            track=channel.track,
            risk=channel.risk,
            branch=channel.branch,
            **values,
        )
    )


def _take_metadata(snap: Snap, revision: SnapRevision, channel: Channel) -> None:
    """Take the texts of the released snap over, as far as the publisher wants that."""
    track = snap.package.default_track
    renew = channel == Channel(track, "stable") and read_metadata(
        snap, "update_metadata_on_release"
    )
    for field in _FROM_SNAP:
        value = revision.about.get(field)
        known = getattr(snap.package, field) if field in COLUMNS else snap.details.get(field)
        if value is not None and (renew or known is None):
            send_metadata(snap, field, value)
