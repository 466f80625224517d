"""Revisions and releases of snaps, as gateways have them.

Source: Snap Store reference, sections 15.4 to 15.7.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, jsonify, request
from sqlalchemy import select

from craft_store_sandbox.gateway.revisions import review_url, revision_number
from craft_store_sandbox.identity.authorization import authenticate, package_for
from craft_store_sandbox.serving.errors import bad_request, not_found
from craft_store_sandbox.serving.schemas import POSITIVE, SOME_TEXT, json_body, shape
from craft_store_sandbox.snaps.channels import (
    all_channels,
    channel_of,
    channels_view,
    live_entries,
    revisions_of,
)
from craft_store_sandbox.snaps.releasing import (
    RELEASABLE,
    close_channel,
    put_release,
    read_channel,
    why_not,
)
from craft_store_sandbox.snaps.reviews import (
    FAILED,
    HELD,
    PROCESSING,
    READY,
    inspect_upload,
    poll_upload,
)
from craft_store_sandbox.snaps.reviews import settle_uploads as settle
from craft_store_sandbox.state.backend import backend
from craft_store_sandbox.state.clock import zulu, zulu_or_none
from craft_store_sandbox.state.snap_tables import SnapRevision, SnapUpload
from craft_store_sandbox.state.uploads import find_upload

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from craft_store_sandbox.identity.authorization import Grant
    from craft_store_sandbox.state.snap_tables import SnapRelease
    from craft_store_sandbox.state.tables import Package

blueprint = Blueprint("gateway-snaps", __name__)

_REVIEWS = {PROCESSING: "new", READY: "approved", HELD: "needs-manual-review", FAILED: "rejected"}
_STATUS = {
    "AutomaticallyRejected": "rejected",
    "Published": "released",
    "Rejected": "rejected",
    "Unpublished": "approved",
}
_RELEASES = {
    "type": "array",
    "minItems": 1,
    "items": shape(
        {"channel": SOME_TEXT, "revision": {**POSITIVE, "type": ["integer", "null"]}},
        ("channel", "revision"),
    ),
}


@blueprint.post("/v1/snap/<name>/revisions")
def push_revision(name: str) -> tuple[Response, int]:
    """Turn an upload into a revision, once it is reviewed."""
    upload_id = json_body(shape({"upload-id": SOME_TEXT}, ("upload-id",)))["upload-id"]
    with backend().database.snapshot() as db:
        grant = authenticate(db, "package-manage-revisions")
        package = package_for(db, grant, name, "snap")
    # Reading the snap takes its time, so no transaction is open meanwhile.
    finding = inspect_upload(backend(), upload_id, name)
    with backend().database.transaction() as db:
        if finding is None or find_upload(db, upload_id) is None:
            raise bad_request(f"Upload {upload_id[:80]} does not exist")
        db.add(
            SnapUpload(
                package_id=package.id,
                account_id=grant.account.id,
                upload_id=upload_id,
                channels=[],
                only_if_newer=False,
                components={},
                finding=finding,
                created_at=backend().clock.now(),
            )
        )
    return jsonify({"status-url": review_url("snap", name, upload_id)}), 202


@blueprint.get("/v1/snap/<name>/revisions/review")
def review_status(name: str) -> Response:
    """Return how the review of one upload, or of all of a snap, stands."""
    upload_id = request.args.get("upload-id")
    with backend().database.transaction() as db:
        grant = authenticate(db, "package-view-revisions")
        package = package_for(db, grant, name, "snap")
        query = select(SnapUpload).where(SnapUpload.package_id == package.id)
        if upload_id is not None:
            query = query.where(SnapUpload.upload_id == upload_id)
        items = list(db.scalars(query.order_by(SnapUpload.id)))
        if upload_id is not None and not items:
            raise not_found(f"Upload {upload_id[:80]} not found")
        for item in items:
            poll_upload(backend(), db, item)
        return jsonify(revisions=[_review_view(item) for item in items])


@blueprint.get("/v1/snap/<name>/revisions")
def list_revisions(name: str) -> Response:
    """Return the revisions of a snap, oldest first."""
    number = revision_number(request.args.get("revision"))
    with backend().database.transaction() as db:
        grant = authenticate(db, "package-view-revisions")
        rows = known_revisions(db, package_for(db, grant, name, "snap"))
        shown = [
            revision_view(row, full=backend().snaps.full_revisions)
            for row in rows.values()
            if number in (None, row.number)
        ]
    return jsonify(revisions=shown)


def known_revisions(db: Session, package: Package) -> dict[int, SnapRevision]:
    """Return the revisions of a snap by number, after the reviews that are due have ended."""
    settle(backend(), db, package)
    return revisions_of(db, package)


def revision_view(revision: SnapRevision, *, full: bool) -> dict[str, Any]:
    """Return a revision object; the full one has keys that strict models refuse (section 15.5)."""
    about = revision.about
    more = {
        "apps": about["apps"],
        "created-by": revision.created_by,
        "type": about["type"],
    }
    return {
        "architectures": about["architectures"],
        "base": about["base"],
        "build-url": None,
        "confinement": about["confinement"],
        "created-at": zulu(revision.created_at),
        "grade": about["grade"],
        "revision": revision.number,
        "sha3-384": revision.sha3_384,
        "size": revision.upload.size,
        "status": _STATUS.get(revision.status, revision.status),
        "version": about["version"],
        **(more if full else {}),
    }


def _review_view(item: SnapUpload) -> dict[str, Any]:
    return {
        "errors": [
            {"code": error["code"] or "invalid-snap", "message": error["message"]}
            for error in item.errors
        ]
        if item.errors
        else None,
        "revision": item.revision,
        "status": _REVIEWS.get(item.code, "rejected"),
        "upload-id": item.upload_id,
    }


@blueprint.get("/v1/snap/<name>/releases")
def list_releases(name: str) -> Response:
    """Return what is released where, and which channels there are."""
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
