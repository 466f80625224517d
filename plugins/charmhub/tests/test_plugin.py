"""What the plugin registers, and that listing it imports nothing heavy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import pytest

from craft_store_charmhub import CHARMHUB, CHARMHUB_STAGING, CharmhubEndpoints
from craft_store_charmhub import plugin as charmhub_plugin

if TYPE_CHECKING:
    from craft_store_core.plugins import Store

HEAVY = ("requests", "pydantic", "yaml", "keyring", "pymacaroons", "click")


def test_stores_and_their_dialect_are_offered() -> None:
    """Both stores speak the dialect that comes with them."""
    stores = {offer.name: offer.load() for offer in charmhub_plugin.craft_store_stores()}
    assert stores == {"charmhub": CHARMHUB, "charmhub-staging": CHARMHUB_STAGING}
    (offer,) = charmhub_plugin.craft_store_endpoint_sets()
    assert {store.endpoint_set for store in stores.values()} == {offer.name}
    assert offer.load() is CharmhubEndpoints


@pytest.mark.parametrize("store", [CHARMHUB, CHARMHUB_STAGING], ids=lambda store: store.name)
def test_stores_are_complete(store: Store) -> None:
    """Every service by https, Ubuntu One first, and a lifetime that the store takes."""
    assert set(store.urls) == {"api", "storage", "sso", "candid", "registry"}
    assert all(url.startswith("https://") for url in store.urls.values())
    assert store.auth_flows == ("ubuntu-one", "candid")
    assert store.namespace == "charm"
    assert store.ttl == 30 * 24 * 3600
    assert set(store.permissions) == {
        "account-register-package",
        "account-view-packages",
        "package-manage",
        "package-view",
    }


def test_staging_shares_no_host_with_production() -> None:
    """Credentials of one cannot reach the other."""
    assert not CHARMHUB.origins & CHARMHUB_STAGING.origins


def test_commands_are_offered_by_their_names() -> None:
    """Each offer loads the command that is called like it."""
    for offer in charmhub_plugin.craft_store_commands():
        command = offer.load()
        assert isinstance(command, click.Command)
        assert command.name == offer.name
