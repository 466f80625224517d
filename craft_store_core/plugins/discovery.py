"""Finding installed plugins: the entry points of group ``craft_store.plugins``.

The standard library reads entry points through ``importlib.metadata``, whose import alone costs
more than everything else on the way to ``--help``. This module lists the same ``*.dist-info`` and
``*.egg-info`` folders itself and leaves to the standard library only what is not a plain folder
(zip files on ``sys.path``).
"""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from importlib.metadata import Distribution

GROUP = "craft_store.plugins"
"""The entry-point group that plugins register in."""

_INFO_FOLDERS = (".dist-info", ".egg-info")


@dataclass(frozen=True)
class PluginEntry:
    """One registered plugin, not imported yet.

    Attributes:
        name: The entry point's name, by which the plugin can be disabled.
        target: ``module`` or ``module:attribute``.
        distribution: Name of the distribution that registers it.
        version: Version of that distribution.
    """

    name: str
    target: str
    distribution: str
    version: str

    def load(self) -> Any:
        """Import the plugin and return its module (or the attribute that it names)."""
        module, _, attribute = self.target.partition(":")
        plugin: Any = import_module(module.strip())
        for part in filter(None, attribute.strip().split(".")):
            plugin = getattr(plugin, part)
        return plugin


def discover(search_path: Iterable[str] | None = None) -> list[PluginEntry]:
    """List the plugins that are installed, imported none of them.

    Args:
        search_path: Folders to look in; ``sys.path`` by default. A distribution that appears in
            several of them counts where it appears first, as Python's own imports do.

    Returns:
        Entries sorted by name, then distribution.
    """
    found: list[PluginEntry] = []
    seen: set[str] = set()
    for folder in sys.path if search_path is None else search_path:
        # Other importers than Python's own put other things than folders there.
        if isinstance(folder, str):
            for key, entries in _distributions(folder or os.curdir):
                # One without plugins counts too: it hides those of an older copy behind it.
                if key not in seen:
                    seen.add(key)
                    found += entries()
    return sorted(found, key=lambda entry: (entry.name, entry.distribution))


_Reader: TypeAlias = "Callable[[str], str | None]"
_Found: TypeAlias = "tuple[str, Callable[[], list[PluginEntry]]]"


def _distributions(folder: str) -> Iterator[_Found]:
    """Yield what identifies each distribution, and what reads its plugins."""
    try:
        names = os.listdir(folder)  # noqa: PTH208  # pathlib is not imported on the way to --help
    except NotADirectoryError:
        yield from _inside_archive(folder)
        return
    except OSError:
        return
    for name in sorted(names):
        # pip renames what it could not remove to "~...".
        if name.endswith(_INFO_FOLDERS) and not name.startswith("~"):
            info = os.path.join(folder, name)  # noqa: PTH118  # as above
            key, version = _identity(name)
            yield key, partial(_entries, partial(_read, info), key, version)


def _inside_archive(path: str) -> Iterator[_Found]:
    from importlib.metadata import distributions

    for distribution in distributions(path=[path]):
        read = partial(_read_archived, distribution)
        fields = _fields(read("METADATA") or read("PKG-INFO") or "")
        yield _normal(fields["Name"]), partial(_entries, read, "unknown", "unknown")


def _identity(folder_name: str) -> tuple[str, str]:
    """Return name and version as the name of a folder has them, without reading it."""
    name, *version = re.split(r"-(?=\d)", folder_name.rpartition(".")[0], maxsplit=1)
    return _normal(name), version[0] if version else "unknown"


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _entries(read: _Reader, name: str, version: str) -> list[PluginEntry]:
    text = read("entry_points.txt")
    if text is None or GROUP not in text:
        return []
    fields = _fields(read("METADATA") or read("PKG-INFO") or "")
    return [
        PluginEntry(entry, target, fields["Name"] or name, fields["Version"] or version)
        for entry, target in _parse(text)
    ]


def _read_archived(distribution: Distribution, name: str) -> str | None:
    try:
        return distribution.read_text(name)
    except Exception:  # a damaged archive fails in many ways; it must not cost the other plugins
        return None


def _read(folder: str, name: str) -> str | None:
    try:
        with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as file:  # noqa: PTH118, PTH123  # as above
            return file.read()
    except OSError:
        return None


def _parse(text: str) -> list[tuple[str, str]]:
    entries = []
    inside = False
    for line in text.splitlines():
        stripped = line.strip()
        if stripped.startswith("["):
            inside = stripped == f"[{GROUP}]"
        elif inside and stripped and not stripped.startswith(("#", ";")):
            name, separator, target = stripped.partition("=")
            if separator:
                # "module:attribute [extra]": extras of entry points are long deprecated.
                entries.append((name.strip(), target.partition("[")[0].strip()))
    return entries


def _fields(metadata: str) -> dict[str, str]:
    fields = dict.fromkeys(("Name", "Version"), "")
    for line in metadata.splitlines():
        if not line:
            break
        key, _, value = line.partition(":")
        if key in fields:
            fields[key] = value.strip()
    return fields
