"""Publish to Charmhub, the Snap Store and private stores, through plugins.

The public names below are imported when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from craft_store_core.assembly import connect
    from craft_store_core.channels import Channel
    from craft_store_core.errors import CraftStoreError
    from craft_store_core.http import HTTPClient, RetryPolicy, Timeouts
    from craft_store_core.plugins.credentials import Credential, CredentialKey
    from craft_store_core.plugins.stores import Store
    from craft_store_core.stores.client import StoreClient

__version__ = "0.1.0"

_SOURCES = {
    "Channel": "craft_store_core.channels",
    "CraftStoreError": "craft_store_core.errors",
    "Credential": "craft_store_core.plugins.credentials",
    "CredentialKey": "craft_store_core.plugins.credentials",
    "HTTPClient": "craft_store_core.http",
    "RetryPolicy": "craft_store_core.http",
    "Store": "craft_store_core.plugins.stores",
    "StoreClient": "craft_store_core.stores.client",
    "Timeouts": "craft_store_core.http",
    "connect": "craft_store_core.assembly",
}

__all__ = [
    "Channel",
    "CraftStoreError",
    "Credential",
    "CredentialKey",
    "HTTPClient",
    "RetryPolicy",
    "Store",
    "StoreClient",
    "Timeouts",
    "__version__",
    "connect",
]


def __getattr__(name: str) -> Any:
    try:
        source = _SOURCES[name]
    except KeyError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
    from importlib import import_module

    value = getattr(import_module(source), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
