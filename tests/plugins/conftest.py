"""Plugins that are there while a test runs."""

from __future__ import annotations

import sys
from textwrap import dedent
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from craft_store_core.plugins.discovery import PluginEntry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def plugin_entry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., PluginEntry]]:
    """Makes the entry of a plugin: from a module, or from source that is imported when loaded."""
    folder = tmp_path / "modules"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    # Later imports look into the folder again; what was imported is forgotten with the test.
    before = set(sys.modules)
    counter = iter(range(1000))

    def make(
        plugin: ModuleType | str,
        name: str = "acme",
        *,
        attribute: str = "",
        distribution: str | None = None,
        version: str = "1.0",
    ) -> PluginEntry:
        module = f"plugin_under_test_{next(counter)}"
        if isinstance(plugin, ModuleType):
            monkeypatch.setitem(sys.modules, module, plugin)
        else:
            (folder / f"{module}.py").write_text(
                "from craft_store_core.plugins import *\n" + dedent(plugin)
            )
        target = f"{module}:{attribute}" if attribute else module
        return PluginEntry(name, target, distribution or f"craft-{name}", version)

    yield make
    for module in set(sys.modules) - before:
        if module.startswith("plugin_under_test_"):
            del sys.modules[module]
