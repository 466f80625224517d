"""The Snap Store's plugin: what it registers, and that it claims nothing it cannot do."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from craft_store_core.auth import LoginRequest
from craft_store_core.errors import UnsupportedOperation
from craft_store_core.http import HTTPClient
from craft_store_core.plugins.catalogue import Catalogue
from craft_store_core.plugins.manager import PluginManager, PluginPolicy


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
def test_the_endpoint_set_of_each_store_is_offered(catalogue: Catalogue, name: str) -> None:
    """The dialect that a store names comes with the same plugin."""
    dialect = catalogue.endpoint_set(catalogue.store(name).endpoint_set)

    assert callable(dialect.endpoint_set)


def test_staging_shares_no_host_with_production(catalogue: Catalogue) -> None:
    """Credentials for staging cannot reach production, nor the other way round."""
    production, staging = catalogue.store("snapstore"), catalogue.store("snapstore-staging")

    assert not production.origins & staging.origins


def test_operations_are_refused_by_name() -> None:
    """An operation says that this store does not have it, naming both; nothing is sent."""
    from craft_store_core.assembly import connect

    client = connect("snapstore", environment={})

    with pytest.raises(UnsupportedOperation) as refusal:
        client.whoami()

    assert (refusal.value.store, refusal.value.operation) == ("snapstore", "whoami")


def test_login_is_refused_before_anything_is_asked() -> None:
    """A login ends before the person is asked for a password."""
    from craft_store_core.assembly import connect

    client = connect("snapstore", backend="memory", environment={})
    request = LoginRequest(permissions=(), description="a test", ttl=60)

    with pytest.raises(UnsupportedOperation) as refusal:
        client.login(request)

    assert (refusal.value.store, refusal.value.operation) == ("snapstore", "login")


def test_no_token_is_exchanged(catalogue: Catalogue) -> None:
    """A flow that has a root macaroon from elsewhere gets no token for it here."""
    store = catalogue.store("snapstore")
    with HTTPClient(user_agent="test", origins=frozenset()) as http:
        issuer = catalogue.endpoint_set(store.endpoint_set).token_issuer(store, http)

        with pytest.raises(UnsupportedOperation):
            issuer.exchange("ubuntu-one", "root", ["discharge"], "a test")


def test_registering_imports_nothing_heavy() -> None:
    """Listing what the plugin offers imports neither its endpoint set nor any heavy library."""
    program = (
        "import json, sys\n"
        "from craft_store_snapstore import plugin\n"
        "list(plugin.craft_store_stores()), list(plugin.craft_store_endpoint_sets())\n"
        "print(json.dumps(sorted(sys.modules)))\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )

    loaded = set(json.loads(answer.stdout))
    assert not loaded & {
        "craft_store_snapstore.endpoints",
        "craft_store_snapstore.stores",
        "pydantic",
        "pymacaroons",
        "requests",
    }
