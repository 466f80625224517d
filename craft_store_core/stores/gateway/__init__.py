"""The endpoint set of Canonical's Publisher Gateway, which Charmhub and private stores have.

A plugin that extends it derives from ``GatewayEndpoints``; one whose stores have less, from some
of the parts.

Source: Publisher Gateway reference, sections 3 and 5 to 11.
"""

from __future__ import annotations

from craft_store_core.plugins.answers import Answer
from craft_store_core.stores.gateway.accounts import GatewayAccounts
from craft_store_core.stores.gateway.area import GatewayArea
from craft_store_core.stores.gateway.endpoints import GatewayEndpoints
from craft_store_core.stores.gateway.packages import (
    GatewayCollaborators,
    GatewayPackages,
    GatewayTracks,
)
from craft_store_core.stores.gateway.releases import GatewayReleases
from craft_store_core.stores.gateway.resources import GatewayResources
from craft_store_core.stores.gateway.tokens import GatewayTokens, macaroons_header
from craft_store_core.stores.gateway.uploads import GatewayUploads

__all__ = [
    "Answer",
    "GatewayAccounts",
    "GatewayArea",
    "GatewayCollaborators",
    "GatewayEndpoints",
    "GatewayPackages",
    "GatewayReleases",
    "GatewayResources",
    "GatewayTokens",
    "GatewayTracks",
    "GatewayUploads",
    "macaroons_header",
]
