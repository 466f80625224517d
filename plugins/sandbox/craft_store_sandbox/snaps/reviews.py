"""Uploads of snaps are processed (Snap Store reference, sections 8.5 and 15.4)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from craft_store_sandbox.snaps.files import inspect_snap
from craft_store_sandbox.snaps.releasing import newest_in, put_release, read_channel, why_not
from craft_store_sandbox.state.settings import SnapOutcome
from craft_store_sandbox.state.snap_tables import SnapRevision, SnapUpload
from craft_store_sandbox.state.tables import Package
from craft_store_sandbox.state.uploads import ARCHIVE_DIGESTS, digests_ready, stored_file

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from craft_store_sandbox.state.backend import Backend

PROCESSING = "being_processed"
READY = "ready_to_release"
HELD = "need_manual_review"
FAILED = "processing_error"
DELTA_FAILED = "processing_upload_delta_error"
_STATUS = {READY: "Unpublished", HELD: "ManualReviewPending"}


def inspect_upload(store: Backend, upload_id: str, name: str) -> dict[str, Any] | None:
    """Read an uploaded snap; None for an upload that does not exist.

    Args:
        store: The store.
        upload_id: As the client gives it.
        name: The snap that it should be.
    """
    path = stored_file(store, upload_id)
    if path is None:
        return None
    finding = inspect_snap(path, name, plain=store.snaps.plain_yaml)
    unwanted = store.faults.reject_content
    content = path.read_bytes() if unwanted else b""
    finding["errors"].extend(message for data, message in unwanted.items() if data in content)
    return finding


def settle_uploads(store: Backend, db: Session, package: Package) -> None:
    """End the processing of a snap's uploads whose time has come though nobody polled them."""
    query = (
        select(SnapUpload)
        .where(SnapUpload.package_id == package.id, SnapUpload.code == PROCESSING)
        .order_by(SnapUpload.id)
    )
    due = store.clock.now() - timedelta(seconds=store.review.seconds)
    for item in db.scalars(query):
        if item.created_at <= due or item.polls > store.review.polls:
            _end(store, db, item)


def poll_upload(store: Backend, db: Session, item: SnapUpload) -> None:
    """Count one poll; end the processing when its pace says so."""
    if item.code != PROCESSING:
        return
    item.polls += 1
    if item.polls > store.review.polls:
        _end(store, db, item)


def decide(
    store: Backend, db: Session, revision: SnapRevision, *, approve: bool, reason: str | None
) -> None:
    """End a manual review.

    Args:
        store: The store.
        db: The transaction.
        revision: One that waits.
        approve: Accept it, and release it where its upload asked for; otherwise reject it.
        reason: Why it is rejected; None leaves the reasons why it had to wait.

    Raises:
        ValueError: It does not wait.
    """
    if revision.status != _STATUS[HELD]:
        raise ValueError(f"Revision {revision.number} is not held for manual review")
    item = db.scalars(
        select(SnapUpload).where(
            SnapUpload.package_id == revision.package_id, SnapUpload.revision == revision.number
        )
    ).one()
    revision.status = "Unpublished" if approve else "Rejected"
    item.code = READY if approve else FAILED
    if approve:
        item.errors = []
        _release(store, db, item, revision)
    elif reason is not None:
        item.errors = [_error(reason)]


def _end(store: Backend, db: Session, item: SnapUpload) -> None:
    if not digests_ready(store, item.upload, ARCHIVE_DIGESTS):
        return
    outcome = _outcome(store, db, item)
    item.code = outcome.code
    item.errors = None if outcome.errors is None else [_error(error) for error in outcome.errors]
    if not outcome.makes_revision:
        return
    revision = _add_revision(store, db, item)
    item.revision = revision.number
    if outcome.code == READY:
        _release(store, db, item, revision)


def _outcome(store: Backend, db: Session, item: SnapUpload) -> SnapOutcome:
    finding: dict[str, Any] = item.finding
    if item.delta:
        return SnapOutcome(DELTA_FAILED, ["The delta could not be applied."])
    if finding["errors"]:
        return SnapOutcome(FAILED, finding["errors"])
    if db.scalar(_revisions(item).where(SnapRevision.sha3_384 == item.upload.sha3_384).limit(1)):
        message = "binary_sha3_384: A file with this exact same content has already been uploaded"
        return SnapOutcome(FAILED, [message])
    outcomes = store.snaps.outcomes
    name = db.get_one(Package, item.package_id).name
    switched = outcomes.get(item.upload.sha3_384 or "") or outcomes.get(name)
    return switched or _usual_outcome(store, db, item)


def _usual_outcome(store: Backend, db: Session, item: SnapUpload) -> SnapOutcome:
    if db.scalar(_revisions(item).where(SnapRevision.status == _STATUS[HELD]).limit(1)):
        queued = {
            "code": "review-queued",
            "message": "Waiting for previous upload(s) to complete their review process.",
        }
        return SnapOutcome(FAILED, [queued])
    if store.faults.manual_review:
        return SnapOutcome(HELD, ["human review required"])
    return SnapOutcome(READY)


def _revisions(item: SnapUpload) -> Any:
    return select(SnapRevision).where(SnapRevision.package_id == item.package_id)


def _error(error: str | dict[str, Any]) -> dict[str, Any]:
    named = error if isinstance(error, dict) else {"message": error}
    return {"code": None, "link": None, **named}


def _add_revision(store: Backend, db: Session, item: SnapUpload) -> SnapRevision:
    newest = select(func.max(SnapRevision.number)).where(SnapRevision.package_id == item.package_id)
    revision = SnapRevision(
        package_id=item.package_id,
        number=1 + (db.scalar(newest) or 0),
        upload_id=item.upload_id,
        status=_STATUS.get(item.code, "AutomaticallyRejected"),
        about=item.finding["about"],
        components=item.components,
        sha3_384=item.upload.sha3_384,
        created_at=store.clock.now(),
        created_by=item.account_id,
    )
    db.add(revision)
    db.flush()
    return revision


def _release(store: Backend, db: Session, item: SnapUpload, revision: SnapRevision) -> None:
    """Release an accepted upload where it asked for; what is not possible is left out."""
    package = db.get_one(Package, item.package_id)
    now = store.clock.now()
    for text in item.channels:
        channel = read_channel(text)
        if why_not(package, revision, channel) is not None:
            continue
        there = newest_in(db, package, channel, now)
        older = (there.get(name, 0) > revision.number for name in revision.architectures)
        if not (item.only_if_newer and any(older)):
            put_release(db, package, revision, channel, now=now)
