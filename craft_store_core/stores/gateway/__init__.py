"""The dialect of Canonical's Publisher Gateway, which Charmhub and private stores speak.

``GatewayDialect`` is what an endpoint set offer loads; a plugin that extends the dialect derives
from it and from ``GatewayEndpoints``.

Source: Publisher Gateway reference, sections 3 and 5 to 11.
"""

from __future__ import annotations

from craft_store_core.stores.gateway.dialect import GatewayDialect, GatewayEndpoints
from craft_store_core.stores.gateway.tokens import GatewayTokens, macaroons_header

__all__ = ["GatewayDialect", "GatewayEndpoints", "GatewayTokens", "macaroons_header"]
