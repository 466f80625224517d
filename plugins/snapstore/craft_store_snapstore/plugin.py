"""What the plugin registers: two stores and their endpoint set. Loading any of it is lazy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from craft_store_core.plugins import EndpointSetOffer, StoreOffer, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable

    from craft_store_core.endpoints import Dialect
    from craft_store_core.stores import Store


def _production() -> Store:
    from craft_store_snapstore.stores import snapstore

    return snapstore()


def _staging() -> Store:
    from craft_store_snapstore.stores import snapstore_staging

    return snapstore_staging()


def _dialect() -> Dialect:
    from craft_store_snapstore.endpoints import SnapStoreDialect

    return SnapStoreDialect()


@hookimpl
def craft_store_stores() -> Iterable[StoreOffer]:
    """Offer the Snap Store and its staging twin."""
    return (
        StoreOffer("snapstore", "The Snap Store (no operations yet)", load=_production),
        StoreOffer("snapstore-staging", "The Snap Store's staging twin", load=_staging),
    )


@hookimpl
def craft_store_endpoint_sets() -> Iterable[EndpointSetOffer]:
    """Offer the Snap Store's dialect."""
    return (EndpointSetOffer("snapstore", "The Snap Store's dashboard API", load=_dialect),)
