"""An image that was read and checked: what has to be pushed, in which order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from craft_store_charmhub.oci.documents import LARGEST_DOCUMENT, Descriptor, DocumentReader
from craft_store_charmhub.oci.media_types import CONFIGS, INDEXES, MANIFESTS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import AbstractContextManager

    from craft_store_charmhub.oci.files import Section
    from craft_store_core.plugins import TaskFactory

_CHARM_NAMES = {"arm": "armhf", "ppc64le": "ppc64el"}
"""Go's names of architectures that charms name otherwise.

Source: Publisher Gateway reference, section 12.2.
"""

ARCHITECTURES = frozenset({"amd64", "arm64", "armhf", "ppc64el", "riscv64", "s390x"})
"""What charms run on."""

_DEEPEST_INDEX = 4
_MOST_MANIFESTS = 1000


class Content(Protocol):
    """The bytes of a blob, wherever they are."""

    def here(self, task: TaskFactory) -> AbstractContextManager[Section]:
        """Return a context in which the bytes are on this machine.

        Args:
            task: Shows the fetching, where they must be fetched.
        """


class ContentSource(Protocol):
    """Where an image is read from."""

    def document(self, descriptor: Descriptor) -> bytes:
        """Return a manifest or a configuration whose size and digest are right."""

    def blob(self, descriptor: Descriptor) -> Content:
        """Return a blob; of a file, one whose size and digest are right."""


@dataclass(frozen=True)
class Manifest:
    """A manifest or an index, byte for byte.

    Attributes:
        media_type: What it is.
        digest: Of the bytes.
        content: The bytes.
    """

    media_type: str
    digest: str
    content: bytes


@dataclass(frozen=True)
class Blob:
    """A layer or a configuration.

    Attributes:
        digest: By which a registry finds it.
        size: Bytes.
        content: The bytes.
    """

    digest: str
    size: int
    content: Content


@dataclass(frozen=True)
class Image:
    """An image that can be pushed.

    Attributes:
        title: How the user wrote it.
        blobs: Each once.
        manifests: Each after those that it refers to; the last one is the image.
        architectures: What it runs on, as charms name it, sorted.
    """

    title: str
    blobs: tuple[Blob, ...]
    manifests: tuple[Manifest, ...]
    architectures: tuple[str, ...]

    @property
    def digest(self) -> str:
        """Digest of its manifest or index."""
        return self.manifests[-1].digest

    @property
    def size(self) -> int:
        """Bytes of all its blobs."""
        return sum(blob.size for blob in self.blobs)


def read_image(source: ContentSource, root: Descriptor, title: str) -> Image:
    """Read an image from its manifest or index on; everything is looked at before it returns.

    Args:
        source: Where its pieces are.
        root: The manifest or index.
        title: Of the image, for errors.

    Raises:
        ArtifactError: Something is missing, damaged, or not understood.
    """
    return _ImageReader(source, title).image(root)


def charm_architectures(names: Iterable[str]) -> tuple[str, ...]:
    """Return what charms call Go's names of architectures; unknown ones are left out."""
    translated = {_CHARM_NAMES.get(name, name) for name in names}
    return tuple(sorted(translated & ARCHITECTURES))


class _ImageReader:
    def __init__(self, source: ContentSource, title: str) -> None:
        self._source = source
        self._documents = DocumentReader(title)
        self._manifests: dict[str, Manifest] = {}
        self._blobs: dict[str, Blob] = {}
        self._platforms: list[tuple[str | None, str | None]] = []

    def image(self, root: Descriptor) -> Image:
        self._manifest(root, 0)
        names = [name for system, name in self._platforms if name and system in {"linux", None}]
        architectures = charm_architectures(names)
        if not architectures:
            found = ", ".join(f"{system}/{name}" for system, name in self._platforms)
            raise self._documents.refused(
                f"The image runs on {found or 'no platform'}. Charms require Linux on one of "
                f"{', '.join(sorted(ARCHITECTURES))}.",
                "Build the image for one of these.",
            )
        return Image(
            self._documents.title,
            tuple(self._blobs.values()),
            tuple(self._manifests.values()),
            architectures,
        )

    def _manifest(self, descriptor: Descriptor, depth: int) -> None:
        media_type = descriptor.media_type
        if media_type not in MANIFESTS | INDEXES:
            raise self._documents.refused(
                f"Its document {descriptor.digest} has the unknown media type "
                f"{media_type[:100]!r}.",
                "Pass an image in the OCI format or in Docker's format version 2, schema 2.",
            )
        if descriptor.digest in self._manifests:
            return
        content = self._source.document(descriptor)
        what = "The index" if media_type in INDEXES else "The manifest"
        document = self._documents.mapping(content, f"{what} {descriptor.digest}")
        if (
            document.get("schemaVersion") != 2
            or document.get("mediaType", media_type) != media_type
        ):
            raise self._documents.refused(f"{what} {descriptor.digest} is not valid.")
        if media_type in INDEXES:
            self._members(document, depth)
        else:
            self._pieces(document, descriptor, depth)
        if len(self._manifests) >= _MOST_MANIFESTS:
            raise self._documents.refused(f"The image has more than {_MOST_MANIFESTS} manifests.")
        self._manifests[descriptor.digest] = Manifest(media_type, descriptor.digest, content)

    def _members(self, document: dict[str, Any], depth: int) -> None:
        if depth >= _DEEPEST_INDEX:
            raise self._documents.refused("Its indexes are nested too deeply.")
        members = self._documents.descriptors(document, "manifests", "The index")
        for member in members:
            self._manifest(member, depth + 1)

    def _pieces(self, document: dict[str, Any], manifest: Descriptor, depth: int) -> None:
        config = self._documents.descriptor(document.get("config"), "the manifest")
        layers = self._documents.descriptors(document, "layers", "The manifest")
        if manifest.os and manifest.architecture:
            self._platforms.append((manifest.os, manifest.architecture))
        elif not depth or config.media_type in CONFIGS:
            # What else is in an index was attached to an image, such as a signature.
            self._platforms.append(self._platform(config))
        for piece in (config, *layers):
            if piece.elsewhere or piece.digest in self._blobs:
                continue
            self._blobs[piece.digest] = Blob(piece.digest, piece.size, self._source.blob(piece))

    def _platform(self, config: Descriptor) -> tuple[str | None, str | None]:
        if config.media_type not in CONFIGS:
            raise self._documents.refused(
                f"Its configuration has the media type {config.media_type[:100]!r}, which is not "
                "that of a container image.",
                "Pass the image itself, not an artifact attached to it.",
            )
        document = self._documents.mapping(self._source.document(config), "The configuration")
        system, architecture = document.get("os"), document.get("architecture")
        return (
            system if isinstance(system, str) and system else None,
            architecture if isinstance(architecture, str) and architecture else None,
        )


def check_document_size(documents: DocumentReader, descriptor: Descriptor) -> None:
    """Refuse a document that is larger than any should be.

    Raises:
        ArtifactError: It is.
    """
    if descriptor.size > LARGEST_DOCUMENT:
        raise documents.refused(
            f"Its document {descriptor.digest} has {descriptor.size} bytes. The limit is "
            f"{LARGEST_DOCUMENT}."
        )
