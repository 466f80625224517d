"""A gateway that is scripted, and the endpoint set that talks to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from craft_store_core.http import HTTPClient, RetryPolicy, Work
from craft_store_core.plugins.session import StoreSession
from craft_store_core.plugins.stores import Store
from craft_store_core.stores.gateway import GatewayEndpoints, GatewayTokens

if TYPE_CHECKING:
    from collections.abc import Iterator

    from craft_store_core.testing.scripted import ScriptedServer


class OneToken:
    """Credentials that are never renewed."""

    def authorization(self) -> str:
        return "Macaroon token-of-jo"

    def renew(self, rejected: str) -> bool:
        return False


@pytest.fixture
def store(scripted_server: ScriptedServer) -> Store:
    """A store whose API has a path of its own, as behind a proxy."""
    return Store(
        name="acme-store",
        title="Acme",
        endpoint_set="publisher-gateway",
        urls={"api": f"{scripted_server.url}/proxied", "storage": f"{scripted_server.url}/blobs"},
        auth_flows=("ubuntu-one",),
    )


@pytest.fixture
def http() -> Iterator[HTTPClient]:
    """A client that tries three times and never sleeps."""
    with HTTPClient(
        user_agent="test", retries=RetryPolicy(attempts=3), work=Work(sleep=lambda seconds: None)
    ) as client:
        yield client


@pytest.fixture
def gateway(store: Store, http: HTTPClient) -> GatewayEndpoints:
    """The endpoint set over a session of the store."""
    return GatewayEndpoints(StoreSession(store, http, OneToken()))


@pytest.fixture
def tokens(store: Store, http: HTTPClient) -> GatewayTokens:
    """The token issuer of the store."""
    issuer = GatewayEndpoints.token_issuer(store, http)
    assert isinstance(issuer, GatewayTokens)
    return issuer
