"""Reading charm and bundle archives: what they say of themselves, before anything is sent.

An archive may come from anywhere, so nothing in it is trusted: members are read up to a limit
whatever their headers claim, and YAML becomes texts, lists and mappings, never another object.

Source: Publisher Gateway reference, section 9.6.
"""

from __future__ import annotations

import lzma
import zipfile
import zlib
from typing import TYPE_CHECKING, Any

from craft_store_charmhub.yaml_texts import LARGEST_YAML, load_mapping
from craft_store_core.errors import ArtifactError
from craft_store_core.models import Artifact, Base
from craft_store_core.plugins import ArtifactReader

if TYPE_CHECKING:
    from pathlib import Path

_NOTHING = frozenset({"", "~", "null"})
_CHARM_FILES = ("metadata.yaml", "charmcraft.yaml")
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)


class CharmReader(ArtifactReader):
    """Reads charms and bundles."""

    def read(self, file: Path) -> Artifact:
        """Read a ``.charm`` file or a bundle's ``.zip``, see :func:`read_archive`."""
        return read_archive(file)


def read_archive(file: Path) -> Artifact:
    """Read a ``.charm`` file or a bundle's ``.zip``.

    Args:
        file: The archive.

    Returns:
        Its name, kind (``charm`` or ``bundle``), bases (one per architecture) and the resources
        that it declares.

    Raises:
        ArtifactError: It is missing, empty, no such archive, or its metadata cannot be used.
    """
    size = _size(file)
    try:
        with zipfile.ZipFile(file) as archive:
            return _Archive(file, archive).artifact(size)
    except _DAMAGE as error:
        raise ArtifactError(
            f"{file} cannot be read as a charm.",
            why=f"The file is not an intact zip archive: {_first_line(error)}.",
            advice="Pack the charm again, and check that the file was copied completely.",
        ) from error


class _Archive:
    def __init__(self, file: Path, archive: zipfile.ZipFile) -> None:
        self._file = file
        self._archive = archive
        self._members = frozenset(archive.namelist())

    def artifact(self, size: int) -> Artifact:
        source = self._source()
        metadata = self._mapping(source)
        name = metadata.get("name")
        if not isinstance(name, str) or name in _NOTHING:
            raise self._refused(
                f"Its {source} has no 'name'.", "Add a 'name' to the charm, and pack it again."
            )
        kind = "charm"
        if source == "bundle.yaml" or metadata.get("type") == "bundle":
            kind = "bundle"
        summary = metadata.get("summary")
        return Artifact(
            path=self._file,
            size=size,
            name=name,
            kind=kind,
            bases=self._bases() if kind == "charm" else (),
            resources=self._resources(source, metadata),
            summary=summary if isinstance(summary, str) and summary not in _NOTHING else None,
        )

    def _source(self) -> str:
        # charmcraft packs charmcraft.yaml next to metadata.yaml; some bundles have it too.
        for name in ("metadata.yaml", "bundle.yaml", "charmcraft.yaml"):
            if name in self._members:
                return name
        raise self._refused(
            f"Its top folder does not contain any of {', '.join((*_CHARM_FILES, 'bundle.yaml'))}.",
            "Pass the file that 'charmcraft pack' wrote.",
        )

    def _bases(self) -> tuple[Base, ...]:
        if "manifest.yaml" not in self._members:
            return ()
        declared = self._mapping("manifest.yaml").get("bases", "")
        if _is_nothing(declared):
            return ()
        if not isinstance(declared, list):
            raise self._refused(
                "'bases' in its manifest.yaml is not a list.", "Pack the charm again."
            )
        # Repeated bases would become repeated rows; their order is the author's.
        return tuple(dict.fromkeys(base for item in declared for base in self._expanded(item)))

    def _expanded(self, item: Any) -> list[Base]:
        name, channel, architectures = (
            (item.get("name"), item.get("channel"), item.get("architectures"))
            if isinstance(item, dict)
            else (None, None, None)
        )
        if (
            not isinstance(name, str)
            or not isinstance(channel, str)
            or not isinstance(architectures, list)
            or not all(isinstance(architecture, str) for architecture in architectures)
        ):
            raise self._refused(
                "A base in its manifest.yaml does not have the keys 'name' and 'channel' and a "
                "list 'architectures'.",
                "Pack the charm again.",
            )
        return [Base(name, channel, architecture) for architecture in architectures]

    def _resources(self, source: str, metadata: dict[str, Any]) -> dict[str, str]:
        declared = metadata.get("resources", "")
        if _is_nothing(declared):
            return {}
        if not isinstance(declared, dict):
            raise self._refused(
                f"'resources' in its {source} is not a mapping.",
                "Correct it, and pack the charm again.",
            )
        for name, resource in declared.items():
            if not isinstance(resource, dict) or not isinstance(resource.get("type"), str):
                raise self._refused(
                    f"The resource {str(name)[:60]!r} in its {source} has no 'type'.",
                    "Declare it as 'type: file' or 'type: oci-image', and pack the charm again.",
                )
        return {str(name): resource["type"] for name, resource in declared.items()}

    def _mapping(self, name: str) -> dict[str, Any]:
        with self._archive.open(name) as member:
            data = member.read(LARGEST_YAML + 1)
        try:
            return load_mapping(data)
        except ValueError as error:
            raise self._refused(
                f"Its {name} {error}.", "Correct the file, and pack the charm again."
            ) from error

    def _refused(self, why: str, advice: str) -> ArtifactError:
        return ArtifactError(f"{self._file} cannot be published.", why=why, advice=advice)


def _size(file: Path) -> int:
    if not file.is_file():
        why = "The path is a folder." if file.is_dir() else "The file does not exist."
        raise ArtifactError(
            f"{file} cannot be published.",
            why=why,
            advice="Pass the file that 'charmcraft pack' wrote.",
        )
    size = file.stat().st_size
    if size == 0:
        raise ArtifactError(
            f"{file} cannot be published.",
            why="The file is empty.",
            advice="Pack the charm again. The disk may have been full.",
        )
    return size


def _is_nothing(value: Any) -> bool:
    return isinstance(value, str) and value in _NOTHING


def _first_line(error: Exception) -> str:
    lines = str(error).splitlines()
    return (lines[0][:200] if lines else type(error).__name__).rstrip(".")
