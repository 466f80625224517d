"""Releases of snaps, as gateways have them (Snap Store reference, sections 15.6 and 15.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, jsonify

from craft_store_sandbox.gateway.snap_revisions import known_revisions, revision_view
from craft_store_sandbox.identity.authorization import authenticate, package_for
from craft_store_sandbox.serving.errors import bad_request, not_found
from craft_store_sandbox.serving.schemas import POSITIVE, SOME_TEXT, json_body, shape
from craft_store_sandbox.snaps.channels import all_channels, channel_of, channels_view, live_entries
from craft_store_sandbox.snaps.releasing import (
    RELEASABLE,
    close_channel,
    put_release,
    read_channel,
    why_not,
)
from craft_store_sandbox.state.backend import backend
from craft_store_sandbox.state.timestamps import zulu, zulu_or_none

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from craft_store_sandbox.identity.authorization import Grant
    from craft_store_sandbox.state.snap_tables import SnapRelease
    from craft_store_sandbox.state.tables import Package

blueprint = Blueprint("snap-releases", __name__)

_RELEASES = {
    "type": "array",
    "minItems": 1,
    "items": shape(
        {"channel": SOME_TEXT, "revision": {**POSITIVE, "type": ["integer", "null"]}},
        ("channel", "revision"),
    ),
}


@blueprint.get("/v1/snap/<name>/releases")
def list_releases(name: str) -> Response:
    """What is released where, and which channels there are."""
    with backend().database.transaction() as db:
        grant = authenticate(db, "package-view-releases")
        package = package_for(db, grant, name, "snap")
        revisions = known_revisions(db, package)
        entries = live_entries(db, package, backend().clock.now())
        shown = {entry.revision for entry in entries}
        return jsonify(
            {
                "channel-map": [_entry_view(entry) for entry in entries],
                "package": {"channels": channels_view(all_channels(package, entries))},
                "revisions": [
                    {
                        key: value
                        for key, value in revision_view(row, full=True).items()
                        if key != "apps" or backend().snaps.full_revisions
                    }
                    for row in revisions.values()
                    if row.number in shown
                ],
            }
        )


@blueprint.post("/v1/snap/<name>/releases")
def release(name: str) -> Response:
    """Release revisions and close channels; all items or none."""
    items = json_body(_RELEASES)
    with backend().database.transaction() as db:
        grant = authenticate(db, "package-manage-releases")
        package = package_for(db, grant, name, "snap")
        for item in items:
            _apply(db, grant, package, item)
    return jsonify(released=items)


def _apply(db: Session, grant: Grant, package: Package, item: dict[str, Any]) -> None:
    try:
        channel = read_channel(item["channel"])
    except ValueError as error:
        raise bad_request(str(error)) from error
    grant.require_channel(channel, "latest")
    now, number = backend().clock.now(), item["revision"]
    if number is None:
        close_channel(db, package, channel, now)
        return
    revision = known_revisions(db, package).get(number)
    if revision is None:
        raise not_found(f"Revision {number} not found for '{package.name}'")
    if revision.status not in RELEASABLE:
        raise bad_request(f"Revision {number} is not approved: its status is {revision.status}")
    fault = why_not(package, revision, channel)
    if fault is not None:
        raise bad_request(fault)
    put_release(db, package, revision, channel, now=now)


def _entry_view(entry: SnapRelease) -> dict[str, Any]:
    return {
        "architecture": entry.architecture,
        "channel": str(channel_of(entry)),
        "expiration-date": zulu_or_none(entry.expires_at),
        "progressive": {"paused": entry.paused, "percentage": entry.percentage},
        "resources": [],
        "revision": entry.revision,
        "when": zulu(entry.when),
    }
