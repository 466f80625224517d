"""Releases and the channel map (Publisher Gateway reference, section 10)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, jsonify
from sqlalchemy import select

from craft_store_sandbox.charms.reviews import settle
from craft_store_sandbox.gateway.revisions import find_revision, revision_view
from craft_store_sandbox.identity.authorization import Grant, authenticate, package_for
from craft_store_sandbox.serving.errors import bad_request, not_found
from craft_store_sandbox.serving.schemas import SOME_TEXT, json_body, shape
from craft_store_sandbox.state.backend import backend
from craft_store_sandbox.state.channels import RISKS, Channel, parse_channel
from craft_store_sandbox.state.clock import zoneless, zulu, zulu_or_none
from craft_store_sandbox.state.tables import (
    DeclaredResource,
    Package,
    Release,
    ResourceRevision,
    Review,
    Revision,
)

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from craft_store_sandbox.serving.faults import Faults

blueprint = Blueprint("releases", __name__)

BRANCH_LIFETIME = timedelta(days=30)
_REVISION = {"type": ["integer", "null"], "minimum": 1}
_RELEASES = {
    "type": "array",
    "minItems": 1,
    "items": shape(
        {
            "channel": SOME_TEXT,
            "revision": _REVISION,
            "resources": {
                "type": ["array", "null"],
                "items": shape(
                    {"name": SOME_TEXT, "revision": {"type": ["integer", "null"], "minimum": 0}},
                    ("name", "revision"),
                ),
            },
        },
        ("channel", "revision"),
    ),
}


@dataclass(frozen=True)
class _Target:
    """One package at one moment, which all items of a request share."""

    db: Session
    grant: Grant
    package: Package
    now: datetime


@blueprint.get("/v1/charm/<name>/releases")
def list_releases(name: str) -> Response:
    """L1: return what is released where, and which channels there are."""
    with backend().database.transaction() as db:
        grant = authenticate(db, "package-view-releases")
        package = package_for(db, grant, name)
        settle(backend(), db, package)
        now, faults = backend().clock.now(), backend().faults
        rows = live_releases(db, package, now)
        if faults.release_lag:
            rows = [row for row in rows if row.when <= now - timedelta(seconds=faults.release_lag)]
        spell = zulu if faults.zoned_created_at else zoneless
        answer = {
            "channel-map": [_row_view(row) for row in rows],
            "package": {"channels": _channels_view(package, rows)},
            "revisions": [
                revision_view(revision, spell) for revision in _revisions_of(db, package, rows)
            ],
        }
    return jsonify(_spoiled(answer, faults))


@blueprint.post("/v1/charm/<name>/releases")
def release(name: str) -> Response:
    """L2: release revisions and close channels; all items or none."""
    items = json_body(_RELEASES)
    with backend().database.transaction() as db:
        grant = authenticate(db, "package-manage-releases")
        package = package_for(db, grant, name)
        settle(backend(), db, package)
        target = _Target(db, grant, package, backend().clock.now())
        released = [_apply(target, item) for item in items]
    if backend().faults.short_channel_names:
        for row in released:
            row["channel"] = row["channel"].removeprefix("latest/")
    return jsonify(released=released)


def live_releases(db: Session, package: Package, now: datetime) -> list[Release]:
    """Return the rows of the channel map without expired branches, in the order of channels."""
    rows = db.scalars(select(Release).where(Release.package_id == package.id))
    live = [row for row in rows if row.expires_at is None or row.expires_at > now]
    return sorted(
        live,
        key=lambda row: (
            row.track != "latest", row.track, RISKS.index(row.risk), row.branch, row.base_key,
        ),
    )  # fmt: skip


def _spoiled(answer: dict[str, Any], faults: Faults) -> dict[str, Any]:
    """Return the channel map with the server's known bugs, as far as they are switched on."""
    if faults.duplicate_branches:
        channels = answer["package"]["channels"]
        channels.extend([channel for channel in channels if channel["branch"]])
    if faults.null_base:
        answer["channel-map"] = [{**row, "base": None} for row in answer["channel-map"]]
    return answer


def _apply(target: _Target, item: dict[str, Any]) -> dict[str, Any]:
    package = target.package
    try:
        channel = parse_channel(item["channel"], package.default_track)
    except ValueError as error:
        raise bad_request(str(error)) from error
    target.grant.require_channel(channel, package.default_track)
    if channel.track not in {track.name for track in package.tracks}:
        raise bad_request(f"Track '{channel.track[:80]}' does not exist for '{package.name}'")
    if item["revision"] is None:
        _close(target, channel)
        return {"channel": str(channel), "revision": None, "resources": []}
    revision = _releasable(target, channel, item["revision"])
    chosen = {entry["name"]: entry["revision"] for entry in item.get("resources") or []}
    declared = _declared(target.db, package, revision)
    for resource_name in chosen:
        if resource_name not in {resource.name for resource in declared}:
            raise bad_request(
                f"Resource '{resource_name}' is not valid for charm with id {package.id}"
                f" and revision {revision.number}"
            )
    resources: list[dict[str, Any]] = []
    for base in revision.bases:
        resources = _put(target, channel, revision, base, chosen, declared)
    _publish(target, revision)
    return {
        "channel": str(channel),
        "revision": revision.number,
        "resources": [
            {"name": resource["name"], "revision": resource["revision"]} for resource in resources
        ],
    }


def _close(target: _Target, channel: Channel) -> None:
    for row in _rows(target, channel):
        target.db.delete(row)
    target.db.flush()


