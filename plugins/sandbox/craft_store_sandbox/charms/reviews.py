"""Reviews move from ``new`` to their end (Publisher Gateway reference, sections 9.2 and 9.3)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from craft_store_sandbox.state.tables import (
    DeclaredResource,
    Package,
    ResourceRevision,
    Review,
    Revision,
)
from craft_store_sandbox.state.uploads import ARCHIVE_DIGESTS, RESOURCE_DIGESTS, digests_ready

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from craft_store_sandbox.state.backend import Backend

_PENDING = ("new", "scanned", "needs-manual-review")


def settle(backend: Backend, db: Session, package: Package) -> None:
    """End the reviews of a package whose time has come though nobody polled them."""
    for review in _pending(db, package):
        _end_if_due(backend, db, review)


def poll(backend: Backend, db: Session, review: Review) -> None:
    """Count one poll; end the review when its pace says so."""
    if review.status not in _PENDING:
        return
    review.polls += 1
    if review.polls > backend.review.polls:
        _end_if_due(backend, db, review)
    elif review.polls > 1:
        review.status = "scanned"


def _pending(db: Session, package: Package) -> list[Review]:
    query = (
        select(Review)
        .where(Review.package_id == package.id, Review.status.in_(_PENDING))
        .order_by(Review.created_at)
    )
    return list(db.scalars(query))


def _end_if_due(backend: Backend, db: Session, review: Review) -> None:
    if backend.faults.manual_review:
        review.status = "needs-manual-review"
        return
    age = backend.clock.now() - review.created_at
    polled = review.polls > backend.review.polls
    if not polled and age < timedelta(seconds=backend.review.seconds):
        return
    needed = ARCHIVE_DIGESTS if review.resource is None else RESOURCE_DIGESTS
    if not digests_ready(backend, review.upload, needed):
        return
    if review.resource is None:
        _end_archive(backend, db, review)
    else:
        _end_resource(backend, db, review)


def _end_archive(backend: Backend, db: Session, review: Review) -> None:
    digest = review.upload.sha3_384
    same = select(Revision).where(
        Revision.package_id == review.package_id, Revision.sha3_384 == digest
    )
    if db.scalar(same.limit(1)) is not None:
        review.status = "rejected"
        review.errors = _errors(
            "Cannot insert package. An upload with that digest"
            f" (SHA3-384: '{digest}') already exists in the database."
        )
        return
    finding: dict[str, Any] = review.finding or {}
    errors = _errors(*finding["errors"]) or None
    number = 1 + (
        db.scalar(select(func.max(Revision.number)).where(Revision.package_id == review.package_id))
        or 0
    )
    db.add(
        Revision(
            package_id=review.package_id,
            number=number,
            upload_id=review.upload_id,
            sha3_384=digest,
            version=finding["version"] or str(number),
            bases=finding["bases"],
            status="rejected" if errors else "approved",
            errors=errors,
            created_at=backend.clock.now(),
            created_by=review.account_id,
        )
    )
    review.status = "rejected" if errors else "approved"
    review.errors = errors
    if errors:
        return
    review.revision = number
    for resource in finding["resources"]:
        db.add(DeclaredResource(package_id=review.package_id, revision=number, **resource))
    db.flush()


def _end_resource(backend: Backend, db: Session, review: Review) -> None:
    upload = review.upload
    revisions = resource_revisions(db, review.package_id, review.resource or "")
    now = backend.clock.now()
    bases = review.resource_bases or []
    review.status = "approved"
    for revision in revisions:
        if revision.upload.sha3_384 == upload.sha3_384:
            # Identical bytes give the revision that is there, with the new bases (section 11.3).
            if revision.bases != bases:
                revision.bases = bases
                revision.updated_at, revision.updated_by = now, review.account_id
            review.revision = revision.number
            return
    review.revision = 1 + max((revision.number for revision in revisions), default=0)
    db.add(
        ResourceRevision(
            package_id=review.package_id,
            name=review.resource,
            number=review.revision,
            upload_id=upload.id,
            type=review.resource_type,
            bases=bases,
            created_at=now,
        )
    )
    db.flush()


def resource_revisions(db: Session, package_id: str, name: str) -> list[ResourceRevision]:
    """Return the revisions of a resource, oldest first."""
    query = (
        select(ResourceRevision)
        .where(ResourceRevision.package_id == package_id, ResourceRevision.name == name)
        .order_by(ResourceRevision.number)
    )
    return list(db.scalars(query))


def _errors(*messages: str) -> list[dict[str, str]]:
    return [{"code": "review-error", "message": message} for message in messages]
