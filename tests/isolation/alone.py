"""The core and one plugin, installed as built packages with nothing of the project beside them.

Run by tox's isolated environments, which name the plugin in the variable ``PLUGIN``. The name of
this file keeps it out of runs where everything is installed.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
from importlib.metadata import distribution, distributions
from importlib.util import find_spec
from pathlib import Path

import pytest

CORE = "craft-store-core"
IMPORT_NAMES = {
    "craft-store-candid": "craft_store_candid",
    "craft-store-charmhub": "craft_store_charmhub",
    "craft-store-compat": "craft_store",
    "craft-store-core": "craft_store_core",
    "craft-store-craft-cli-progress": "craft_store_craft_cli_progress",
    "craft-store-file-keyring": "craft_store_file_keyring",
    "craft-store-onprem": "craft_store_onprem",
    "craft-store-sandbox": "craft_store_sandbox",
    "craft-store-snapstore": "craft_store_snapstore",
    "craft-store-ubuntu-one": "craft_store_ubuntu_one",
}


@pytest.fixture(scope="module")
def plugin() -> str:
    """Return the distribution that is installed beside the core."""
    return f"craft-store-{os.environ['PLUGIN']}"


@pytest.fixture(scope="module")
def wanted(plugin: str) -> set[str]:
    """Return the project's distributions that the plugin asks for, with itself."""
    found: set[str] = set()
    waiting = [plugin]
    while waiting:
        name = waiting.pop()
        found.add(name)
        for requirement in distribution(name).requires or ():
            needed = re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0]
            if needed in IMPORT_NAMES and needed not in found:
                waiting.append(needed)
    return found


def craft_store(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the installed command line away from the repository."""
    program = Path(sysconfig.get_path("scripts"), "craft-store")
    return subprocess.run(
        [program, *arguments], check=False, capture_output=True, text=True, cwd=sys.prefix
    )


def test_nothing_else_of_the_project_is_installed(wanted: set[str]) -> None:
    """Only the core, the plugin, and what the plugin's metadata asks for are there."""
    installed = {found.metadata["Name"] for found in distributions()}

    assert installed & IMPORT_NAMES.keys() == wanted


def test_what_is_installed_is_the_built_package(wanted: set[str]) -> None:
    """The tests run against site-packages, not against the tree that they lie in."""
    packages = Path(sysconfig.get_path("purelib"))
    for name in wanted:
        spec = find_spec(IMPORT_NAMES[name])
        assert spec is not None, f"{name} cannot be imported"
        assert spec.origin is not None
        assert packages in Path(spec.origin).parents


def test_other_plugins_cannot_be_imported(wanted: set[str]) -> None:
    """Nothing of a plugin that is not installed is importable."""
    absent = IMPORT_NAMES.keys() - wanted

    assert absent
    assert [name for name in sorted(absent) if find_spec(IMPORT_NAMES[name])] == []


def test_plugins_are_loaded_without_a_complaint() -> None:
    """The doctor finds nothing wrong with the core and this plugin alone."""
    answer = craft_store("plugins", "doctor")

    assert answer.returncode == 0, answer.stderr


def test_help_works() -> None:
    """The command line starts with whatever plugin is installed."""
    answer = craft_store("--help")

    assert answer.returncode == 0, answer.stderr
    assert "plugins" in answer.stdout


def test_the_snap_store_is_absent_from_the_list_of_stores(wanted: set[str]) -> None:
    """``craft-store stores`` shows the stores of installed plugins and no others."""
    answer = craft_store("stores", "--format", "json")

    assert answer.returncode == 0, answer.stderr
    json.loads(answer.stdout)
    assert ("snapstore" in answer.stdout) == ("craft-store-snapstore" in wanted)
    assert ('"charmhub"' in answer.stdout) == ("craft-store-charmhub" in wanted)
