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
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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
    found: dict[str, list[PluginEntry]] = {}
    for folder in sys.path if search_path is None else search_path:
        for name, version, entries in _distributions(folder or os.curdir):
            key = re.sub(r"[-_.]+", "-", name).lower()
            if key not in found:
                found[key] = [
                    PluginEntry(entry, target, name, version) for entry, target in entries
                ]
    everything = [entry for entries in found.values() for entry in entries]
    return sorted(everything, key=lambda entry: (entry.name, entry.distribution))


_Found = tuple[str, str, list[tuple[str, str]]]


def _distributions(folder: str) -> Iterator[_Found]:
    try:
        names = os.listdir(folder)  # noqa: PTH208  # pathlib is not imported on the way to --help
    except NotADirectoryError:
        yield from _inside_archive(folder)
        return
    except OSError:
        return
    for name in names:
        if name.endswith(_INFO_FOLDERS):
            info = os.path.join(folder, name)  # noqa: PTH118  # as above
            text = _read(info, "entry_points.txt")
            if text is not None and GROUP in text:
                entries = _parse(text)
                distribution, version = _identity(info, name)
                yield distribution, version, entries


def _inside_archive(path: str) -> Iterator[_Found]:
    if not path.endswith((".zip", ".whl", ".egg", ".pyz")):
        return
    from importlib.metadata import distributions

    for distribution in distributions(path=[path]):
        text = distribution.read_text("entry_points.txt")
        if text and GROUP in text:
            yield distribution.name, distribution.version, _parse(text)


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


def _identity(info: str, folder_name: str) -> tuple[str, str]:
    metadata = _read(info, "METADATA") or _read(info, "PKG-INFO") or ""
    fields = dict.fromkeys(("Name", "Version"), "")
    for line in metadata.splitlines():
        if not line:
            break
        key, _, value = line.partition(":")
        if key in fields:
            fields[key] = value.strip()
    stem = folder_name.rpartition(".")[0]
    name, _, version = stem.partition("-")
    return fields["Name"] or name, fields["Version"] or version or "unknown"
