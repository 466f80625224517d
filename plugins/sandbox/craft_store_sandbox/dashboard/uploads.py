"""Announcing uploads, and how their processing stands.

Source: Snap Store reference, sections 8.3 to 8.5.
"""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify

from craft_store_sandbox.dashboard.access import (
    DashboardBlueprint,
    DashboardGrant,
    authenticate,
    require_ready,
    snap_named,
    snap_not_found,
)
from craft_store_sandbox.serving.errors import invalid_field
from craft_store_sandbox.serving.schemas import SOME_TEXT, Schema, read_object
from craft_store_sandbox.snaps.files import UnreadableFileError, inspect_component
from craft_store_sandbox.snaps.releasing import read_channel
from craft_store_sandbox.snaps.reviews import PROCESSING, READY, inspect_upload, poll_upload
from craft_store_sandbox.state.backend import backend
from craft_store_sandbox.state.snap_tables import SnapUpload
from craft_store_sandbox.state.uploads import find_upload, stored_file

blueprint = DashboardBlueprint("uploads")

_TEXT: Schema = {"type": ["string", "null"]}
_PRECHECK: dict[str, Schema] = {"name": SOME_TEXT, "dry_run": {"type": ["boolean", "null"]}}
_PUSH: dict[str, Schema] = {
    "name": SOME_TEXT,
    "series": {"enum": ["16"]},
    "updown_id": {"type": ["string", "integer"]},
    "binary_filesize": {"type": ["integer", "null"], "minimum": 0},
    "source_uploaded": {"type": ["boolean", "null"]},
    "built_at": _TEXT,
    "channels": {"type": ["array", "null"], "items": SOME_TEXT},
    "only_if_newer": {"type": ["boolean", "null"]},
    "components": {"type": ["object", "null"], "additionalProperties": SOME_TEXT},
    "delta_format": {"enum": ["xdelta3", None]},
    "source_hash": _TEXT,
    "target_hash": _TEXT,
    "delta_hash": _TEXT,
}


@blueprint.post("/dev/api/snap-push/")
def snap_push() -> tuple[Response, int]:
    """Make an upload a revision once it is processed, or say whether one would be taken."""
    name, channels = _check_access()
    if read_object(_PRECHECK, ("name",)).get("dry_run"):
        return jsonify(success=True), 202
    body = read_object(_PUSH, ("name", "series", "updown_id"))
    upload_id = str(body["updown_id"])
    # Reading the snap takes its time, so no transaction is open meanwhile.
    finding = inspect_upload(backend(), upload_id, name)
    components = body.get("components") or {}
    if finding is not None:
        finding["errors"].extend(_component_faults(name, finding, components))
    with backend().database.transaction() as db:
        grant = authenticate(db, "package_push", "package_upload")
        snap = snap_named(db, grant, name)
        upload = find_upload(db, upload_id)
        if finding is None or upload is None:
            raise invalid_field(f"Upload {upload_id[:80]!r} does not exist.", "updown_id")
        size = body.get("binary_filesize")
        if size not in (None, upload.size):
            raise invalid_field(
                f"The upload has {upload.size} bytes, not {size}.", "binary_filesize"
            )
        item = SnapUpload(
            package_id=snap.package_id,
            account_id=grant.account.id,
            upload_id=upload_id,
            channels=channels,
            only_if_newer=bool(body.get("only_if_newer")),
            components=components,
            delta=body.get("delta_format") is not None,
            finding=finding,
            created_at=backend().clock.now(),
        )
        db.add(item)
        db.flush()
        base = backend().urls.dashboard
        return (
            jsonify(
                success=True,
                status_details_url=f"{base}/dev/api/snaps/{snap.package_id}/builds/{item.id}/status",
                status_url=f"{base}/dev/snaps/{snap.package_id}/builds/{item.id}/",
            ),
            202,
        )


@blueprint.get("/dev/api/snaps/<snap_id>/builds/<int:number>/status")
def snap_build_status(snap_id: str, number: int) -> Response:
    """Return how the processing of an upload stands; no credentials are needed (section 8.5)."""
    with backend().database.transaction() as db:
        item = db.get(SnapUpload, number)
        if item is None or item.package_id != snap_id:
            raise snap_not_found("There is no such upload.")
        poll_upload(backend(), db, item)
        return jsonify(_status(item))


def _check_access() -> tuple[str, list[str]]:
    """Return name and channels; refuse what is refused before the rest of the body is read."""
    with backend().database.snapshot() as db:
        grant = authenticate(db, "package_push", "package_upload")
        body = read_object({"name": SOME_TEXT, "channels": _PUSH["channels"]}, ("name",))
        require_ready(grant.account)
        snap_named(db, grant, body["name"])
        return body["name"], _channels(grant, body.get("channels") or [])


def _channels(grant: DashboardGrant, names: list[str]) -> list[str]:
    if names:
        grant.require("package_release", "package_upload")
    channels = []
    for text in names:
        try:
            channel = read_channel(text)
        except ValueError as error:
            raise invalid_field(f"Not a valid channel: {text[:80]}", "channels") from error
        grant.require_channel(channel)
        channels.append(str(channel))
    return channels


def _component_faults(name: str, finding: dict[str, Any], given: dict[str, str]) -> list[str]:
    """Return what is wrong with a snap's components: all declared ones must come."""
    declared = finding.get("components", {})
    if finding["errors"]:
        return []
    if set(declared) != set(given):
        missing, extra = sorted(set(declared) - set(given)), sorted(set(given) - set(declared))
        faults = [f"Component '{item}' is declared, but was not uploaded" for item in missing]
        return faults + [f"Component '{item[:80]}' is not declared by the snap" for item in extra]
    return [fault for item in declared if (fault := _component_fault(name, item, given[item]))]


def _component_fault(name: str, component: str, upload_id: str) -> str | None:
    path = stored_file(backend(), upload_id)
    if path is None:
        raise invalid_field(f"Upload {upload_id[:80]!r} does not exist.", "components")
    try:
        found = inspect_component(path, plain=backend().snaps.plain_yaml)
    except UnreadableFileError as error:
        return f"Component '{component}': {error}"
    if found != f"{name}+{component}":
        return f"Component '{component}' calls itself '{found[:80]}'"
    return None


def _status(item: SnapUpload) -> dict[str, Any]:
    if item.code == PROCESSING:
        return {"code": item.code, "processed": False}
    answer: dict[str, Any] = {
        "can_release": item.code == READY,
        "code": item.code,
        "errors": item.errors,
        "processed": True,
    }
    if item.revision is not None:
        number = item.revision
        answer["revision"] = str(number) if backend().snaps.string_revisions else number
        answer["url"] = f"/dev/snaps/{item.package_id}/rev/{number}/"
    return answer
