"""The texts of a snap's page, and its default track.

Source: Snap Store reference, sections 9.9 and 10.1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, jsonify

from craft_store_sandbox.dashboard.access import DashboardBlueprint, authenticate, snap_with_id
from craft_store_sandbox.dashboard.media import checks_conflicts, conflict
from craft_store_sandbox.serving.errors import DashboardError, invalid_field
from craft_store_sandbox.serving.schemas import Schema, first_fault, read_object
from craft_store_sandbox.snaps.registration import last_sent, read_metadata, send_metadata
from craft_store_sandbox.state.backend import backend

if TYPE_CHECKING:
    from craft_store_sandbox.state.snap_tables import Snap

blueprint = DashboardBlueprint("metadata")

_BOOLEAN: Schema = {"type": "boolean"}
_TEXTS: Schema = {"type": "array", "items": {"type": "string"}}


def _text(longest: int) -> Schema:
    return {"type": ["string", "null"], "maxLength": longest}


_FIELDS: dict[str, Schema] = {
    "blacklist_countries": _TEXTS,
    "categories": {"type": "array"},
    "contact": _text(1000),
    "default_track": _text(28),
    "description": _text(4096),
    "keywords": {**_TEXTS, "maxItems": 10},
    "license": _text(2000),
    "links": {"type": "object", "additionalProperties": _TEXTS},
    "price": {"type": ["number", "string", "null"]},
    "private": _BOOLEAN,
    "public_metrics_blacklist": _TEXTS,
    "public_metrics_enabled": _BOOLEAN,
    "summary": _text(128),
    "title": _text(40),
    "unlisted": _BOOLEAN,
    "update_metadata_on_release": _BOOLEAN,
    "video_urls": {**_TEXTS, "maxItems": 1},
    "website": _text(1000),
    "whitelist_countries": _TEXTS,
}


@blueprint.route("/dev/api/snaps/<snap_id>/metadata", methods=["POST", "PUT"])
def snap_metadata(snap_id: str) -> Response:
    """Set fields; POST only those that nobody else changed since a client last sent them."""
    with backend().database.transaction() as db:
        grant = authenticate(db, "package_manage", "package_update")
        snap = snap_with_id(db, grant, snap_id)
        values = read_object({})
        _check(snap, values)
        if checks_conflicts():
            _check_conflicts(snap, values)
        for field, value in values.items():
            send_metadata(snap, field, value)
        return jsonify({field: read_metadata(snap, field) for field in values})


def _check(snap: Snap, values: dict[str, Any]) -> None:
    unknown = sorted(set(values) - set(_FIELDS))
    if unknown:
        raise DashboardError(
            400, "invalid-request", f"Unknown field: {unknown[0][:80]}", extra={"name": unknown[0]}
        )
    for field, value in values.items():
        fault = first_fault(value, _FIELDS[field])
        if fault is not None:
            raise invalid_field(f"{field}: {fault.message[:300]}", field)
    track = values.get("default_track")
    if track is not None and track not in {
        item.name for item in snap.package.tracks if not item.closed
    }:
        raise invalid_field(f"There is no active track '{track}'", "default_track")


def _check_conflicts(snap: Snap, values: dict[str, Any]) -> None:
    found = [
        {"field": field, "current": read_metadata(snap, field), "value": value}
        for field, value in sorted(values.items())
        if read_metadata(snap, field) not in (value, last_sent(snap, field))
    ]
    if found:
        raise conflict(found)
