"""Blobs of images: looked for, sent in one or many parts, read.

Source: Publisher Gateway reference, section 12.2, G2 and G3.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import uuid
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request, send_file

from craft_store_sandbox.registry.access import PULL, PUSH, authorize
from craft_store_sandbox.serving.errors import RegistryError
from craft_store_sandbox.state.backend import backend
from craft_store_sandbox.state.blobs import digests_of
from craft_store_sandbox.state.tables import RegistryBlob, RegistryUpload

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

blueprint = Blueprint("registry-blobs", __name__)

_READ_SIZE = 1 << 18
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")
_RANGE = re.compile(r"(?:bytes )?([0-9]{1,15})-([0-9]{1,15})(?:/.*)?")


@blueprint.get("/v2/<path:image>/blobs/<digest>")
def read_blob(image: str, digest: str) -> Response:
    """G2: return the bytes; of HEAD, whether they are there and how many."""
    with backend().database.snapshot() as db:
        # Who pushes must find out what need not be pushed, but has nothing to read.
        authorize(db, image, *((PULL, PUSH) if request.method == "HEAD" else (PULL,)))
        blob = find_blob(db, image, checked_digest(digest))
        if blob is None:
            raise RegistryError(404, "BLOB_UNKNOWN", "blob unknown to registry", extra=digest)
    response = send_file(
        backend().blobs.path(blob.blob_id), mimetype="application/octet-stream", etag=False
    )
    response.headers["Docker-Content-Digest"] = digest
    return response


@blueprint.post("/v2/<path:image>/blobs/uploads/", strict_slashes=False)
def begin_upload(image: str) -> Response:
    """G3a: return a place for a blob; with ``digest`` in the query, the whole blob at once."""
    with backend().database.transaction() as db:
        _authorize_push(db, image)
        upload = RegistryUpload(id=str(uuid.uuid4()), repository=image, state=secrets.token_hex(8))
        db.add(upload)
    backend().blobs.path(upload.id).touch()
    digest = request.args.get("digest")
    if digest is not None:
        _receive(upload)
        return _finish(upload, digest)
    # A mount of another image's blob may be answered like this, too.
    return _accepted(upload)


@blueprint.get("/v2/<path:image>/blobs/uploads/<upload_id>")
def upload_status(image: str, upload_id: str) -> Response:
    """Return how much has arrived."""
    with backend().database.snapshot() as db:
        _authorize_push(db, image)
        upload = _find_upload(db, image, upload_id)
    response = _accepted(upload)
    response.status_code = 204
    return response


@blueprint.patch("/v2/<path:image>/blobs/uploads/<upload_id>")
def send_part(image: str, upload_id: str) -> Response:
    """G3b: store the next part, which may be all of it."""
    with backend().database.snapshot() as db:
        _authorize_push(db, image)
        upload = _find_upload(db, image, upload_id)
    _check_range(upload)
    _receive(upload)
    return _accepted(upload)


@blueprint.put("/v2/<path:image>/blobs/uploads/<upload_id>")
def end_upload(image: str, upload_id: str) -> Response:
    """G3c: end the blob, with the last part or without one."""
    with backend().database.snapshot() as db:
        _authorize_push(db, image)
        upload = _find_upload(db, image, upload_id)
    digest = request.args.get("digest")
    if digest is None:
        _drain()
        raise RegistryError(400, "DIGEST_INVALID", "The digest is missing")
    _check_range(upload)
    _receive(upload)
    return _finish(upload, digest)


@blueprint.delete("/v2/<path:image>/blobs/uploads/<upload_id>")
def abandon_upload(image: str, upload_id: str) -> Response:
    """Give an upload up."""
    with backend().database.transaction() as db:
        _authorize_push(db, image)
        db.delete(_find_upload(db, image, upload_id))
    backend().blobs.path(upload_id).unlink(missing_ok=True)
    return Response(status=204)


def find_blob(db: Session, image: str, digest: str) -> RegistryBlob | None:
    """Return a complete blob of an image, or None."""
    return db.get(RegistryBlob, (image, digest))


def _authorize_push(db: Session, image: str) -> None:
    try:
        authorize(db, image, PUSH)
    except RegistryError:
        # A client that is still sending would see a reset instead of the reason.
        _drain()
        raise


def _find_upload(db: Session, image: str, upload_id: str) -> RegistryUpload:
    upload = db.get(RegistryUpload, upload_id)
    # The query of a place belongs to it: each answer names a new one.
    if upload is None or upload.repository != image or upload.state != request.args.get("_state"):
        _drain()
        raise RegistryError(404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry")
    return upload


def _check_range(upload: RegistryUpload) -> None:
    text = request.headers.get("Content-Range")
    if text is None:
        return
    match = _RANGE.fullmatch(text)
    if match is None or int(match[1]) != upload.size:
        _drain()
        raise RegistryError(
            416,
            "BLOB_UPLOAD_INVALID",
            f"The next part begins at byte {upload.size}, not as {text[:60]!r} says",
            headers=_where(upload),
        )


def _receive(upload: RegistryUpload) -> None:
    # What an interrupted part left behind is written over.
    with backend().blobs.path(upload.id).open("r+b", buffering=0) as file:
        file.seek(upload.size)
        while block := request.stream.read(_READ_SIZE):
            view = memoryview(block)
            while view:
                view = view[file.write(view) :]
        file.truncate()
        size = file.tell()
    with backend().database.transaction() as db:
        row = db.get_one(RegistryUpload, upload.id)
        row.size, row.state = size, secrets.token_hex(8)
    upload.size, upload.state = row.size, row.state


def _finish(upload: RegistryUpload, digest: str) -> Response:
    path, digest = backend().blobs.path(upload.id), checked_digest(digest)
    algorithm = algorithm_of(digest)
    found = f"{algorithm}:{digests_of(path, [algorithm])[algorithm]}"
    with backend().database.transaction() as db:
        db.delete(db.get_one(RegistryUpload, upload.id))
        known = find_blob(db, upload.repository, digest) is not None
        if found == digest and not known:
            db.add(
                RegistryBlob(
                    repository=upload.repository,
                    digest=digest,
                    blob_id=upload.id,
                    size=upload.size,
                )
            )
    if found != digest or known:
        path.unlink()
    if found != digest:
        raise RegistryError(
            400,
            "DIGEST_INVALID",
            "provided digest did not match uploaded content",
            extra={"digest": digest, "content": found},
        )
    return Response(
        status=201,
        headers={
            "Location": f"/v2/{upload.repository}/blobs/{digest}",
            "Docker-Content-Digest": digest,
        },
    )


def _accepted(upload: RegistryUpload) -> Response:
    return Response(status=202, headers=_where(upload))


def _where(upload: RegistryUpload) -> dict[str, str]:
    path = f"/v2/{upload.repository}/blobs/uploads/{upload.id}?_state={upload.state}"
    return {
        "Location": backend().registry.upload_location.format(path=path),
        "Docker-Upload-UUID": upload.id,
        "Range": f"0-{max(0, upload.size - 1)}",
    }


def _drain() -> None:
    while request.stream.read(_READ_SIZE):
        pass


def checked_digest(text: str) -> str:
    """Return the digest, if it is one.

    Raises:
        RegistryError: 400 ``DIGEST_INVALID``.
    """
    if not _DIGEST.fullmatch(text):
        raise RegistryError(400, "DIGEST_INVALID", f"{text[:80]!r} is not a digest")
    return text


def is_digest(text: str) -> bool:
    """Return whether a manifest is named by its digest and not by a tag."""
    return ":" in text


def algorithm_of(digest: str) -> str:
    """Return the name by which `hashlib.new` knows the algorithm."""
    return digest.partition(":")[0]


def digest_of(content: bytes, algorithm: str = "sha256") -> str:
    """Return the digest of some bytes."""
    return f"{algorithm}:{hashlib.new(algorithm, content).hexdigest()}"
