"""The Snap Store's plugin: what it registers, and what loading any of it costs."""

from __future__ import annotations

import click
import pytest

from craft_store_core.errors import UnsupportedOperationError
from craft_store_core.plugins import Store
from craft_store_core.plugins.catalogue import Catalogue
from craft_store_core.plugins.manager import PluginManager, PluginPolicy
from craft_store_snapstore.plugin import COMMANDS
from craft_store_snapstore.snap_file import SnapReader


@pytest.fixture
def catalogue() -> Catalogue:
    return Catalogue(PluginManager(policy=PluginPolicy(strict=True)))


@pytest.mark.parametrize(
    ("name", "host"),
    [
        ("snapstore", "dashboard.snapcraft.io"),
        ("snapstore-staging", "dashboard.staging.snapcraft.io"),
    ],
)
def test_installed_stores(catalogue: Catalogue, name: str, host: str) -> None:
    """Once installed, both stores are found by their names and lead to the dashboard."""
    store = catalogue.store(name)

    assert store.name == name
    assert store.host == host
    assert store.namespace == "snap"
    assert all(origin.startswith("https://") for origin in store.origins)


@pytest.mark.parametrize("name", ["snapstore", "snapstore-staging"])
def test_what_each_store_names_is_offered(catalogue: Catalogue, name: str) -> None:
    """The endpoint set, the reader and the flow for finished headers come with the same plugin."""
    store = catalogue.store(name)

    assert catalogue.endpoint_set(store.endpoint_set).artifacts == ("snap",)
    assert isinstance(catalogue.artifact_reader("snap"), SnapReader)
    flows = catalogue.auth_flow_names_for("bound-macaroons", store.auth_flows)
    assert list(flows) == ["snapstore-header"]


def test_staging_shares_no_host_with_production(catalogue: Catalogue) -> None:
    """Credentials for staging cannot reach production, nor the other way round."""
    production, staging = catalogue.store("snapstore"), catalogue.store("snapstore-staging")

    assert not production.origins & staging.origins


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_each_command_loads_and_explains_itself(catalogue: Catalogue, name: str) -> None:
    """It has the name that it is offered by, a help text, and an example, also below a group."""
    command = catalogue.command(name)
    below = command.commands.values() if isinstance(command, click.Group) else ()

    assert command.name == name
    for item in (command, *below):
        assert f"Example: craft-store {name}" in (item.help or "")


def test_no_command_hides_one_of_the_core() -> None:
    """Each name is offered once, so that none is ambiguous or out of reach."""
    from craft_store_core.cli import plugin

    assert not COMMANDS.keys() & {offer.name for offer in plugin.craft_store_commands()}


def test_operations_of_other_stores_are_refused_by_name() -> None:
    """A snap command on another kind of store names both; nothing is sent."""
    from craft_store_core.assembly import connect
    from craft_store_snapstore.endpoints import SnapStoreEndpoints

    other = Store("acme", "Acme", "publisher-gateway", {"api": "https://acme.example"}, ())

    with (
        connect(other, environment={}) as client,
        pytest.raises(UnsupportedOperationError) as refusal,
    ):
        client.endpoints_of(SnapStoreEndpoints, "account")

    assert (refusal.value.store, refusal.value.operation) == ("acme", "account")
