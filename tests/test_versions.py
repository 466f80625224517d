"""One version for all distributions, in lock-step."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest

import craft_store_core

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = [ROOT, *sorted(file.parent for file in ROOT.glob("plugins/*/pyproject.toml"))]


def project(folder: Path) -> dict[str, Any]:
    """Return the ``[project]`` table of a distribution."""
    document = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    table: dict[str, Any] = document["project"]
    return table


def test_every_folder_under_plugins_is_a_distribution() -> None:
    """``pip install ./plugins/*`` works: nothing else lies there."""
    entries = {entry.name for entry in (ROOT / "plugins").iterdir()}

    assert entries == {folder.name for folder in FOLDERS[1:]}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_version_is_the_cores(folder: Path) -> None:
    """All distributions of one release carry one version."""
    assert project(folder)["version"] == craft_store_core.__version__


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_needed_siblings_are_pinned_to_the_same_version(folder: Path) -> None:
    """A plugin never runs beside another release of the core or of a plugin that it needs."""
    for requirement in project(folder).get("dependencies", []):
        if requirement.startswith("craft-store-"):
            name, _, version = requirement.partition("==")
            assert re.fullmatch(r"craft-store-[a-z-]+", name), requirement
            assert version == craft_store_core.__version__, requirement


@pytest.mark.parametrize("folder", FOLDERS[1:], ids=lambda folder: folder.name)
def test_names_follow_the_folder(folder: Path) -> None:
    """The distribution and its entry point are named after the folder."""
    table = project(folder)
    entries = table.get("entry-points", {}).get("craft_store.plugins", {})

    assert table["name"] == f"craft-store-{folder.name}"
    if folder.name != "compat":
        assert list(entries) == [folder.name]
        package = f"craft_store_{folder.name.replace('-', '_')}"
        assert entries[folder.name] == f"{package}.plugin"


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_supported_pythons_and_licence_are_the_same(folder: Path) -> None:
    """Every distribution has the project's licence and supports the same versions of Python."""
    table = project(folder)

    assert table["requires-python"] == ">=3.10"
    assert table["license"] == "LGPL-3.0-only"
    assert table["license-files"] == ["LICENSE"]
    assert (folder / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
