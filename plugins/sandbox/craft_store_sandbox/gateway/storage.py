"""The storage host: one blob in, one upload id out (Publisher Gateway reference, section 8)."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, BinaryIO, Protocol

import multipart  # type: ignore[import-untyped]  # it has annotations but no py.typed
from flask import Blueprint, Response, jsonify, request

from craft_store_sandbox.serving.errors import StorageError
from craft_store_sandbox.state.backend import backend
from craft_store_sandbox.state.tables import Upload

if TYPE_CHECKING:
    from collections.abc import Iterator


blueprint = Blueprint("storage", __name__)

_READ_SIZE = 1 << 18


class _Body(Protocol):
    def read(self, size: int, /) -> bytes: ...


@blueprint.post("/unscanned-upload/")
def upload() -> Response:
    """F1: stream the one part named ``binary`` to disk."""
    upload_id = str(uuid.uuid4())
    body = request.stream
    try:
        boundary = _boundary()
        with backend().blobs.receive(upload_id) as blob:
            filename = _receive(body, boundary, blob)
            _record(upload_id, filename, blob.tell())
    except StorageError:
        # A client that is still sending would see a reset instead of the reason.
        for _ in _chunks(body):
            pass
        raise
    return jsonify(successful=True, upload_id=upload_id)


def _boundary() -> str:
    kind, options = multipart.parse_options_header(request.headers.get("Content-Type", ""))
    if kind != "multipart/form-data" or not options.get("boundary"):
        raise _refused("Expected a multipart/form-data body with a boundary")
    return str(options["boundary"])


def _chunks(body: _Body) -> Iterator[bytes]:
    try:
        while chunk := body.read(_READ_SIZE):
            yield chunk
    except OSError:
        return


def _receive(body: _Body, boundary: str, blob: BinaryIO) -> str:
    """Feed the body through the push parser; give the name of the file that came."""
    filename: str | None = None
    parser = multipart.PushMultipartParser(boundary, content_length=request.content_length or -1)
    try:
        with parser:
            for chunk in _chunks(body):
                for event in parser.parse(chunk):
                    if isinstance(event, multipart.MultipartSegment):
                        if event.name != "binary" or filename is not None:
                            raise _refused("Expected exactly one part, named 'binary'")
                        if event.filename is None:
                            raise _refused("The part 'binary' is not a file")
                        filename = event.filename
                    elif event:
                        blob.write(event)
    except multipart.MultipartError as error:
        raise _refused(f"Malformed multipart body: {error}") from error
    if filename is None:
        raise _refused("Expected exactly one part, named 'binary'")
    return filename


def _record(upload_id: str, filename: str, size: int) -> None:
    with backend().database.transaction() as db:
        now = backend().clock.now()
        db.add(Upload(id=upload_id, filename=filename, size=size, created_at=now))


def _refused(message: str) -> StorageError:
    return StorageError(400, "api-error", message)
