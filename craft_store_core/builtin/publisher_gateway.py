"""The dialect ``publisher-gateway``, which Charmhub and private stores speak."""

from __future__ import annotations

from typing import TYPE_CHECKING

from craft_store_core.plugins import EndpointSetOffer, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from craft_store_core.endpoints import Dialect


@hookimpl
def craft_store_endpoint_sets() -> Iterator[EndpointSetOffer]:
    """Offer the dialect for stores that are defined without code."""
    yield EndpointSetOffer(
        "publisher-gateway",
        "Canonical's Publisher Gateway",
        load=_load,
        operations=_operations,
    )


def _load() -> Dialect:
    from craft_store_core.endpoints.gateway import GatewayDialect

    return GatewayDialect()


def _operations() -> Iterable[str]:
    from craft_store_core.endpoints.gateway_operations import PERMISSIONS

    return PERMISSIONS
