"""Reading what ``docker save`` wrote before Docker 25: layers and a configuration, no manifest.

The manifest that is made is Docker's version 2, schema 2, the same each time for the same archive;
layers stay as they are.
"""

from __future__ import annotations

import gzip
import json
import zlib
from typing import TYPE_CHECKING, Any

from craft_store_charmhub.oci.digests import digest_of, is_digest, read_digest
from craft_store_charmhub.oci.documents import LARGEST_DOCUMENT, DocumentReader
from craft_store_charmhub.oci.images import Blob, Image, Manifest, charm_architectures
from craft_store_charmhub.oci.layouts import LocalContent
from craft_store_charmhub.oci.media_types import (
    DOCKER_CONFIG,
    DOCKER_GZIP_LAYER,
    DOCKER_LAYER,
    DOCKER_MANIFEST,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from craft_store_charmhub.oci.files import Section, TarArchive
    from craft_store_charmhub.oci.sources import FileSource

MARKER = "manifest.json"
"""The file by which such an archive is known."""

_GZIP = b"\x1f\x8b"


def read_docker_archive(
    archive: TarArchive, source: FileSource, progress: Callable[[int], None] | None = None
) -> Image:
    """Read the image of a docker archive, and check every byte of it.

    Args:
        archive: The archive.
        source: Says which image it is, where there are several.
        progress: Called with the number of bytes that were checked.

    Raises:
        ArtifactError: It is no such archive, or its image cannot be used.
    """
    return _Reader(archive, source, progress).image()


class _Reader:
    def __init__(
        self,
        archive: TarArchive,
        source: FileSource,
        progress: Callable[[int], None] | None,
    ) -> None:
        self._archive = archive
        self._source = source
        self._documents = DocumentReader(source.text)
        self._progress = progress
        self._checked = 0

    def image(self) -> Image:
        entry = self._entry()
        section = self._member(entry["Config"])
        config = section.read(LARGEST_DOCUMENT)
        document = self._documents.mapping(config, "The configuration")
        layers = self._layers(entry["Layers"], self._expected(document))
        config_digest = digest_of(config)
        manifest = {
            "schemaVersion": 2,
            "mediaType": DOCKER_MANIFEST,
            "config": _described(DOCKER_CONFIG, len(config), config_digest),
            "layers": [
                _described(media_type, blob.size, blob.digest) for media_type, blob in layers
            ],
        }
        content = json.dumps(manifest, separators=(",", ":")).encode("ascii")
        blobs = [Blob(config_digest, len(config), LocalContent(section))]
        blobs += [blob for _, blob in layers]
        return Image(
            self._source.text,
            tuple({blob.digest: blob for blob in blobs}.values()),
            (Manifest(DOCKER_MANIFEST, digest_of(content), content),),
            self._architectures(document),
        )

    def _entry(self) -> dict[str, Any]:
        index = self._archive.find(MARKER)
        if index is None:
            raise self._documents.refused(
                f"The file is not a Docker archive, because it has no {MARKER}."
            )
        try:
            found = json.loads(index.read(LARGEST_DOCUMENT))
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, list) or not all(map(_is_entry, found)):
            raise self._documents.refused(
                f"Its {MARKER} does not have the format of 'docker save'."
            )
        return self._chosen(found)

    def _chosen(self, found: list[dict[str, Any]]) -> dict[str, Any]:
        tag = self._source.tag
        names = [name for entry in found for name in entry.get("RepoTags") or ()]
        matching = [
            entry for entry in found if tag is None or _is_called(entry.get("RepoTags") or (), tag)
        ]
        if not matching:
            if found:
                why = f"The archive contains the images: {', '.join(names) or 'without names'}."
                raise self._documents.refused(why, "Choose one of these.")
            raise self._documents.refused("The archive contains no images.")
        if len(matching) > 1:
            raise self._documents.refused(
                f"The archive contains {len(matching)} images: {', '.join(names)}.",
                f"Choose one with docker-archive:{self._source.path}:TAG.",
            )
        return matching[0]

    def _expected(self, config: dict[str, Any]) -> list[str]:
        rootfs = config.get("rootfs")
        digests = rootfs.get("diff_ids") if isinstance(rootfs, dict) else None
        if not isinstance(digests, list) or not all(map(is_digest, digests)):
            raise self._documents.refused("Its configuration does not list its layers.")
        return digests

    def _layers(self, names: list[str], expected: list[str]) -> list[tuple[str, Blob]]:
        if len(names) != len(expected):
            raise self._documents.refused(
                f"The image has {len(names)} layers, but its configuration lists {len(expected)}."
            )
        return [self._layer(name, digest) for name, digest in zip(names, expected, strict=True)]

    def _layer(self, name: str, expected: str) -> tuple[str, Blob]:
        section = self._member(name)
        with section.open() as reader:
            packed = reader.read(2) == _GZIP
            reader.seek(0)
            digest = read_digest(reader, progress=self._report)
        self._checked += section.size
        unpacked = self._unpacked_digest(section) if packed else digest
        if unpacked != expected:
            raise self._documents.refused(
                f"Its layer {expected} is damaged: the content is {unpacked}."
            )
        media_type = DOCKER_GZIP_LAYER if packed else DOCKER_LAYER
        return media_type, Blob(digest, section.size, LocalContent(section))

    def _unpacked_digest(self, section: Section) -> str:
        try:
            with section.open() as reader, gzip.GzipFile(fileobj=reader) as unpacked:
                return read_digest(unpacked)
        except (OSError, EOFError, zlib.error):
            return "not an intact gzip stream"

    def _member(self, name: str) -> Section:
        section = self._archive.follow(name)
        if section is None:
            raise self._documents.refused(
                f"The archive refers to {name[:100]!r}, but does not contain it."
            )
        return section

    def _architectures(self, config: dict[str, Any]) -> tuple[str, ...]:
        system, name = config.get("os", "linux"), config.get("architecture")
        found = charm_architectures([name]) if system == "linux" and isinstance(name, str) else ()
        if not found:
            raise self._documents.refused(
                f"The image runs on {system}/{name}. Charms do not run there.",
                "Build the image for another platform.",
            )
        return found

    def _report(self, done: int) -> None:
        if self._progress is not None:
            self._progress(self._checked + done)


def _described(media_type: str, size: int, digest: str) -> dict[str, Any]:
    return {"mediaType": media_type, "size": size, "digest": digest}


def _is_entry(item: Any) -> bool:
    if not isinstance(item, dict):
        return False
    layers, tags = item.get("Layers"), item.get("RepoTags") or []
    return (
        isinstance(item.get("Config"), str)
        and isinstance(layers, list)
        and all(isinstance(layer, str) for layer in layers)
        and isinstance(tags, list)
        and all(isinstance(tag, str) for tag in tags)
    )


def _is_called(names: Iterable[str], tag: str) -> bool:
    return any(name == tag or name.rpartition(":")[2] == tag for name in names)
