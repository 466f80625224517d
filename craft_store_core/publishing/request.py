"""What is to be published."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# A single letter is a drive of Windows.
_WORD = re.compile(r"[a-z][a-z0-9+.-]+:")


@dataclass(frozen=True)
class PublishRequest:
    """One artifact to be published.

    Attributes:
        artifact: The file.
        channels: Where to release it; none uploads only.
        resources: Resource name to a file to upload, or to a revision that the store has. For
            types that the store transports otherwise, such as images, a folder or a text that
            :meth:`~craft_store_core.stores.client.StoreClient.read_resource` understands.
        name: Package name; by default the one in the artifact.
        components: Component name to its file, of artifacts that declare components: they become
            one revision together.
        folder: Where relative paths in the texts of resources begin.
    """

    artifact: Path
    channels: tuple[str, ...] = ()
    resources: Mapping[str, Path | str | int] = field(default_factory=dict)
    name: str | None = None
    components: Mapping[str, Path] = field(default_factory=dict)
    folder: Path = Path()


def resource_source(text: str, folder: Path = Path()) -> Path | str:
    """Return what a user gave as a resource: a path, or a text such as ``docker://…`` as it is.

    Args:
        text: What the user wrote. A file whose name begins with a word and a colon is written
            ``./word:…``.
        folder: Where relative paths begin.
    """
    return text if _WORD.match(text) else folder / text


@dataclass(frozen=True)
class PublishPlan:
    """Artifacts that belong together: all of them are released, or none.

    Attributes:
        requests: The artifacts.
        only_if_newer: Leave a channel alone that has a newer revision for the same base.
    """

    requests: tuple[PublishRequest, ...]
    only_if_newer: bool = False
