"""The Snap Store's endpoint set: the dashboard, the storage host, and the gateway beside them."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from craft_store_core.endpoints import Operation
from craft_store_core.errors import UnsupportedOperation
from craft_store_snapstore.assertions import DashboardAssertions
from craft_store_snapstore.collaborators import DashboardCollaborators
from craft_store_snapstore.metadata import DashboardMetadata
from craft_store_snapstore.metrics import DashboardMetrics
from craft_store_snapstore.names import DashboardNames
from craft_store_snapstore.releases import DashboardReleases
from craft_store_snapstore.tokens import SnapStoreTokens
from craft_store_snapstore.uploads import DashboardUploads

if TYPE_CHECKING:
    from collections.abc import Mapping

    from craft_store_core.client import StoreClient
    from craft_store_core.http import HTTPClient
    from craft_store_core.session import StoreSession
    from craft_store_core.stores import Store

PERMISSIONS: Mapping[Operation, str | None] = MappingProxyType(
    {
        Operation.WHOAMI: None,
        Operation.LIST_NAMES: "package_access",
        Operation.REGISTER_NAME: "package_register",
        Operation.UNREGISTER_NAME: "package_register",
        Operation.GET_METADATA: "package_access",
        Operation.UPDATE_METADATA: "package_update",
        Operation.CREATE_TRACKS: "package_manage",
        Operation.READ_ARTIFACT: None,
        Operation.UPLOAD_FILE: None,
        Operation.CHECK_UPLOAD: "package_push",
        Operation.PUSH_REVISION: "package_push",
        Operation.PUSH_COMPONENTS: "package_push",
        Operation.REVIEW_STATUS: None,
        Operation.LIST_REVISIONS: "package_access",
        Operation.LIST_RELEASES: "package_access",
        Operation.RELEASE: "package_release",
        Operation.RELEASE_PROGRESSIVELY: "package_release",
    }
)
"""The operations of the Snap Store and the permission that each needs.

Source: Snap Store reference, section 5.10.
"""


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


def snap_store(client: StoreClient, operation: str) -> SnapStoreEndpoints:
    """Return the endpoint set of a client of the Snap Store.

    Args:
        client: A client.
        operation: What is going to be done, for the error.

    Raises:
        UnsupportedOperation: It is a client of another kind of store.
    """
    if not isinstance(client.endpoints, SnapStoreEndpoints):
        raise UnsupportedOperation(client.store.name, operation)
    return client.endpoints
