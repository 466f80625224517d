"""The Snap Store's endpoint set: the dashboard, the storage host, and the gateway beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from craft_store_snapstore.assertions import DashboardAssertions
from craft_store_snapstore.collaborators import DashboardCollaborators
from craft_store_snapstore.metadata import DashboardMetadata
from craft_store_snapstore.metrics import DashboardMetrics
from craft_store_snapstore.names import DashboardNames
from craft_store_snapstore.releases import DashboardReleases
from craft_store_snapstore.tokens import SnapStoreTokens
from craft_store_snapstore.uploads import DashboardUploads

if TYPE_CHECKING:
    from craft_store_core.plugins import HTTPClient, Store


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

    artifacts = ("snap",)

    @classmethod
    def token_issuer(cls, store: Store, http: HTTPClient) -> SnapStoreTokens:
        """Return the side that issues tokens."""
        return SnapStoreTokens(store, http)
