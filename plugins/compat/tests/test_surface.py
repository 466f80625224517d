"""The public surface, compared with what was recorded of the documented library."""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

import craft_store
import craft_store_core

HERE = Path(__file__).resolve().parent
TOOL = HERE.parent / "tools" / "take_inventory.py"
TABLE = HERE.parents[2] / "docs" / "reference" / "compat.md"
RELEASES = ("2.6.2", "3.4.0")

HOOKS = frozenset(
    {
        "_authorize_token",
        "_cache_exchange_token",
        "_candid_discharge",
        "_discharge",
        "_discharge_macaroon",
        "_extract_caveat_id",
        "_fallback_to_file_keyring",
        "_format_auth_header",
        "_get_authorization_header",
        "_get_discharged_macaroon",
        "_get_login_caveat",
        "_get_macaroon",
        "_get_raw_error_list",
        "_login",
        "_refresh_token",
        "_save_credentials",
        "_update_headers",
        "_validate_packages",
        "_wait_for_token",
    }
)
"""Methods that subclasses and tests of dependents know in spite of the underscore."""


@pytest.fixture(scope="module")
def ours() -> dict[str, Any]:
    """The inventory of this package, taken in a process of its own."""
    output = subprocess.run([sys.executable, str(TOOL)], check=True, capture_output=True, text=True)
    return flat(json.loads(output.stdout))


def recorded(release: str) -> dict[str, Any]:
    """Return what was recorded of a release."""
    return flat(json.loads((HERE / f"inventory-{release}.json").read_text(encoding="utf-8")))


def flat(inventory: dict[str, Any]) -> dict[str, Any]:
    """Return everything that can be compared by a name of its own."""
    found: dict[str, Any] = {}
    for module, content in inventory["modules"].items():
        found[f"{module}:exports"] = content["exports"]
        for name, described in content["names"].items():
            if described["kind"] == "class":
                found.update(flat_class(f"{module}.{name}", described))
            else:
                found[f"{module}.{name}"] = described
    for name, texts in inventory["messages"].items():
        found.update({f"message:{name}[{number}]": text for number, text in enumerate(texts)})
    for name, attributes in inventory["attributes"].items():
        found[f"attributes:{name}"] = attributes
    return found


def flat_class(name: str, described: dict[str, Any]) -> dict[str, Any]:
    """Return the parts of a class by names of their own."""
    found: dict[str, Any] = {name: "class", f"{name}:bases": described.get("bases")}
    for part in ("members", "keys"):
        if part in described:
            found[f"{name}:{part}"] = described[part]
    for part in ("constants", "fields", "methods"):
        found.update({f"{name}.{key}": value for key, value in described.get(part, {}).items()})
    return found


def is_public(name: str, described: Any) -> bool:
    """Tell whether dependents may rely on it."""
    last = name.rpartition(".")[2]
    if last.startswith("_") and not last.startswith("__"):
        return last in HOOKS
    if isinstance(described, dict) and described.get("kind") == "alias":
        # A name that a module only imports for itself is public where a package gathers names.
        module = importlib.import_module(name.rpartition(".")[0])
        return hasattr(module, "__path__")
    return not name.startswith("craft_store._version")


def normal(described: Any) -> Any:
    """Return it without differences of notation that mean nothing."""
    if not isinstance(described, dict) or "parameters" not in described:
        return described
    parameters = [
        {**parameter, "type": "Any"}
        if parameter["kind"].startswith("VAR_") and parameter["type"] is None
        else {**parameter, "type": re.sub(r"Callable\[.*?\]", "Callable", parameter["type"] or "")}
        for parameter in described["parameters"]
    ]
    return {**described, "parameters": parameters}


def differences(theirs: dict[str, Any], ours: dict[str, Any]) -> list[str]:
    """Return the names of what is public and differs from 3.4.0."""
    return [
        name
        for name, described in theirs.items()
        if is_public(name, described) and not is_same(name, described, ours.get(name))
    ]


def is_same(name: str, theirs: Any, ours: Any) -> bool:
    """Compare two descriptions; of what instances hold more is no difference."""
    if name.startswith("attributes:"):
        return set(theirs) <= set(ours or ())
    if name.endswith(":exports"):
        return set(theirs) <= set(ours or ()) or name.startswith("craft_store._")
    return bool(normal(theirs) == normal(ours))


def table() -> list[list[str]]:
    """Return the rows of the table of differences."""
    text = TABLE.read_text(encoding="utf-8")
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if line.startswith("|") and line.count("|") == 6
    ]
    return rows[2:]


def patterns(*, wire: bool = False) -> list[str]:
    """Return what the table says to differ: of the inventory, or of the requests and answers."""
    found = [name for row in table() for name in re.findall(r"`([^`]+)`", row[3])]
    return [name for name in found if name.startswith("wire") == wire]


