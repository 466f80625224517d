"""Revisions and their review (Publisher Gateway reference, section 9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flask import Blueprint, Response, jsonify, request
from sqlalchemy import select

from craft_store_sandbox.charms.files import inspect_archive
from craft_store_sandbox.charms.reviews import poll, settle
from craft_store_sandbox.identity.authorization import authenticate, package_for
from craft_store_sandbox.serving.errors import bad_request, not_found
from craft_store_sandbox.serving.schemas import SOME_TEXT, json_body, shape
from craft_store_sandbox.state.backend import backend
from craft_store_sandbox.state.clock import zulu
from craft_store_sandbox.state.tables import Package, Review, Revision
from craft_store_sandbox.state.uploads import find_upload

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy.orm import Session

blueprint = Blueprint("revisions", __name__)

_NOTIFY = shape({"upload-id": SOME_TEXT}, ("upload-id",))
_FIELDS = {
    "bases", "created-at", "created-by", "errors", "revision", "sha3-384", "size", "status",
    "version",
}  # fmt: skip


@blueprint.post("/v1/charm/<name>/revisions")
def push_revision(name: str) -> Response:
    """R1: turn an upload into a revision, once it is reviewed."""
    upload_id = json_body(_NOTIFY)["upload-id"]
    with backend().database.snapshot() as db:
        grant = authenticate(db, "package-manage-revisions")
        package = package_for(db, grant, name)
    # Reading the archive takes its time, so no transaction is open meanwhile.
    path = backend().blobs.path(upload_id)
    known = path.parent == backend().blobs.path("x").parent and path.is_file()
    finding = _inspect(path, package) if known else None
    with backend().database.transaction() as db:
        if finding is None or find_upload(db, upload_id) is None:
            raise bad_request(f"Upload {upload_id[:80]} does not exist")
        db.add(
            Review(
                upload_id=upload_id,
                package_id=package.id,
                account_id=grant.account.id,
                finding=finding,
                created_at=backend().clock.now(),
            )
        )
    return jsonify({"status-url": review_url("charm", name, upload_id)})


@blueprint.get("/v1/charm/<name>/revisions/review")
def review_status(name: str) -> Response:
    """R2: return how the review of one upload, or of all of a package, stands."""
    upload_id = request.args.get("upload-id")
    with backend().database.transaction() as db:
        grant = authenticate(db, "package-view-revisions")
        package = package_for(db, grant, name)
        query = select(Review).where(Review.package_id == package.id).order_by(Review.created_at)
        if upload_id is not None:
            query = query.where(Review.upload_id == upload_id)
        reviews = list(db.scalars(query))
        if upload_id is not None and not reviews:
            raise not_found(f"Upload {upload_id[:80]} not found")
        for review in reviews:
            poll(backend(), db, review)
        return jsonify(revisions=[_review_view(review) for review in reviews])


@blueprint.get("/v1/charm/<name>/revisions")
def list_revisions(name: str) -> Response:
    """R3: return the revisions of a package, oldest first."""
    number = revision_number(request.args.get("revision"))
    fields = _fields(request.args.get("fields"))
    with backend().database.transaction() as db:
        grant = authenticate(db, "package-view-revisions")
        package = package_for(db, grant, name)
        settle(backend(), db, package)
        query = select(Revision).where(Revision.package_id == package.id)
        if number is not None:
            query = query.where(Revision.number == number)
        rows = [
            {**revision_view(revision, zulu), "created-by": revision.created_by}
            for revision in db.scalars(query.order_by(Revision.number))
        ]
    return jsonify(revisions=[{key: row[key] for key in fields} for row in rows])


def revision_view(revision: Revision, spell: Callable[[datetime], str]) -> dict[str, Any]:
    """Return a revision object; `spell` writes its creation time (sections 9.4 and 10.1)."""
    return {
        "bases": revision.bases,
        "created-at": spell(revision.created_at),
        "errors": revision.errors,
        "revision": revision.number,
        "sha3-384": revision.sha3_384,
        "size": revision.upload.size,
        "status": revision.status,
        "version": revision.version,
    }


def review_url(namespace: str, name: str, upload_id: str) -> str:
    """Return where the review of an upload is polled: path and query alone (section 9.1)."""
    base = backend().urls.api if backend().faults.absolute_status_url else ""
    query = f"upload-id={quote(upload_id, safe='')}"
    return f"{base}/v1/{namespace}/{name}/revisions/review?{query}"


def find_revision(db: Session, package: Package, number: int) -> Revision | None:
    """Return one revision of a package."""
    return db.get(Revision, (package.id, number))


def _inspect(path: Path, package: Package) -> dict[str, Any]:
    finding = inspect_archive(path, package.name, package.type)
    unwanted = backend().faults.reject_content
    content = path.read_bytes() if unwanted else b""
    finding["errors"].extend(message for data, message in unwanted.items() if data in content)
    return finding


def _review_view(review: Review) -> dict[str, Any]:
    return {
        "errors": review.errors,
        "revision": review.revision,
        "status": review.status,
        "upload-id": review.upload_id,
    }


def revision_number(text: str | None) -> int | None:
    """Read the ``revision`` query argument.

    Raises:
        StoreError: 400 when it is no number.
    """
    if text is None:
        return None
    if not text.isdecimal() or len(text) > 18:
        raise bad_request(f"'{text[:80]}' is not a revision number")
    return int(text)


def _fields(text: str | None) -> set[str]:
    if text is None:
        return _FIELDS
    wanted = set(text.split(","))
    unknown = sorted(wanted - _FIELDS)
    if unknown:
        raise bad_request(f"Unknown field: {unknown[0][:80]}")
    return wanted
