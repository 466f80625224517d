"""What is to be published."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True)
class PublishRequest:
    """One artifact to be published.

    Attributes:
        artifact: The file.
        channels: Where to release it; none uploads only.
        resources: Resource name to a file to upload, or to a revision that the store has.
        name: Package name; by default the one in the artifact.
        components: Component name to its file, of artifacts that declare components: they become
            one revision together.
    """

    artifact: Path
    channels: tuple[str, ...] = ()
    resources: Mapping[str, Path | int] = field(default_factory=dict)
    name: str | None = None
    components: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True)
class PublishPlan:
    """Artifacts that belong together: all of them are released, or none.

    Attributes:
        requests: The artifacts.
        only_if_newer: Leave a channel alone that has a newer revision for the same base.
    """

    requests: tuple[PublishRequest, ...]
    only_if_newer: bool = False
