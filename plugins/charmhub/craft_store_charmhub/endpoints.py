"""Charmhub's endpoint set: the Publisher Gateway with what only charms have."""

from __future__ import annotations

from craft_store_charmhub.images import CharmhubImages
from craft_store_charmhub.libraries import CharmhubLibraries
from craft_store_charmhub.public import CharmhubPublic
from craft_store_core.stores.gateway import GatewayEndpoints


class CharmhubEndpoints(GatewayEndpoints, CharmhubImages, CharmhubLibraries, CharmhubPublic):
    """Everything that Charmhub can do.

    Args:
        session: Sends the requests of the store.
    """

    artifacts = ("charm",)
