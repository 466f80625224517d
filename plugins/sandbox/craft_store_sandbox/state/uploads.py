"""Uploads as reviews find them: not used yet, with the digests that they need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from craft_store_sandbox.state.blobs import SMALL_BYTES, digests_of
from craft_store_sandbox.state.snap_tables import SnapUpload
from craft_store_sandbox.state.tables import Review, Upload

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sqlalchemy.orm import Session

    from craft_store_sandbox.state.backend import Backend

ARCHIVE_DIGESTS = ("sha3_384",)
RESOURCE_DIGESTS = ("sha3_384", "sha256", "sha384", "sha512")


def find_upload(db: Session, upload_id: str) -> Upload | None:
    """Return an upload that no review has used yet, or None."""
    used = select(SnapUpload).where(SnapUpload.upload_id == upload_id)
    if db.get(Review, upload_id) is not None or db.scalar(used) is not None:
        return None
    return db.get(Upload, upload_id)


def stored_file(store: Backend, upload_id: str) -> Path | None:
    """Return the file of an upload, or None."""
    path = store.blobs.path(upload_id)
    inside = path.parent == store.blobs.path("x").parent
    return path if inside and path.is_file() else None


def digests_ready(backend: Backend, upload: Upload, needed: Iterable[str]) -> bool:
    """Return whether the digests that a review needs are known; work on missing ones is started."""
    missing = [name for name in needed if getattr(upload, name) is None]
    if missing and upload.size >= SMALL_BYTES:
        backend.blobs.compute(upload.id, missing)
        return False
    if missing:
        for name, value in digests_of(backend.blobs.path(upload.id), missing).items():
            setattr(upload, name, value)
    return True
