"""The Snap Store's endpoint set: the dashboard, the storage host, and the gateway beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from craft_store_snapstore.assertions import DashboardAssertions
from craft_store_snapstore.collaborators import DashboardCollaborators
from craft_store_snapstore.metadata import DashboardMetadata
from craft_store_snapstore.metrics import DashboardMetrics
from craft_store_snapstore.names import DashboardNames
from craft_store_snapstore.operations import PERMISSIONS
from craft_store_snapstore.releases import DashboardReleases
from craft_store_snapstore.tokens import SnapStoreTokens
from craft_store_snapstore.uploads import DashboardUploads

if TYPE_CHECKING:
    from craft_store_core.http import HTTPClient
    from craft_store_core.plugins.endpoint_sets import Operation
    from craft_store_core.plugins.session import StoreSession
    from craft_store_core.plugins.stores import Store


class SnapStoreEndpoints(
    DashboardNames,
    DashboardUploads,
    DashboardReleases,
    DashboardMetadata,
    DashboardMetrics,
    DashboardCollaborators,
    DashboardAssertions,
):
    """Everything that the Snap Store can do.

    Args:
        session: Sends the requests of the store.
    """

    operations: ClassVar[frozenset[Operation]] = frozenset(PERMISSIONS)

    def permission_for(self, operation: Operation) -> str | None:
        """Return the permission that credentials must carry; None where none is needed."""
        return PERMISSIONS.get(operation)


class SnapStoreDialect:
    """Makes the two sides of the Snap Store's API."""

    def token_issuer(self, store: Store, http: HTTPClient) -> SnapStoreTokens:
        """Return the side that issues tokens."""
        return SnapStoreTokens(store, http)

    def endpoint_set(self, session: StoreSession) -> SnapStoreEndpoints:
        """Return the endpoint set."""
        return SnapStoreEndpoints(session)
