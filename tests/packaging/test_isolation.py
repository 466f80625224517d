"""Each distribution alone: its wheel, and no more of the project than its metadata asks for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from craft_store_core.distributions import list_distributions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from craft_store_core.distributions import Distribution
    from tests.packaging.conftest import Wheel

DISTRIBUTIONS = {distribution.name: distribution for distribution in list_distributions()}
CORE = next(iter(DISTRIBUTIONS))
# Runs in an environment that has nothing but the wheels and what they require: no test tools.
PROBE = """
import json, sys
from importlib import import_module
from importlib.metadata import distributions
from importlib.util import find_spec
from pkgutil import walk_packages

from craft_store_core.distributions import list_distributions
from craft_store_core.builtin import load_catalogue
from craft_store_core.plugins.manager import HOOKS

ours = {each.name: each.package for each in list_distributions()}
catalogue = load_catalogue({"CRAFT_STORE_STRICT_PLUGINS": "1"})
loaded = {}
for hook in HOOKS:
    kinds = hook.removeprefix("craft_store_")
    for item in getattr(catalogue, kinds):
        getattr(catalogue, kinds.removesuffix("s"))(item.offer.name)
        offers = loaded.setdefault(item.provider.distribution, {})
        offers.setdefault(kinds.replace("_", "-"), []).append(item.offer.name)
missing = set()
package = import_module(sys.argv[1])
for module in walk_packages(package.__path__, f"{package.__name__}."):
    try:
        import_module(module.name)
    except ModuleNotFoundError as error:
        missing.add(error.name)
print(json.dumps({
    "installed": sorted({each.name for each in distributions()} & ours.keys()),
    "importable": {name: spec.origin for name in ours.values() if (spec := find_spec(name))},
    "loaded": loaded,
    "missing": sorted(missing),
}))
"""


@dataclass(frozen=True)
class Alone:
    """An environment with one distribution and what it requires.

    Attributes:
        distribution: Which one.
        required: The distributions of this project that its metadata leads to, with itself.
        folder: Of the environment.
    """

    distribution: Distribution
    required: list[Distribution]
    folder: Path

    def run(self, program: str, *arguments: str) -> str:
        """Run a program of the environment, away from the repository; return its output."""
        kept = ("HOME", "LANG", "PATH", "TMPDIR")
        done = subprocess.run(
            [self.folder / "bin" / program, *arguments],
            env={name: value for name, value in os.environ.items() if name in kept},
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module", params=DISTRIBUTIONS)
def alone(
    request: pytest.FixtureRequest,
    uv: Callable[..., None],
    wheel_of: Callable[[str], Wheel],
    tmp_path_factory: pytest.TempPathFactory,
) -> Alone:
    """Return an environment with each distribution in turn."""
    required: dict[str, Wheel] = {}
    waiting = [request.param]
    while waiting:
        name = waiting.pop()
        required[name] = wheel_of(name)
        waiting += required[name].siblings.keys() - required.keys()
    folder = tmp_path_factory.mktemp(request.param)
    uv("venv", "--python", sys.executable, folder)
    wheels = [wheel.path for wheel in required.values()]
    uv("pip", "install", "--python", folder, *wheels)
    return Alone(
        DISTRIBUTIONS[request.param], [DISTRIBUTIONS[name] for name in sorted(required)], folder
    )


@pytest.fixture(scope="module")
def probe(alone: Alone) -> dict[str, Any]:
    """Return what a program finds that loads and imports everything there."""
    found: dict[str, Any] = json.loads(
        alone.run("python", "-I", "-c", PROBE, alone.distribution.package)
    )
    return found


def test_nothing_else_of_the_project_is_there(alone: Alone, probe: dict[str, Any]) -> None:
    """Only what the metadata asks for is installed and importable, as built packages."""
    assert probe["installed"] == [each.name for each in alone.required]
    assert probe["importable"].keys() == {each.package for each in alone.required}
    for origin in probe["importable"].values():
        assert origin.startswith(f"{alone.folder}{os.sep}")


def test_everything_it_offers_is_loaded(alone: Alone, probe: dict[str, Any]) -> None:
    """Each store, flow, command and the like needs nothing but the declared requirements."""
    loaded = probe["loaded"]

    assert loaded.keys() == {CORE, *(each.name for each in alone.required if each.offers)}
    for name, offers in loaded.items():
        listed = DISTRIBUTIONS[name].offers
        assert offers.keys() == listed.keys()
        # The sandbox has a store of snaps only where the plugin for snaps is.
        assert all(set(offers[kind]) <= set(names) for kind, names in listed.items())


def test_every_module_is_imported(probe: dict[str, Any]) -> None:
    """Only what serves tests needs more than the declared requirements: pytest."""
    assert set(probe["missing"]) <= {"pytest"}


def test_the_command_line_works(alone: Alone, probe: dict[str, Any]) -> None:
    """The doctor has no complaint, and the stores are those of what is installed."""
    alone.run("craft-store", "plugins", "doctor")
    answer = json.loads(alone.run("craft-store", "stores", "--format", "json"))

    offered = {name for offers in probe["loaded"].values() for name in offers.get("stores", ())}
    assert {store["name"] for store in answer["result"]} == offered
