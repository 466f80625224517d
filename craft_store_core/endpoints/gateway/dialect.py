"""The whole endpoint set of a Publisher Gateway, and what makes it for a store.

Source: Publisher Gateway reference, sections 2 and 3.3.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from craft_store_core.endpoints import Operation
from craft_store_core.endpoints.gateway.accounts import GatewayAccounts
from craft_store_core.endpoints.gateway.packages import GatewayCollaborators, GatewayPackages
from craft_store_core.endpoints.gateway.releases import GatewayReleases
from craft_store_core.endpoints.gateway.resources import GatewayResources
from craft_store_core.endpoints.gateway.tokens import GatewayTokens

if TYPE_CHECKING:
    from collections.abc import Mapping

    from craft_store_core.auth import TokenIssuer
    from craft_store_core.endpoints import EndpointSet
    from craft_store_core.http import HTTPClient
    from craft_store_core.session import StoreSession
    from craft_store_core.stores import Store

PERMISSIONS: Mapping[Operation, str | None] = MappingProxyType(
    {
        Operation.WHOAMI: None,
        Operation.LIST_NAMES: "account-view-packages",
        Operation.REGISTER_NAME: "account-register-package",
        Operation.UNREGISTER_NAME: "account-register-package",
        Operation.GET_METADATA: "package-view-metadata",
        Operation.UPDATE_METADATA: "package-manage-metadata",
        Operation.CREATE_TRACKS: "package-manage-metadata",
        Operation.UPLOAD_FILE: None,
        Operation.PUSH_REVISION: "package-manage-revisions",
        Operation.REVIEW_STATUS: "package-view-revisions",
        Operation.LIST_REVISIONS: "package-view-revisions",
        Operation.LIST_RELEASES: "package-view-releases",
        Operation.RELEASE: "package-manage-releases",
        Operation.LIST_RESOURCES: "package-view-revisions",
        Operation.LIST_RESOURCE_REVISIONS: "package-view-revisions",
        Operation.PUSH_RESOURCE: "package-manage-revisions",
        Operation.UPDATE_RESOURCE_REVISIONS: "package-manage-revisions",
    }
)
"""The operations of the gateway and the permission that each needs."""


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
