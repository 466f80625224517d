"""The whole endpoint set of a Publisher Gateway, and what makes it for a store.

Source: Publisher Gateway reference, sections 2 and 3.3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from craft_store_core.stores.gateway.accounts import GatewayAccounts
from craft_store_core.stores.gateway.packages import GatewayCollaborators, GatewayPackages
from craft_store_core.stores.gateway.releases import GatewayReleases
from craft_store_core.stores.gateway.resources import GatewayResources
from craft_store_core.stores.gateway.tokens import GatewayTokens
from craft_store_core.stores.gateway_operations import PERMISSIONS

if TYPE_CHECKING:
    from craft_store_core.http import HTTPClient
    from craft_store_core.plugins.auth_flows import TokenIssuer
    from craft_store_core.plugins.endpoint_sets import EndpointSet, Operation
    from craft_store_core.plugins.session import StoreSession
    from craft_store_core.plugins.stores import Store


class GatewayEndpoints(
    GatewayAccounts, GatewayPackages, GatewayCollaborators, GatewayReleases, GatewayResources
):
    """Every operation of the gateway for the namespace of the session's store.

    Args:
        session: Sends the requests of the store.
    """

    operations: ClassVar[frozenset[Operation]] = frozenset(PERMISSIONS)

    def permission_for(self, operation: Operation) -> str | None:
        """Return the permission that credentials must carry; None where none is needed."""
        return PERMISSIONS.get(operation)


class GatewayDialect:
    """Makes the two sides of a Publisher Gateway for a store."""

    def token_issuer(self, store: Store, http: HTTPClient) -> TokenIssuer:
        """Return the side that issues tokens."""
        return GatewayTokens(store, http)

    def endpoint_set(self, session: StoreSession) -> EndpointSet:
        """Return the endpoint set over an authenticated session."""
        return GatewayEndpoints(session)
