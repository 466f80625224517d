"""What a file to be published says of itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from craft_store_core.models.revision import Base


@dataclass(frozen=True)
class Artifact:
    """A file to be published, read but not sent.

    Attributes:
        path: The file.
        size: Bytes.
        name: The package that it says it is.
        kind: ``charm``, ``bundle``, ``snap`` or another kind.
        bases: What it runs on, one per architecture; empty when it does not say.
        resources: The resources that it declares: name to type, such as ``file``.
        summary: One line for people; None when it has none.
        components: The files that must be uploaded together with it: name to type.
    """

    path: Path
    size: int
    name: str
    kind: str
    bases: tuple[Base, ...] = ()
    resources: Mapping[str, str] = field(default_factory=dict)
    summary: str | None = None
    components: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return JSON-able data; keys with hyphens, the size in bytes."""
        return {
            "path": str(self.path),
            "size": self.size,
            "name": self.name,
            "kind": self.kind,
            "bases": [base.to_json() for base in self.bases],
            "resources": dict(self.resources),
            "summary": self.summary,
            "components": dict(self.components),
        }
