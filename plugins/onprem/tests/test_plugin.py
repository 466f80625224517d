"""The plugin for Enterprise Stores: what it registers, and what loading any of it costs."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import craft_store_onprem
from craft_store_core.plugins.catalogue import Catalogue
from craft_store_core.plugins.manager import PluginManager, PluginPolicy


@pytest.fixture
def catalogue() -> Catalogue:
    return Catalogue(PluginManager(policy=PluginPolicy(strict=True)))


def test_installed_offers(catalogue: Catalogue) -> None:
    """Once installed, a store of the configuration file finds them by their names."""
    endpoint_set = catalogue.endpoint_set("onprem")

    assert callable(catalogue.auth_flow("onprem-admin"))
    # Snaps are read by the reader of the Snap Store's plugin.
    assert [catalogue.artifact_reader(name) for name in endpoint_set.artifacts]


def test_no_store_is_offered(catalogue: Catalogue) -> None:
    """Where such a store is, only its user knows."""
    provided = {str(item.provider) for item in catalogue.stores}

    assert not any("onprem" in provider for provider in provided)


def test_its_own_flow_comes_before_others(catalogue: Catalogue) -> None:
    """Other flows read tokens as well; the one that the store names gives the word it wants."""
    assert catalogue.auth_flow_names_for("macaroon", ("onprem-admin",))[0] == "onprem-admin"


@pytest.mark.parametrize("name", craft_store_onprem.__all__)
def test_public_names_are_there(name: str) -> None:
    """Each name that the package promises can be had from it."""
    assert getattr(craft_store_onprem, name) is not None
    assert name in dir(craft_store_onprem)


def test_other_names_are_not() -> None:
    """A name that nobody promised is missing, as in any module."""
    with pytest.raises(AttributeError, match="no_such_name"):
        getattr(craft_store_onprem, "no_such_name")  # noqa: B009  # mypy knows that it is missing


def test_registering_imports_nothing_heavy() -> None:
    """Listing what the plugin offers imports neither its endpoint set nor any heavy library."""
    program = (
        "import json, sys\n"
        "from craft_store_onprem import plugin\n"
        "list(plugin.craft_store_endpoint_sets()), list(plugin.craft_store_auth_flows())\n"
        "print(json.dumps(sorted(sys.modules)))\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )

    loaded = set(json.loads(answer.stdout))
    assert not loaded & {"craft_store_onprem.endpoints", "pydantic", "requests"}