def _releasable(target: _Target, channel: Channel, number: int) -> Revision:
    revision = find_revision(target.db, target.package, number)
    if revision is None:
        raise not_found(f"Revision {number} not found for '{target.package.name}'")
    if revision.status not in ("approved", "released"):
        raise bad_request(f"Revision {number} is not approved: its status is {revision.status}")
    for track in target.package.tracks:
        pattern = track.version_pattern
        if track.name == channel.track and pattern and not re.fullmatch(pattern, revision.version):
            raise bad_request(
                f"Version '{revision.version}' does not match the pattern of track '{track.name}'"
            )
    return revision


def _put(
    target: _Target,
    channel: Channel,
    revision: Revision,
    base: dict[str, Any] | None,
    chosen: dict[str, int | None],
    declared: list[DeclaredResource],
) -> list[dict[str, Any]]:
    """Write one row of the channel map; give its resources."""
    base_key = json.dumps(base, sort_keys=True)
    row = next((row for row in _rows(target, channel) if row.base_key == base_key), None)
    earlier = {item["name"]: item["revision"] for item in row.resources} if row else {}
    resources = [
        {
            "name": resource.name,
            "type": resource.type,
            "revision": _paired(target, revision, resource, chosen, earlier),
        }
        for resource in declared
    ]
    if row is None:
        row = Release(
            package_id=target.package.id,
            track=channel.track,
            risk=channel.risk,
            branch=channel.branch,
            base_key=base_key,
            base=base,
        )
        target.db.add(row)
    row.revision = revision.number
    row.resources = resources
    row.when = target.now
    row.expires_at = target.now + BRANCH_LIFETIME if channel.branch else None
    target.db.flush()
    return resources


def _paired(
    target: _Target,
    revision: Revision,
    resource: DeclaredResource,
    chosen: dict[str, int | None],
    earlier: dict[str, int | None],
) -> int | None:
    """Return which revision of a resource a release gets (sections 10.2 and 10.3)."""
    package = target.package
    if resource.name in chosen:
        number = chosen[resource.name]
        if number is not None:
            _mark_released(target, resource, number)
            return number
        if resource.optional:
            return None
    if resource.name not in chosen:
        number = earlier.get(resource.name) or _last_released(target, resource)
        if number is not None or resource.optional:
            return number
    raise bad_request(
        f"Resource '{resource.name}' doesn't have a released revision for charm with id"
        f" '{package.id}' and revision {revision.number}"
    )


def _mark_released(target: _Target, resource: DeclaredResource, number: int) -> None:
    package = target.package
    found = target.db.get(ResourceRevision, (package.id, resource.name, number))
    if found is None:
        raise bad_request(
            f"Resource '{resource.name}' with revision {number} does not exist for charm"
            f" with id {package.id}"
        )
    found.released_at = target.now


def _last_released(target: _Target, resource: DeclaredResource) -> int | None:
    query = (
        select(ResourceRevision.number)
        .where(
            ResourceRevision.package_id == target.package.id,
            ResourceRevision.name == resource.name,
            ResourceRevision.type == resource.type,
            ResourceRevision.released_at.is_not(None),
        )
        .order_by(ResourceRevision.released_at.desc(), ResourceRevision.number.desc())
    )
    return target.db.scalar(query.limit(1))


def _publish(target: _Target, revision: Revision) -> None:
    """Mark revision and package as released, and take the revision's texts over."""
    revision.status = "released"
    target.package.status = "published"
    review = target.db.get(Review, revision.upload_id)
    metadata = (review.finding or {}).get("metadata", {}) if review else {}
    for key, value in metadata.items():
        if getattr(target.package, key) is None:
            setattr(target.package, key, value)


def _rows(target: _Target, channel: Channel) -> list[Release]:
    query = select(Release).where(
        Release.package_id == target.package.id,
        Release.track == channel.track,
        Release.risk == channel.risk,
        Release.branch == channel.branch,
    )
    return list(target.db.scalars(query))


def _declared(db: Session, package: Package, revision: Revision) -> list[DeclaredResource]:
    query = (
        select(DeclaredResource)
        .where(
            DeclaredResource.package_id == package.id,
            DeclaredResource.revision == revision.number,
        )
        .order_by(DeclaredResource.name)
    )
    return list(db.scalars(query))


def _revisions_of(db: Session, package: Package, rows: list[Release]) -> list[Revision]:
    numbers = {row.revision for row in rows}
    query = select(Revision).where(Revision.package_id == package.id, Revision.number.in_(numbers))
    return list(db.scalars(query.order_by(Revision.number)))


def _row_view(row: Release) -> dict[str, Any]:
    return {
        "base": row.base,
        "channel": str(Channel(row.track, row.risk, row.branch)),
        "expiration-date": zulu_or_none(row.expires_at),
        "progressive": {"paused": None, "percentage": None},
        "resources": row.resources,
        "revision": row.revision,
        "when": zulu(row.when),
    }


def _channels_view(package: Package, rows: list[Release]) -> list[dict[str, Any]]:
    names = sorted((track.name for track in package.tracks), key=lambda n: (n != "latest", n))
    branches = {Channel(row.track, row.risk, row.branch) for row in rows if row.branch}
    channels: list[Channel] = []
    for track in names:
        for risk in RISKS:
            channels.append(Channel(track, risk))
            on_it = (item for item in branches if (item.track, item.risk) == (track, risk))
            channels.extend(sorted(on_it, key=lambda item: item.branch))
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
