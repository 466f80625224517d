"""The channel map, releases and revisions of the second generation.

Source: Snap Store reference, sections 9.6 to 9.8 and 14.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from flask import Response, jsonify, request

from craft_store_sandbox.dashboard.access import (
    DashboardBlueprint,
    authenticate,
    find_package,
    snap_named,
    snap_not_found,
    snap_with_id,
)
from craft_store_sandbox.serving.errors import DashboardError
from craft_store_sandbox.snaps.channels import (
    all_channels,
    channel_of,
    channels_view,
    live_entries,
    release_log,
    revisions_of,
)
from craft_store_sandbox.snaps.reviews import settle_uploads
from craft_store_sandbox.state.accounts import publisher_view
from craft_store_sandbox.state.backend import backend
from craft_store_sandbox.state.clock import zulu, zulu_or_none
from craft_store_sandbox.state.tables import Package

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from craft_store_sandbox.state.snap_tables import SnapRelease, SnapRevision

blueprint = DashboardBlueprint("channel-map")

_LARGEST_PAGE = 500


@blueprint.get("/api/v2/snaps/<name>/channel-map")
def snap_channel_map(name: str) -> Response:
    """Return what is in the channels now, with the revisions that are (section 9.6)."""
    with backend().database.transaction() as db:
        package = _package(db, name)
        live = live_entries(db, package, backend().clock.now())
        shown = {entry.revision for entry in live}
        revisions = [row for row in revisions_of(db, package).values() if row.number in shown]
        return jsonify(
            {
                "channel-map": [
                    {
                        "architecture": entry.architecture,
                        "channel": str(channel_of(entry)),
                        "expiration-date": zulu_or_none(entry.expires_at),
                        "progressive": _progressive(entry, live),
                        "revision": entry.revision,
                        "when": zulu(entry.when),
                    }
                    for entry in live
                ],
                "revisions": [
                    {
                        **_revision_view(row),
                        "build-url": None,
                        "created-at": zulu(row.created_at),
                    }
                    for row in reversed(revisions)
                ],
                "snap": _snap_view(package, live),
            }
        )


@blueprint.get("/api/v2/snaps/<name>/releases")
def snap_releases(name: str) -> Response:
    """List all releases, closings and revisions, newest first, in pages (section 9.7)."""
    page, size = _count("page", 1), _count("size", backend().snaps.page_size)
    size = min(size, _LARGEST_PAGE)
    with backend().database.transaction() as db:
        package = _package(db, name)
        log = release_log(db, package)
        revisions = list(revisions_of(db, package).values())
        part = slice((page - 1) * size, page * size)
        links = {"self": _page_url(package, page)}
        if page * size < max(len(log), len(revisions)):
            links["next"] = _page_url(package, page + 1)
        return jsonify(
            {
                "_links": links,
                "releases": [_release_view(entry) for entry in log[::-1][part]],
                "revisions": [_history_view(row) for row in revisions[::-1][part]],
                "snap": _snap_view(package, log),
            }
        )


@blueprint.get("/api/v2/snaps/<name>/revisions/<int:number>")
def snap_revision(name: str, number: int) -> Response:
    """Return one revision; the snap may also be named by its id (section 9.8)."""
    with backend().database.transaction() as db:
        revision = revisions_of(db, _package(db, name)).get(number)
        if revision is None:
            raise snap_not_found(f"Revision {number} not found for '{name[:80]}'")
        return jsonify(revision=_history_view(revision))


@blueprint.get("/v2/snaps/info/<name>")
def device_info(name: str) -> Response:
    """Return what anybody may know of a public snap: its id above all (section 14.1)."""
    with backend().database.snapshot() as db:
        package = find_package(db, name)
        if package is None or package.private:
            raise snap_not_found(f"No snap named {name[:80]!r} found in series '16'.")
        live = live_entries(db, package, backend().clock.now())
        revisions = revisions_of(db, package)
        return jsonify(
            {
                "channel-map": [
                    {
                        "channel": {
                            "architecture": entry.architecture,
                            "name": str(channel_of(entry)).removeprefix("latest/"),
                            "released-at": zulu(entry.when),
                            "risk": entry.risk,
                            "track": entry.track,
                        },
                        "revision": entry.revision,
                        "version": revisions[entry.revision or 0].version,
                    }
                    for entry in live
                    if not entry.branch
                ],
                "name": package.name,
                "snap": {
                    "name": package.name,
                    "publisher": publisher_view(package.owner),
                    "snap-id": package.id,
                },
                "snap-id": package.id,
            }
        )


@blueprint.get("/api/v1/snaps/assertions/snap-declaration/16/<snap_id>")
def device_declaration(snap_id: str) -> Response:
    """Return which name an id belongs to (section 14.2)."""
    with backend().database.snapshot() as db:
        package = db.get(Package, snap_id)
        if package is None or package.namespace != "snap":
            raise snap_not_found("snap-declaration not found")
        return jsonify(
            headers={
                "publisher-id": package.owner_id,
                "series": "16",
                "snap-id": package.id,
                "snap-name": package.name,
                "type": "snap-declaration",
            }
        )


def _package(db: Session, name: str) -> Package:
    grant = authenticate(db, "package_access")
    known = find_package(db, name) is not None or db.get(Package, name) is None
    package = (snap_named if known else snap_with_id)(db, grant, name).package
    settle_uploads(backend(), db, package)
    return package


def _count(argument: str, default: int) -> int:
    text = request.args.get(argument)
    if text is None:
        return default
    if not text.isdecimal() or not 0 < len(text) < 10 or int(text) < 1:
        raise DashboardError(400, "invalid-request", f"{argument} must be a positive integer")
    return int(text)


def _page_url(package: Package, page: int) -> str:
    query = {**request.args.to_dict(), "page": page}
    base = backend().urls.dashboard
    return f"{base}/api/v2/snaps/{quote(package.name)}/releases?{urlencode(query)}"


def _progressive(entry: SnapRelease, live: list[SnapRelease]) -> dict[str, Any]:
    """Return how far a release is; the one beneath a progressive one still goes to the others."""
    beneath = entry.percentage is None and any(
        item.percentage is not None
        and channel_of(item) == channel_of(entry)
        and item.architecture == entry.architecture
        for item in live
    )
    current = 100.0 if beneath else entry.percentage
    return {
        "current-percentage": None if current is None else float(current),
        "paused": entry.paused,
        "percentage": entry.percentage,
    }


def _release_view(entry: SnapRelease) -> dict[str, Any]:
    return {
        "architecture": entry.architecture,
        "branch": entry.branch or None,
        "channel": str(channel_of(entry)),
        "expiration-date": zulu_or_none(entry.expires_at),
        "progressive": {
            "current-percentage": None,
            "paused": entry.paused,
            "percentage": entry.percentage,
        },
        "revision": entry.revision,
        "risk": entry.risk,
        "track": entry.track,
        "when": zulu(entry.when),
    }


def _history_view(revision: SnapRevision) -> dict[str, Any]:
    # The spelling of two keys differs from that of the channel map.
    return {
        **_revision_view(revision),
        "build_url": None,
        "created_at": zulu(revision.created_at),
        "status": revision.status,
    }


def _revision_view(revision: SnapRevision) -> dict[str, Any]:
    about = revision.about
    return {
        "architectures": about["architectures"],
        "attributes": {},
        "base": about["base"],
        "confinement": about["confinement"],
        "epoch": about["epoch"],
        "grade": about["grade"],
        "revision": revision.number,
        "sha3-384": revision.sha3_384,
        "size": revision.upload.size,
        "version": about["version"],
    }


def _snap_view(package: Package, log: list[SnapRelease]) -> dict[str, Any]:
    default = None if package.default_track == "latest" else package.default_track
    return {
        "channels": channels_view(all_channels(package, log)),
        "default-track": default,
        "id": package.id,
        "name": package.name,
        "private": package.private,
        "publisher": publisher_view(package.owner),
        "title": package.title or package.name,
        "tracks": [
            {
                "creation-date": zulu_or_none(None if track.name == "latest" else track.created_at),
                "name": track.name,
                "status": _track_status(package, track.name, closed=track.closed),
                "version-pattern": track.version_pattern,
            }
            for track in sorted(package.tracks, key=lambda item: (item.name != "latest", item.name))
        ],
    }


def _track_status(package: Package, name: str, *, closed: bool) -> str:
    if closed:
        return "closed"
    return "default" if name == package.default_track else "active"
