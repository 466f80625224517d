"""tox, mypy, coverage and the import rules know every distribution: none is left out unnoticed."""

from __future__ import annotations

import sys
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = sorted(folder.name for folder in (ROOT / "plugins").iterdir())
PACKAGES = {
    next(file.parent.name for file in (ROOT / "plugins" / plugin).glob("*/py.typed"))
    for plugin in PLUGINS
} | {"craft_store_core"}


@pytest.fixture
def settings() -> dict[str, Any]:
    """Return the ``[tool]`` table of the root ``pyproject.toml``."""
    document = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    table: dict[str, Any] = document["tool"]
    return table


@pytest.fixture
def tox() -> ConfigParser:
    """Return ``tox.ini`` as it is written."""
    parser = ConfigParser(interpolation=None)
    parser.read(ROOT / "tox.ini", encoding="utf-8")
    return parser


def test_tool_settings_are_in_one_file() -> None:
    """No plugin has settings of its own for a tool but its build backend's."""
    for plugin in PLUGINS:
        document = tomllib.loads((ROOT / "plugins" / plugin / "pyproject.toml").read_text("utf-8"))
        assert set(document["tool"]) == {"hatch"}, plugin


def test_every_package_is_measured(settings: dict[str, Any]) -> None:
    """Coverage counts each import package, whether or not a test imports it."""
    assert set(settings["coverage"]["run"]["source_pkgs"]) == PACKAGES


def test_every_package_is_under_the_import_rules(settings: dict[str, Any]) -> None:
    """import-linter sees each package; each plugin stands for itself."""
    rules = settings["importlinter"]
    contracts = {contract["id"]: contract for contract in rules["contracts"]}

    assert set(rules["root_packages"]) == PACKAGES
    assert set(contracts["core-alone"]["forbidden_modules"]) == PACKAGES - {"craft_store_core"}
    plugins = PACKAGES - {"craft_store_core", "craft_store"}
    assert set(contracts["plugins-alone"]["modules"]) == plugins
    assert set(contracts["facade-on-top"]["source_modules"]) == PACKAGES - {"craft_store"}


def test_every_plugin_is_type_checked(settings: dict[str, Any], tox: ConfigParser) -> None:
    """The type checker finds each plugin's package and runs over each plugin's folder."""
    for plugin in PLUGINS:
        assert f"$MYPY_CONFIG_FILE_DIR/plugins/{plugin}" in settings["mypy"]["mypy_path"]
        assert f"mypy plugins/{plugin}" in tox["testenv:typing"]["commands"].splitlines()


def test_every_plugin_is_tested_alone_and_with_all_others(tox: ConfigParser) -> None:
    """Each plugin has its isolated environment and is in the runs of each interpreter."""
    (isolated,) = (section for section in tox.sections() if section.startswith("testenv:isolated"))
    names = isolated.partition("{")[2].rstrip("}").split(", ")

    assert sorted(names) == PLUGINS
    assert f"isolated-{{{', '.join(names)}}}" in tox["tox"]["env_list"].split("\n")
    editable = tox["distributions"]["editable"].split("\n")
    assert set(editable) - {""} == {"-e ."} | {f"-e plugins/{plugin}" for plugin in PLUGINS}
