"""The whole endpoint set of a Publisher Gateway.

Source: Publisher Gateway reference, sections 2 and 3.3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from craft_store_core.stores.gateway.accounts import GatewayAccounts
from craft_store_core.stores.gateway.packages import (
    GatewayCollaborators,
    GatewayPackages,
    GatewayTracks,
)
from craft_store_core.stores.gateway.releases import GatewayReleases
from craft_store_core.stores.gateway.resources import GatewayResources
from craft_store_core.stores.gateway.tokens import GatewayTokens

if TYPE_CHECKING:
    from craft_store_core.http import HTTPClient
    from craft_store_core.plugins.auth_flows import TokenIssuer
    from craft_store_core.plugins.stores import Store


class GatewayEndpoints(
    GatewayAccounts,
    GatewayPackages,
    GatewayTracks,
    GatewayCollaborators,
    GatewayReleases,
    GatewayResources,
):
    """Every operation of the gateway for the namespace of the session's store.

    Args:
        session: Sends the requests of the store.
    """

    @classmethod
    def token_issuer(cls, store: Store, http: HTTPClient) -> TokenIssuer:
        """Return the side that issues tokens."""
        return GatewayTokens(store, http)
