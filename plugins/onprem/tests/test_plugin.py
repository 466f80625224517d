"""The plugin for Enterprise Stores: what it registers, and what loading any of it costs."""

from __future__ import annotations

import pytest

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
