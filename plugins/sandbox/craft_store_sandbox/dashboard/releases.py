"""Releasing and closing, and the tree of channels of the first generation.

Source: Snap Store reference, sections 9.2 to 9.4 and 13.1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, jsonify, request

from craft_store_sandbox.dashboard.access import (
    DashboardBlueprint,
    authenticate,
    snap_named,
    snap_not_found,
    snap_with_id,
)
from craft_store_sandbox.dashboard.account import store_name
from craft_store_sandbox.serving.errors import BareError, DashboardError, invalid_field
from craft_store_sandbox.serving.schemas import SOME_TEXT, Schema, read_object
from craft_store_sandbox.snaps.channels import (
    all_channels,
    channel_of,
    channel_order,
    live_entries,
    revisions_of,
    short_name,
)
from craft_store_sandbox.snaps.media import media_entries
from craft_store_sandbox.snaps.registration import read_metadata
from craft_store_sandbox.snaps.releasing import (
    RELEASABLE,
    close_channel,
    put_release,
    read_channel,
    why_not,
)
from craft_store_sandbox.snaps.reviews import settle_uploads
from craft_store_sandbox.state.accounts import publisher_view
from craft_store_sandbox.state.backend import backend
from craft_store_sandbox.state.channels import RISKS, Channel
from craft_store_sandbox.state.clock import zoneless

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session

    from craft_store_sandbox.dashboard.access import DashboardGrant
    from craft_store_sandbox.state.snap_tables import Snap, SnapRelease, SnapRevision
    from craft_store_sandbox.state.tables import Package

blueprint = DashboardBlueprint("releases")

SERIES = "16"
_CHANNELS: Schema = {"type": "array", "minItems": 1, "items": SOME_TEXT}
_RELEASE: dict[str, Schema] = {
    "name": SOME_TEXT,
    "revision": {},
    "channels": _CHANNELS,
    "progressive": {
        "type": ["object", "null"],
        "properties": {
            "percentage": {"type": ["number", "null"], "exclusiveMinimum": 0, "maximum": 100},
            "paused": {"type": ["boolean", "null"]},
        },
    },
}


@blueprint.post("/dev/api/snap-release/")
def snap_release() -> Response:
    """Release a revision to channels, for the architectures that it has (section 9.2)."""
    with backend().database.transaction() as db:
        grant = authenticate(db, "package_release", "package_upload")
        body = read_object(_RELEASE, ("name", "revision", "channels"))
        package = _released_package(db, grant, body["name"])
        channels = [_channel(text) for text in body["channels"]]
        for channel in channels:
            grant.require_channel(channel)
        revision = _revision(db, package, body["revision"])
        progressive = body.get("progressive") or {}
        percentage = progressive.get("percentage")
        partly = percentage is not None and percentage < 100
        for channel in channels:
            fault = why_not(package, revision, channel)
            if fault is not None:
                raise invalid_field(fault, "channels")
            put_release(
                db,
                package,
                revision,
                channel,
                now=backend().clock.now(),
                percentage=percentage if partly else None,
                paused=bool(progressive.get("paused")) if partly else None,
            )
        architectures = revision.architectures
        return jsonify(
            success=True,
            opened_channels=[short_name(channel) for channel in channels],
            channel_map_tree=_tree(db, package, architectures),
            channel_map=_branch_of_tree(db, package, channels[0].track, architectures[0]),
        )


@blueprint.post("/dev/api/snaps/<snap_id>/close", endpoint="close_channel")
def close(snap_id: str) -> Response:
    """Close channels for all architectures (section 9.3)."""
    with backend().database.transaction() as db:
        grant = authenticate(db, "package_release", "package_upload")
        package = snap_with_id(db, grant, snap_id).package
        names = read_object({"channels": _CHANNELS}, ("channels",))["channels"]
        tracks = {track.name for track in package.tracks}
        closed = []
        for text in names:
            try:
                channel = read_channel(text)
            except ValueError as error:
                raise invalid_field(f"Not a valid channel: {text[:80]}", "channels") from error
            grant.require_channel(channel)
            if channel.track not in tracks:
                raise invalid_field(f"Track '{channel.track[:80]}' does not exist", "channels")
            if close_channel(db, package, channel, backend().clock.now()):
                closed.append(short_name(channel))
        architectures = _architectures(db, package)
        return jsonify(
            closed_channels=closed,
            channel_map_tree=_tree(db, package, architectures),
            channel_maps={
                name: _branch_of_tree(db, package, "latest", name) for name in architectures
            },
        )


@blueprint.get("/dev/api/snaps/<snap_id>/state")
def snap_state(snap_id: str) -> Response:
    """Return the tree of all channels of all architectures that have a revision (section 9.4)."""
    with backend().database.transaction() as db:
        package = snap_with_id(db, authenticate(db, "package_access"), snap_id).package
        settle_uploads(backend(), db, package)
        architectures = _architectures(db, package)
        wanted = request.args.get("architecture")
        if wanted is not None and wanted not in architectures:
            return jsonify({})
        tree = _tree(db, package, architectures if wanted is None else [wanted])
        return jsonify(channel_map_tree=tree)


@blueprint.get("/dev/api/snaps/info/<name>")
def snap_info(name: str) -> Response:
    """Return the publisher's view of a snap, also of a private one (section 13.1)."""
    with backend().database.transaction() as db:
        snap = snap_named(db, authenticate(db, "package_access"), name)
        settle_uploads(backend(), db, snap.package)
        return jsonify(_info(db, snap))