def test_the_surface_is_that_of_the_documented_library(ours: dict[str, Any]) -> None:
    """Names, signatures, fields, bases and texts are those of 3.4.0, or are in the table."""
    found = differences(recorded("3.4.0"), ours)
    unexplained = [
        name for name in found if not any(fnmatchcase(name, pattern) for pattern in patterns())
    ]
    stale = [
        pattern for pattern in patterns() if not any(fnmatchcase(name, pattern) for name in found)
    ]

    assert unexplained == []
    assert stale == []


def test_nothing_of_the_older_release_is_missing(ours: dict[str, Any]) -> None:
    """What 2.6.2 offers is there, by the same names; calls written for it still fit."""
    newer = recorded("3.4.0")
    missing = [
        name
        for name, described in recorded("2.6.2").items()
        if is_public(name, described) and name not in ours and name not in patterns()
    ]
    refused = [
        name
        for name, described in recorded("2.6.2").items()
        # What the newer release changed on purpose is as in the newer one.
        if is_public(name, described)
        and isinstance(described, dict)
        and "parameters" in described
        and not accepts(newer.get(name) or ours[name], described)
        and not accepts(ours[name], described)
        and normal(newer.get(name)) != normal(ours[name])
    ]

    assert missing == []
    assert refused == []


def accepts(newer: dict[str, Any], older: dict[str, Any]) -> bool:
    """Tell whether a call that fits one signature fits the other."""
    known = {parameter["name"]: parameter for parameter in newer["parameters"]}
    for parameter in older["parameters"]:
        found = known.pop(parameter["name"], None)
        if found is None or found["kind"] != parameter["kind"]:
            return False
    return all(parameter["default"] is not None for parameter in known.values())


def test_models_of_the_older_release_are_read(ours: dict[str, Any]) -> None:
    """Every field has the same name on the wire, and none is required that was not."""
    odd = [
        name
        for name, described in recorded("2.6.2").items()
        if isinstance(described, dict)
        and "alias" in described
        and (
            ours[name]["alias"] != described["alias"]
            or (ours[name]["required"] and not described["required"])
        )
    ]

    assert odd == []


def test_every_difference_has_its_test() -> None:
    """The table names a test for each row, and the test is there."""
    tests = "\n".join(file.read_text(encoding="utf-8") for file in HERE.glob("test_*.py"))
    named = [re.findall(r"`(test_\w+)`", row[4]) for row in table()]

    assert len(named) > 20
    assert all(named)
    assert [name for names in named for name in names if f"def {name}(" not in tests] == []


def test_every_module_can_be_reached_from_the_package() -> None:
    """``import craft_store`` is enough for ``craft_store.http_client.HTTPClient``."""
    modules = json.loads((HERE / "inventory-3.4.0.json").read_text(encoding="utf-8"))["modules"]
    for name in modules:
        _, *path = name.split(".")
        value: Any = craft_store
        for part in path:
            value = getattr(value, part)
        assert value.__name__ == name


def test_importing_the_package_imports_nothing_else() -> None:
    """The cost of a name is paid where it is used."""
    program = (
        "import sys; before = set(sys.modules); import craft_store; "
        "print(sorted(m for m in set(sys.modules) - before if not m.startswith('_')))"
    )
    output = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    ).stdout
    loaded = set(re.findall(r"'([\w.]+)'", output))

    assert "craft_store" in loaded
    assert {name for name in loaded if name.startswith("craft_store")} == {
        "craft_store",
        "craft_store_core",  # for the version; it loads its own names as late
        "craft_store_core.lazy",
    }
    assert not loaded & {"keyring", "macaroonbakery", "pydantic", "requests"}


def test_star_import_gives_what_the_tutorials_use() -> None:
    """``from craft_store import *`` gives clients, endpoints and errors."""
    names: dict[str, Any] = {}
    exec("from craft_store import *", names)

    assert names["UbuntuOneStoreClient"] is craft_store.UbuntuOneStoreClient
    assert names["endpoints"].U1_SNAP_STORE.namespace == "snap"
    assert issubclass(names["errors"].StoreServerError, names["errors"].CraftStoreError)


def test_unknown_names_are_attribute_errors() -> None:
    """A wrong name gets Python's own words."""
    with pytest.raises(AttributeError, match="module 'craft_store' has no attribute 'Nothing'"):
        craft_store.Nothing  # noqa: B018  # asking for the name is the test


def test_version_is_the_cores() -> None:
    """The facade and the core that it stands on have one version, in each of its forms."""
    version = importlib.import_module("craft_store._version")

    assert craft_store.__version__ == craft_store_core.__version__ == version.version
    assert ".".join(map(str, version.version_tuple)) == craft_store.__version__
