"""Icons, banners and screenshots of a snap.

Source: Snap Store reference, sections 10.2 and 10.3.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from flask import Response, jsonify, request
from sqlalchemy import select

from craft_store_sandbox.dashboard.access import DashboardBlueprint, authenticate, snap_with_id
from craft_store_sandbox.serving.errors import DashboardError, not_found
from craft_store_sandbox.serving.schemas import SOME_TEXT, Schema, first_fault
from craft_store_sandbox.snaps.media import media_of, media_row, media_url
from craft_store_sandbox.state.backend import backend
from craft_store_sandbox.state.snap_tables import Snap, SnapMedia

blueprint = DashboardBlueprint("media")

LARGEST_MEDIA = 2 << 20
_MOST = {"icon": 1, "banner": 1, "screenshot": 5}
_KINDS = {
    b"\x89PNG": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
    b"<svg": "image/svg+xml",
    b"<?xml": "image/svg+xml",
}
_INFO: Schema = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {
            "type": {"enum": list(_MOST)},
            "hash": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            "filename": SOME_TEXT,
            "key": SOME_TEXT,
        },
        "required": ["type", "hash"],
    },
}
_SENT = "media"


@blueprint.get("/dev/api/snaps/<snap_id>/binary-metadata")
def snap_binary_metadata(snap_id: str) -> Response:
    """Return the media of a snap (section 10.2)."""
    with backend().database.snapshot() as db:
        snap = snap_with_id(db, authenticate(db, "package_access"), snap_id)
        return jsonify(_views(media_of(db, snap.package)))


@blueprint.route(
    "/dev/api/snaps/<snap_id>/binary-metadata",
    methods=["POST", "PUT"],
    endpoint="snap_binary_metadata_update",
)
def update_media(snap_id: str) -> Response:
    """Replace the media of a snap; POST refuses if they were edited elsewhere (section 10.3)."""
    with backend().database.transaction() as db:
        grant = authenticate(db, "package_manage", "package_update")
        snap = snap_with_id(db, grant, snap_id)
        wanted = _wanted()
        before = media_of(db, snap.package)
        if checks_conflicts():
            _check_conflicts(snap, before, wanted)
        for row in before:
            db.delete(row)
        db.flush()
        known = {row.hash: row for row in before}
        rows = [
            media_row(snap, position, item, known.get(item["hash"]))
            for position, item in enumerate(wanted)
        ]
        db.add_all(rows)
        snap.sent = {**snap.sent, _SENT: _hashes(rows)}
        return jsonify(_views(rows))


@blueprint.get("/site_media/<digest>/<filename>")
def site_media(digest: str, filename: str) -> Response:
    """Return the bytes of an image; anybody may look."""
    del filename
    with backend().database.snapshot() as db:
        row = db.scalar(select(SnapMedia).where(SnapMedia.hash == digest).limit(1))
    if row is None:
        raise not_found("There is no such image")
    return Response(row.content, mimetype=_kind(row.content) or "application/octet-stream")


def checks_conflicts() -> bool:
    """Return whether changes made elsewhere refuse the request (section 10.1)."""
    return request.method == "POST" or request.args.get("conflict_on_update") == "true"


def _wanted() -> list[dict[str, Any]]:
    """Return the entries of ``info``, each new one with its content."""
    # Without a new file, clients send the list itself as a file part.
    info = request.files.get("info")
    text = info.read() if info is not None else request.form.get("info", "")
    try:
        items = json.loads(text)
    except ValueError as error:
        raise _refused("invalid-request", "The part 'info' is not JSON.") from error
    fault = first_fault(items, _INFO)
    if fault is not None:
        raise _refused("invalid-request", f"{fault.message} in the part 'info'.")
    for kind, most in _MOST.items():
        if sum(item["type"] == kind for item in items) > most:
            raise _refused("media-too-many-items", f"At most {most} of the type {kind} fit.")
    return [_with_content(item) for item in items]


def _with_content(item: dict[str, Any]) -> dict[str, Any]:
    if "key" not in item:
        return item
    part = request.files.get(item["key"])
    if part is None:
        raise _refused("invalid-request", f"There is no part {item['key'][:80]!r}.")
    content = part.read(LARGEST_MEDIA + 1)
    if len(content) > LARGEST_MEDIA:
        raise _refused(
            "media-file-size-too-big", f"An image may have {LARGEST_MEDIA} bytes at most."
        )
    if hashlib.sha256(content).hexdigest() != item["hash"]:
        raise _refused("media-modified", "The hash is not that of the image.")
    if _kind(content) is None:
        raise _refused("media-unsupported-type", "The image is not a PNG, JPEG, GIF or SVG file.")
    return {**item, "filename": item.get("filename") or part.filename, "content": content}


def _check_conflicts(snap: Snap, before: list[SnapMedia], wanted: list[dict[str, Any]]) -> None:
    now = _hashes(before)
    sent = snap.sent.get(_SENT, {})
    errors = []
    for kind in _MOST:
        new = [item["hash"] for item in wanted if item["type"] == kind]
        current = now.get(kind, [])
        if current not in (sent.get(kind, []), new):
            errors.append({"field": kind, "current": current, "value": new})
    if errors:
        raise conflict(errors)


def conflict(found: list[dict[str, Any]]) -> DashboardError:
    """Return 409 with an entry for each field that somebody else changed (section 10.1)."""
    return _ConflictError(
        [
            {
                "code": "conflict",
                "message": f"Conflict on {item['field']}",
                "extra": {"name": item["field"], **item},
            }
            for item in found
        ]
    )


class _ConflictError(DashboardError):
    """A refusal with several entries."""

    def __init__(self, items: list[dict[str, Any]]) -> None:
        super().__init__(409, "conflict", "The store's values differ")
        self._items = items

    def body(self) -> dict[str, Any]:
        return {"error_list": self._items}


def _hashes(rows: list[SnapMedia]) -> dict[str, list[str]]:
    return {kind: [row.hash for row in rows if row.type == kind] for kind in _MOST}


def _views(rows: list[SnapMedia]) -> list[dict[str, str]]:
    return [
        {"type": row.type, "hash": row.hash, "filename": row.filename, "url": media_url(row)}
        for row in rows
    ]


def _kind(content: bytes) -> str | None:
    start = content.lstrip()[:16]
    return next((kind for magic, kind in _KINDS.items() if start.startswith(magic)), None)


def _refused(code: str, message: str) -> DashboardError:
    return DashboardError(400, code, message)
