"""Reading snaps and components: what they say of themselves, before anything is sent.

A file may come from anywhere, so nothing in it is trusted: blocks are unpacked up to the size that
the format allows, documents are read up to a limit, and YAML becomes texts, lists and mappings,
never another object.

The file system is read by PySquashfsImage. Of the whole tree only what is asked for is looked at,
and the compressors are given to it here: its own ones trust the file, one of them needs a library
under another licence that must be compiled, and one reads another format than squashfs uses.

Source: Snap Store reference, sections 8.4 and 18.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from craft_store_core.errors import ArtifactError
from craft_store_core.models import Base
from craft_store_core.plugins import ArtifactReader
from craft_store_snapstore.models import ComponentFile, SnapArtifact
from craft_store_snapstore.squashfs import DamagedImageError, read_members

if TYPE_CHECKING:
    from pathlib import Path

LARGEST_DOCUMENT = 1024 * 1024
"""Bytes of a document in a snap at most."""
LARGEST_ICON = 2 * 1024 * 1024
"""Bytes of an icon in a snap at most."""

_SNAP = "meta/snap.yaml"
_MANIFEST = "snap/manifest.yaml"
_COMPONENT = "meta/component.yaml"
_ICONS = ("meta/gui/icon.png", "meta/gui/icon.svg")
_LIMITS = {
    _SNAP: LARGEST_DOCUMENT,
    _MANIFEST: 8 * LARGEST_DOCUMENT,
    _COMPONENT: LARGEST_DOCUMENT,
    **dict.fromkeys(_ICONS, LARGEST_ICON),
}
_NOTHING = frozenset({"", "~", "null"})
_PACK_AGAIN = "Pass the file that 'snapcraft pack' wrote."


def read_snap(file: Path) -> SnapArtifact:
    """Read a ``.snap`` file.

    Args:
        file: The file.

    Returns:
        What its own ``meta/snap.yaml`` says: never the file's name.

    Raises:
        ArtifactError: It is missing, empty, no snap, or its metadata cannot be used.
    """
    size, members = _members(file, "snap")
    if _SNAP not in members:
        raise _refused(
            file,
            "The file is a component of a snap."
            if _COMPONENT in members
            else f"It does not contain a regular file {_SNAP}.",
            "Pass the snap, and its components with --component NAME=FILE."
            if _COMPONENT in members
            else _PACK_AGAIN,
        )
    document = _Document(file, _SNAP, members[_SNAP])
    icon = next((path for path in _ICONS if path in members), None)
    built = _Document(file, _MANIFEST, members[_MANIFEST]) if _MANIFEST in members else None
    architectures = document.texts("architectures") or ("all",)
    return SnapArtifact(
        path=file,
        size=size,
        name=document.required("name"),
        kind="snap",
        # As in a channel map: to the store, each architecture is what a charm's base is.
        bases=tuple(Base("", "", architecture) for architecture in architectures),
        summary=document.text("summary"),
        components=document.components(),
        version=document.text("version"),
        architectures=architectures,
        base=document.text("base"),
        grade=document.text("grade") or "stable",
        confinement=document.text("confinement") or "strict",
        type=document.text("type") or "app",
        title=document.text("title"),
        description=document.text("description"),
        license=document.text("license"),
        built_at=built.text("snapcraft-started-at") if built else None,
        icon=(icon.rpartition("/")[2], members[icon]) if icon else None,
    )


def build_time(file: Path) -> str | None:
    """Return when the build of a snap began, as its manifest has it; None where it does not say."""
    try:
        _, members = _members(file, "snap")
        if _MANIFEST in members:
            return _Document(file, _MANIFEST, members[_MANIFEST]).text("snapcraft-started-at")
    except ArtifactError:
        # Sending goes on: the store reads the file itself, and knows best what is wrong with it.
        return None
    return None


class SnapReader(ArtifactReader):
    """Reads snaps."""

    def read(self, file: Path) -> SnapArtifact:
        """Read a ``.snap`` file, see :func:`read_snap`."""
        return read_snap(file)


def read_component(file: Path) -> ComponentFile:
    """Read a ``.comp`` file.

    Args:
        file: The file.

    Raises:
        ArtifactError: It is missing, empty, no component, or its metadata cannot be used.
    """
    size, members = _members(file, "component")
    if _COMPONENT not in members:
        raise _refused(file, f"It does not contain a regular file {_COMPONENT}.", _PACK_AGAIN)
    document = _Document(file, _COMPONENT, members[_COMPONENT])
    snap, separator, name = document.required("component").partition("+")
    if not (snap and separator and name):
        raise _refused(file, "Its 'component' does not have the form SNAP+NAME.", _PACK_AGAIN)
    return ComponentFile(
        snap, name, document.text("type") or "standard", document.text("version"), size
    )


def _members(file: Path, kind: str) -> tuple[int, dict[str, bytes]]:
    if not file.is_file():
        why = "The path is a folder." if file.is_dir() else "The file does not exist."
        raise _refused(file, why, _PACK_AGAIN)
    size = file.stat().st_size
    if size == 0:
        raise _refused(
            file, "The file is empty.", "Pack the snap again. The disk may have been full."
        )
    try:
        return size, read_members(file, _LIMITS)
    except DamagedImageError as error:
        raise ArtifactError(
            f"{file} cannot be read as a {kind}.",
            why=f"{error}",
            advice="Pack the snap again, and check that the file was copied completely.",
        ) from error


class _Document:
    """A YAML document in a snap whose scalars are all texts: as a number, 1.10 would be 1.1."""

    def __init__(self, file: Path, name: str, content: bytes) -> None:
        self._file = file
        self._name = name
        try:
            document = yaml.load(content, Loader=yaml.BaseLoader)  # noqa: S506  # the loader that only makes texts, lists and mappings
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            line = str(error).splitlines()[0][:200]
            raise self._wrong(f"is not valid YAML: {line}") from error
        except RecursionError:
            raise self._wrong("is nested too deeply") from None
        if not isinstance(document, dict):
            raise self._wrong("is not a mapping")
        self._content: dict[Any, Any] = document

    def required(self, key: str) -> str:
        value = self.text(key)
        if value is None:
            raise self._wrong(f"has no {key!r}")
        return value

    def text(self, key: str) -> str | None:
        value = self._content.get(key, "")
        if not isinstance(value, str):
            raise self._wrong(f"has a {key!r} that is not a string")
        return None if value in _NOTHING else value

    def texts(self, key: str) -> tuple[str, ...]:
        value = self._content.get(key, [])
        if isinstance(value, str):
            return () if value in _NOTHING else (value,)
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self._wrong(f"has {key!r} that is not a list of strings")
        return tuple(dict.fromkeys(value))

    def components(self) -> dict[str, str]:
        value = self._content.get("components", {})
        if isinstance(value, str) and value in _NOTHING:
            return {}
        if not isinstance(value, dict):
            raise self._wrong("has 'components' that is not a mapping")
        kinds = {}
        for name, component in value.items():
            kind = component.get("type", "standard") if isinstance(component, dict) else component
            if not isinstance(name, str) or not isinstance(kind, str):
                raise self._wrong(f"has a component {str(name)[:60]!r} without a 'type'")
            kinds[name] = kind
        return kinds

    def _wrong(self, why: str) -> ArtifactError:
        return _refused(
            self._file, f"Its {self._name} {why}.", "Correct it, and pack the snap again."
        )


def _refused(file: Path, why: str, advice: str) -> ArtifactError:
    return ArtifactError(f"{file} cannot be published.", why=why, advice=advice)
