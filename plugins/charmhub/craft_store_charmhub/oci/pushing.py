"""Pushing an image: what the registry has is not sent again, the image itself comes last."""

from __future__ import annotations

import io
from itertools import count
from typing import TYPE_CHECKING
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from craft_store_charmhub.oci.digests import shortened
from craft_store_core.errors import UnexpectedResponseError
from craft_store_core.plugins import BLOCK, BytesBody

if TYPE_CHECKING:
    from collections.abc import Callable

    from craft_store_charmhub.oci.files import Section
    from craft_store_charmhub.oci.images import Blob, Image, Manifest
    from craft_store_charmhub.oci.registries import ImageRegistry
    from craft_store_core.plugins import HTTPClient, Response, TaskFactory

TAG = "latest"
"""Where images land: existing clients name no tag (Publisher Gateway reference, section 12.2)."""

_OCTETS = "application/octet-stream"


def push_image(
    http: HTTPClient,
    registry: ImageRegistry,
    image: Image,
    task: TaskFactory,
    progress: Callable[[int], None] | None = None,
) -> None:
    """Push an image under the tag ``latest``.

    Args:
        http: What ``registry`` sends with; says how patiently a blob is tried again.
        registry: Where to.
        image: What.
        task: Shows the sending of each blob.
        progress: Called with the number of bytes that were sent or need not be, of the whole
            image.

    Raises:
        StoreError: The registry refused.
        TransportError: There was no answer.
        ArtifactError: The image changed meanwhile, or its registry does not have it as it said.
    """
    registry.check()
    done = 0
    for blob in image.blobs:
        _push_blob(http, registry, blob, task, _later(progress, done))
        done += blob.size
        if progress is not None:
            progress(done)
    *members, root = image.manifests
    for member in members:
        _push_manifest(registry, member, member.digest)
    _push_manifest(registry, root, TAG)


def _push_blob(
    http: HTTPClient,
    registry: ImageRegistry,
    blob: Blob,
    task: TaskFactory,
    progress: Callable[[int], None] | None,
) -> None:
    if _has(registry, blob):
        return
    with (
        blob.content.here(task) as section,
        task(f"Uploading blob {shortened(blob.digest)}", blob.size) as sending,
    ):
        attempts = count()

        def report(sent: int) -> None:
            if sending is not None:
                sending.update(sent)
            if progress is not None:
                progress(sent)

        def attempt() -> None:
            # The answer to an attempt that succeeded may have been lost.
            if not next(attempts) or not _has(registry, blob):
                _send_blob(registry, blob, section, report)

        http.retry(attempt)


def _send_blob(
    registry: ImageRegistry, blob: Blob, section: Section, report: Callable[[int], None]
) -> None:
    """Send a blob as skopeo does: in one part, and its end in a request of its own."""
    begun = registry.request(
        "POST", "blobs/uploads/", data=BytesBody(b"", _OCTETS), repeatable=True
    )
    with SectionBody(section, report) as body:
        # Not repeatable: the registry may have taken a part of it.
        sent = registry.request("PATCH", _place(begun), data=body, repeatable=False)
    place = with_digest(_place(sent), blob.digest)
    # Nor is this: the end of an upload is taken once.
    registry.request("PUT", place, data=BytesBody(b"", _OCTETS), repeatable=False)


def _has(registry: ImageRegistry, blob: Blob) -> bool:
    return registry.request("HEAD", f"blobs/{blob.digest}", missing=True).status == 200


def _push_manifest(registry: ImageRegistry, manifest: Manifest, reference: str) -> None:
    body = BytesBody(manifest.content, manifest.media_type)
    response = registry.request("PUT", f"manifests/{reference}", data=body)
    stored = response.headers.get("Docker-Content-Digest", manifest.digest)
    if stored != manifest.digest:
        raise UnexpectedResponseError(
            f"The registry {registry.host} stored a manifest that differs from the uploaded one.",
            why=f"The registry reports the digest {stored[:80]} instead of {manifest.digest}.",
            advice="Check that no proxy on the way to the registry changes requests.",
        )


def _place(response: Response) -> str:
    place = response.headers.get("Location")
    if not place:
        raise UnexpectedResponseError(
            "The registry did not send an upload URL for the blob.",
            why=f"Its response (status {response.status}) has no 'Location' header.",
            advice="Check that the host is a registry.",
        )
    return urljoin(response.url, place)


def with_digest(place: str, digest: str) -> str:
    """Return the place of an upload with the digest in its query, which it keeps."""
    parts = urlsplit(place)
    query = f"{parts.query}&" if parts.query else ""
    return urlunsplit(parts._replace(query=f"{query}digest={quote(digest, safe='')}"))


def _later(progress: Callable[[int], None] | None, before: int) -> Callable[[int], None] | None:
    return None if progress is None else lambda done: progress(before + done)


class SectionBody:
    """The body of a request that is a section of a file: streamed, and it can be rewound.

    Args:
        section: Which.
        progress: Called with the number of bytes sent so far, once per block.
    """

    content_type = _OCTETS

    def __init__(self, section: Section, progress: Callable[[int], None]) -> None:
        self._section = section
        self._progress = progress
        self._reader = section.open()

    @property
    def len(self) -> int:
        """Length in bytes."""
        return self._section.size

    def read(self, size: int = -1) -> bytes:
        """Return the next block: up to 256 KiB, whatever is asked for; empty at the end."""
        block = self._reader.read(BLOCK)
        self._progress(self._reader.tell())
        return block

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Rewind."""
        return self._reader.seek(offset, whence)

    def close(self) -> None:
        """Close the file."""
        self._reader.close()

    def __enter__(self) -> SectionBody:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
