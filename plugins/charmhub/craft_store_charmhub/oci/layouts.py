"""Reading a folder of the OCI image layout, or a tar archive of one."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

from craft_store_charmhub.oci.digests import algorithm_of, read_digest
from craft_store_charmhub.oci.documents import LARGEST_DOCUMENT, Descriptor, DocumentReader
from craft_store_charmhub.oci.images import Content, Image, check_document_size, read_image

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from craft_store_charmhub.oci.files import Files, Section
    from craft_store_charmhub.oci.sources import FileSource
    from craft_store_core.plugins import TaskFactory

MARKER = "oci-layout"
"""The file by which a layout is known."""


class LocalContent:
    """A blob that is in a file already.

    Args:
        section: Where.
    """

    def __init__(self, section: Section) -> None:
        self._section = section

    def here(self, task: TaskFactory) -> AbstractContextManager[Section]:
        """Return a context of the bytes; nothing has to be done for it."""
        return nullcontext(self._section)


def read_layout(
    files: Files, source: FileSource, progress: Callable[[int], None] | None = None
) -> Image:
    """Read the image of a layout, and check every byte of it.

    Args:
        files: The layout.
        source: Says which image it is, where there are several.
        progress: Called with the number of bytes that were checked.

    Raises:
        ArtifactError: It is no layout, or its image cannot be used.
    """
    documents = DocumentReader(source.text)
    index = files.find("index.json")
    if files.find(MARKER) is None or index is None:
        raise documents.refused(
            f"It is not an OCI image layout, because {MARKER} or index.json is missing."
        )
    document = documents.mapping(index.read(LARGEST_DOCUMENT), "index.json")
    root = _chosen(documents.descriptors(document, "manifests", "index.json"), source, documents)
    return read_image(_Layout(files, documents, progress), root, source.text)


def _chosen(found: list[Descriptor], source: FileSource, documents: DocumentReader) -> Descriptor:
    if source.tag is not None:
        matching = [item for item in found if item.name == source.tag]
    else:
        matching = found
    # One image may have several names.
    unique = list({item.digest: item for item in matching}.values())
    names = ", ".join(sorted({item.name for item in found if item.name})) or "without names"
    if not unique:
        if found:
            raise documents.refused(
                f"The layout contains the images: {names}.", "Choose one of these."
            )
        raise documents.refused("The layout has no manifest.")
    if len(unique) > 1:
        raise documents.refused(
            f"The layout contains {len(unique)} images: {names}.",
            f"Choose one with oci:{source.path}:TAG or oci-archive:{source.path}:TAG.",
        )
    return unique[0]


class _Layout:
    def __init__(
        self, files: Files, documents: DocumentReader, progress: Callable[[int], None] | None
    ) -> None:
        self._files = files
        self._documents = documents
        self._progress = progress
        self._checked = 0

    def document(self, descriptor: Descriptor) -> bytes:
        check_document_size(self._documents, descriptor)
        return self._found(descriptor).read(LARGEST_DOCUMENT)

    def blob(self, descriptor: Descriptor) -> Content:
        return LocalContent(self._found(descriptor))

    def _found(self, descriptor: Descriptor) -> Section:
        digest = descriptor.digest
        section = self._files.find(f"blobs/{digest.replace(':', '/')}")
        if section is None:
            raise self._documents.refused(
                f"The layout refers to {digest}, but does not contain it."
            )
        if section.size != descriptor.size:
            raise self._documents.refused(
                f"Its blob {digest} has {section.size} bytes instead of {descriptor.size}."
            )
        with section.open() as reader:
            found = read_digest(reader, algorithm_of(digest), progress=self._report)
        self._checked += section.size
        if found != digest:
            raise self._documents.refused(f"Its blob {digest} is damaged: the digest is {found}.")
        return section

    def _report(self, done: int) -> None:
        if self._progress is not None:
            self._progress(self._checked + done)