def _released_package(db: Session, grant: DashboardGrant, name: str) -> Package:
    try:
        package = snap_named(db, grant, name).package
    except DashboardError as error:
        if error.status == 404 and backend().snaps.empty_not_found:
            raise BareError(404, None) from error
        raise
    settle_uploads(backend(), db, package)
    return package


def _channel(text: str) -> Channel:
    try:
        return read_channel(text)
    except ValueError as error:
        if any(part in RISKS for part in text.split("/")):
            raise invalid_field(f"Invalid branch or track name: {text[:80]}", "channels") from error
        raise BareError(400, {"errors": f"Not a valid channel: {text[:80]}"}) from error


def _revision(db: Session, package: Package, value: Any) -> SnapRevision:
    # One client sends a text and another a number.
    text = value if isinstance(value, str) else str(value) if type(value) is int else ""
    if not text.isdecimal() or len(text) > 18:
        message = "This field must be an integer."
        raise DashboardError(
            400,
            "invalid-field",
            message,
            extra={"name": "revision"},
            beside={"success": False, "errors": {"revision": [message]}},
        )
    revision = revisions_of(db, package).get(int(text))
    if revision is None:
        if backend().snaps.empty_not_found:
            raise BareError(404, None)
        raise snap_not_found(f"Revision {text} not found for '{package.name}'")
    if revision.status not in RELEASABLE:
        raise DashboardError(
            400,
            "resource-not-ready",
            f"Revision {text} is not ready to be published: its status is {revision.status}",
        )
    return revision


def _architectures(db: Session, package: Package) -> list[str]:
    known = revisions_of(db, package).values()
    return sorted({name for revision in known for name in revision.architectures})


def _tree(db: Session, package: Package, architectures: Iterable[str]) -> dict[str, Any]:
    return {
        track.name: {
            SERIES: {name: _branch_of_tree(db, package, track.name, name) for name in architectures}
        }
        for track in package.tracks
    }


def _branch_of_tree(
    db: Session, package: Package, track: str, architecture: str
) -> list[dict[str, Any]]:
    """Return the channels of one track and architecture: the risks first, then the branches."""
    live = {
        channel_of(entry): entry
        for entry in live_entries(db, package, backend().clock.now())
        if entry.track == track and entry.architecture == architecture
    }
    revisions = revisions_of(db, package)
    rows = []
    info = "none"
    for risk in RISKS:
        entry = live.get(Channel(track, risk))
        if entry is not None:
            info = "tracking"
        rows.append(_tree_entry(Channel(track, risk), entry, revisions) or _unreleased(risk, info))
    branches = sorted((item for item in live if item.branch), key=channel_order)
    return rows + [_tree_entry(item, live[item], revisions) or {} for item in branches]


def _unreleased(risk: str, info: str) -> dict[str, Any]:
    return {"channel": risk, "info": info}


def _tree_entry(
    channel: Channel, entry: SnapRelease | None, revisions: dict[int, SnapRevision]
) -> dict[str, Any] | None:
    if entry is None or entry.revision is None:
        return None
    row: dict[str, Any] = {
        "channel": "/".join(filter(None, (channel.risk, channel.branch))),
        "info": "branch" if channel.branch else "specific",
        "revision": entry.revision,
        "version": revisions[entry.revision].version,
    }
    if entry.expires_at is not None:
        row["expires_at"] = zoneless(entry.expires_at)
    if entry.percentage is not None:
        row["progressive"] = {"paused": entry.paused, "percentage": entry.percentage}
    return row


def _info(db: Session, snap: Snap) -> dict[str, Any]:
    package = snap.package
    fields = (
        "title", "summary", "description", "license", "contact", "website", "links", "keywords",
        "video_urls", "private", "unlisted", "price", "default_track", "public_metrics_enabled",
        "public_metrics_blacklist", "update_metadata_on_release",
    )  # fmt: skip
    return {
        **{field: read_metadata(snap, field) for field in fields},
        "aliases": None,
        "blacklist_country_codes": read_metadata(snap, "blacklist_countries"),
        "categories": {"items": read_metadata(snap, "categories"), "locked": False},
        "channel_maps_list": _maps(db, package),
        "media": media_entries(db, package),
        "publisher": publisher_view(package.owner),
        "series": SERIES,
        "snap_id": package.id,
        "snap_name": package.name,
        "status": package.status,
        "store": store_name(db, snap),
        "visibility_locked": False,
        "whitelist_country_codes": read_metadata(snap, "whitelist_countries"),
    }


def _maps(db: Session, package: Package) -> list[dict[str, Any]]:
    live = {
        (channel_of(entry), entry.architecture): entry
        for entry in live_entries(db, package, backend().clock.now())
    }
    revisions = revisions_of(db, package)
    maps = []
    for track in dict.fromkeys(channel.track for channel in all_channels(package, [])):
        for architecture in _architectures(db, package):
            places = {risk: live.get((Channel(track, risk), architecture)) for risk in RISKS}
            maps.append(
                {
                    "architecture": architecture,
                    "map": [_map_row(risk, places[risk], revisions) for risk in RISKS],
                    "series": SERIES,
                    "track": track,
                }
            )
    return maps


def _map_row(
    risk: str, entry: SnapRelease | None, revisions: dict[int, SnapRevision]
) -> dict[str, Any]:
    if entry is None or entry.revision is None:
        return {"channel": risk, "info": None}
    revision = revisions[entry.revision]
    return {
        "binary_filesize": revision.upload.size,
        "channel": risk,
        "confinement": revision.about["confinement"],
        "epoch": str(max(revision.about["epoch"]["write"], default=0)),
        "info": "released",
        "revision": revision.number,
        "version": revision.version,
    }
