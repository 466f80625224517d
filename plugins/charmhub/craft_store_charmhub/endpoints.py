"""Charmhub's endpoint set: the Publisher Gateway with what only charms have."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from craft_store_charmhub.images import CharmhubImages
from craft_store_charmhub.libraries import CharmhubLibraries
from craft_store_charmhub.operations import OPERATIONS
from craft_store_charmhub.public import CharmhubPublic
from craft_store_core.stores.gateway import GatewayDialect, GatewayEndpoints

if TYPE_CHECKING:
    from pathlib import Path

    from craft_store_core.models import Artifact
    from craft_store_core.plugins.endpoint_sets import EndpointSet, Operation
    from craft_store_core.plugins.session import StoreSession


class CharmhubEndpoints(GatewayEndpoints, CharmhubImages, CharmhubLibraries, CharmhubPublic):
    """Everything that Charmhub can do.

    Args:
        session: Sends the requests of the store.
    """

    operations: ClassVar[frozenset[Operation]] = OPERATIONS

    def read_artifact(self, file: Path) -> Artifact:
        """Read what a charm or bundle archive says of itself; nothing is sent.

        Raises:
            ArtifactError: It is missing, empty, or no such archive.
        """
        from craft_store_charmhub.archive import read_archive

        return read_archive(file)


class CharmhubDialect(GatewayDialect):
    """Makes the two sides of Charmhub; tokens are issued as by every gateway."""

    def endpoint_set(self, session: StoreSession) -> EndpointSet:
        """Return the endpoint set over an authenticated session."""
        return CharmhubEndpoints(session)
