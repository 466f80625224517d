"""Reading an image of a registry: its manifests at once, its layers when they are sent on."""

from __future__ import annotations

import io
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from craft_store_charmhub.oci.digests import (
    algorithm_of,
    digest_of,
    is_digest,
    read_digest,
    shortened,
)
from craft_store_charmhub.oci.documents import LARGEST_DOCUMENT, Descriptor, DocumentReader
from craft_store_charmhub.oci.files import Section
from craft_store_charmhub.oci.images import Content, Image, check_document_size, read_image
from craft_store_charmhub.oci.media_types import ACCEPTED, CONFIGS
from craft_store_charmhub.oci.registries import ImageRegistry
from craft_store_core.errors import (
    ArtifactError,
    BadRequestError,
    CertificateError,
    NotFoundError,
    TransportError,
)
from craft_store_core.plugins import Download, is_loopback_host

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from craft_store_charmhub.oci.sources import RegistryReference
    from craft_store_core.plugins import HTTPClient, TaskFactory

# What some registries and proxies say of every manifest; most of them say themselves what they are.
_GENERIC = frozenset({"", "application/json", "application/octet-stream", "text/plain"})
# Layers are digested as they are: nothing on the way may pack or unpack them.
_AS_IT_IS = {"Accept-Encoding": "identity"}


def read_remote(http: HTTPClient, reference: RegistryReference) -> Image:
    """Read an image that a registry shows to everybody; layers are not fetched yet.

    Args:
        http: Without limits of hosts: registries redirect to storage elsewhere, and name token
            services elsewhere. It must not be closed before the image was pushed.
        reference: The image.

    Raises:
        ArtifactError: Something is missing, damaged, or not understood.
        StoreError: The registry refuses.
        TransportError: There was no answer.
    """
    documents = DocumentReader(reference.text)
    registry = open_registry(http, reference)
    remote = _Remote(registry, documents)
    try:
        return read_image(remote, remote.root(reference.reference), reference.text)
    except NotFoundError as error:
        raise documents.refused(
            f"{error.message} {error.why or ''}".strip(),
            "Check the host, name and tag of the image.",
        ) from error


def open_registry(http: HTTPClient, reference: RegistryReference) -> ImageRegistry:
    """Return the registry of a reference; plain http is tried on loopback only."""

    def at(scheme: str) -> ImageRegistry:
        url = f"{scheme}://{reference.host}"
        return ImageRegistry(http, url, reference.name, actions="pull")

    registry = at("https")
    try:
        registry.check()
    except CertificateError as error:
        # Nothing but this machine may be asked without TLS.
        if not is_loopback_host(urlsplit(f"//{reference.host}").hostname or ""):
            raise
        registry = at("http")
        try:
            registry.check()
        except (BadRequestError, TransportError):
            # It speaks TLS after all, and why that failed is what matters.
            raise error from None
    return registry


class _RemoteContent:
    """A blob of a registry.

    Args:
        registry: Where it is.
        descriptor: What it must be.
        documents: Of the image, for errors.
    """

    def __init__(
        self, registry: ImageRegistry, descriptor: Descriptor, documents: DocumentReader
    ) -> None:
        self._registry = registry
        self._descriptor = descriptor
        self._documents = documents

    @contextmanager
    def here(self, task: TaskFactory) -> Iterator[Section]:
        """Fetch it into a file that is gone when the context is left."""
        with tempfile.TemporaryDirectory(prefix="craft-store-") as folder:
            section = Section(Path(folder, "blob"), 0, self._descriptor.size)
            title = f"Fetching blob {shortened(self._descriptor.digest)}"
            with task(title, section.size) as shown:
                self._fetch(section, shown.update if shown is not None else None)
            yield section

    def _fetch(self, section: Section, progress: Callable[[int], None] | None) -> None:
        digest = self._descriptor.digest

        def watch(done: int) -> None:
            _check_length(self._documents, digest, done, section.size)
            if progress is not None:
                progress(done)

        with section.path.open("w+b") as file:
            self._registry.request(
                "GET", f"blobs/{digest}", headers=_AS_IT_IS, download=Download(file, watch)
            )
            length = file.tell()
            file.seek(0)
            found = read_digest(file, algorithm_of(digest))
        if length != section.size or found != digest:
            raise self._documents.refused(
                f"The registry sent {length} bytes with the digest {found} for {digest}, instead "
                f"of {section.size} bytes.",
                "Try again. If the error persists, the image is damaged at the registry.",
            )


class _Remote:
    def __init__(self, registry: ImageRegistry, documents: DocumentReader) -> None:
        self._registry = registry
        self._documents = documents
        self._fetched: dict[str, bytes] = {}

    def root(self, reference: str) -> Descriptor:
        media_type, content = self._manifest(reference)
        if media_type in _GENERIC:
            document = self._documents.mapping(content, "The manifest")
            media_type = str(document.get("mediaType", media_type))
        algorithm = algorithm_of(reference) if is_digest(reference) else "sha256"
        digest = digest_of(content, algorithm)
        if is_digest(reference) and digest != reference:
            raise self._documents.refused(
                f"The registry sent a manifest with the digest {digest} for {reference}."
            )
        self._fetched[digest] = content
        return Descriptor(media_type, digest, len(content))

    def document(self, descriptor: Descriptor) -> bytes:
        check_document_size(self._documents, descriptor)
        content = self._fetched.get(descriptor.digest)
        if content is None:
            if descriptor.media_type in CONFIGS:
                content = self._fetch(f"blobs/{descriptor.digest}", _AS_IT_IS)[1]
            else:
                content = self._manifest(descriptor.digest)[1]
            self._fetched[descriptor.digest] = content
        found = digest_of(content, algorithm_of(descriptor.digest))
        if found != descriptor.digest or len(content) != descriptor.size:
            raise self._documents.refused(
                f"The registry sent content with the digest {found} for {descriptor.digest}."
            )
        return content

    def blob(self, descriptor: Descriptor) -> Content:
        return _RemoteContent(self._registry, descriptor, self._documents)

    def _manifest(self, reference: str) -> tuple[str, bytes]:
        return self._fetch(f"manifests/{reference}", {"Accept": ACCEPTED})

    def _fetch(self, target: str, headers: dict[str, str]) -> tuple[str, bytes]:
        buffer = io.BytesIO()

        def watch(done: int) -> None:
            _check_length(self._documents, target, done, LARGEST_DOCUMENT)

        download = Download(cast("io.BufferedRandom", buffer), watch)
        response = self._registry.request("GET", target, headers=headers, download=download)
        media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        return media_type, buffer.getvalue()


def _check_length(documents: DocumentReader, what: str, done: int, limit: int) -> None:
    if done > limit:
        error: ArtifactError = documents.refused(
            f"The registry sent more than {limit} bytes for {what}."
        )
        raise error
