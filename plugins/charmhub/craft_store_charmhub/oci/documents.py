"""Manifests, indexes and configurations: read without trusting them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from craft_store_charmhub.oci.digests import is_digest
from craft_store_core.errors import ArtifactError

LARGEST_DOCUMENT = 4 * 1024 * 1024
"""Bytes of a manifest, index or configuration at most, as other clients have it."""

MOST_ENTRIES = 10_000
"""Layers of a manifest and members of an index at most."""

REF_NAME = "org.opencontainers.image.ref.name"
"""Annotation of an image in a layout: its name there."""


@dataclass(frozen=True)
class Descriptor:
    """What a document says of another piece of an image.

    Attributes:
        media_type: What it is.
        digest: By which it is found.
        size: Bytes.
        os: Operating system that it runs on; None where that is not said.
        architecture: Go's name of the architecture that it runs on; None the same.
        elsewhere: It need not be pushed: it says itself where it is.
        name: Its name in a layout.
    """

    media_type: str
    digest: str
    size: int
    os: str | None = None
    architecture: str | None = None
    elsewhere: bool = False
    name: str | None = None


class DocumentReader:
    """Reads documents of one image; what is wrong with one is told together with the image.

    Args:
        title: Of the image, as the user wrote it.
    """

    def __init__(self, title: str) -> None:
        self.title = title

    def mapping(self, content: bytes, what: str) -> dict[str, Any]:
        """Return a JSON object.

        Args:
            content: The document.
            what: For the error, as in "The manifest".
        """
        try:
            document = json.loads(content)
        except (ValueError, RecursionError):
            raise self.refused(f"{what} is not a JSON document.") from None
        if not isinstance(document, dict):
            raise self.refused(f"{what} is not a JSON object.")
        return document

    def descriptors(self, document: dict[str, Any], key: str, what: str) -> list[Descriptor]:
        """Return a list of descriptors, as ``layers`` and ``manifests`` are."""
        items = document.get(key)
        if not isinstance(items, list):
            raise self.refused(f"{what} has no list of {key}.")
        if len(items) > MOST_ENTRIES:
            raise self.refused(f"{what} has more than {MOST_ENTRIES} {key}.")
        return [self.descriptor(item, f"{what}'s list of {key}") for item in items]

    def descriptor(self, item: Any, what: str) -> Descriptor:
        """Return a descriptor.

        Args:
            item: The JSON value.
            what: For the error, where it stands.
        """
        if not isinstance(item, dict):
            raise self.refused(f"An entry of {what} is not a JSON object.")
        media_type, digest, size = (item.get(key) for key in ("mediaType", "digest", "size"))
        if not isinstance(media_type, str) or not is_digest(digest):
            raise self.refused(f"An entry of {what} has no media type or no usable digest.")
        if not isinstance(size, int) or isinstance(size, bool) or size < 0:
            raise self.refused(f"An entry of {what} has no usable size.")
        platform = _mapping(item.get("platform"))
        return Descriptor(
            media_type=media_type,
            digest=str(digest),
            size=size,
            os=_text(platform.get("os")),
            architecture=_text(platform.get("architecture")),
            elsewhere=bool(item.get("urls")) and _is_foreign(media_type),
            name=_text(_mapping(item.get("annotations")).get(REF_NAME)),
        )

    def refused(self, why: str, advice: str | None = None) -> ArtifactError:
        """Return the error for an image that cannot be used."""
        return ArtifactError(
            f"{self.title} is not a usable image.",
            why=why,
            advice=advice
            or "Build or save the image again, and check that it was copied completely.",
        )


def _is_foreign(media_type: str) -> bool:
    return ".foreign." in media_type or ".nondistributable." in media_type


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
