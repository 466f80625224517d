"""Publish to Charmhub and the Snap Store: the interface of the documented library craft-store.

Names are loaded when they are first used, so that importing this package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from craft_store_core import __version__

if TYPE_CHECKING:
    from craft_store import creds, endpoints, errors, login, models
    from craft_store._httpx_auth import CandidAuth, DeveloperTokenAuth, UbuntuOneAuth
    from craft_store.auth import Auth
    from craft_store.base_client import BaseClient
    from craft_store.http_client import HTTPClient
    from craft_store.publisher import PublisherGateway
    from craft_store.store_client import StoreClient
    from craft_store.ubuntu_one_store_client import UbuntuOneStoreClient

__all__ = [
    "Auth",
    "BaseClient",
    "CandidAuth",
    "DeveloperTokenAuth",
    "HTTPClient",
    "PublisherGateway",
    "StoreClient",
    "UbuntuOneAuth",
    "UbuntuOneStoreClient",
    "__version__",
    "creds",
    "endpoints",
    "errors",
    "login",
    "models",
]

_HOMES = {
    "Auth": "auth",
    "BaseClient": "base_client",
    "CandidAuth": "_httpx_auth",
    "DeveloperTokenAuth": "_httpx_auth",
    "HTTPClient": "http_client",
    "PublisherGateway": "publisher",
    "StoreClient": "store_client",
    "UbuntuOneAuth": "_httpx_auth",
    "UbuntuOneStoreClient": "ubuntu_one_store_client",
}
_MODULES = frozenset(
    {
        "_httpx_auth",
        "_version",
        "attenuations",
        "auth",
        "base_client",
        "creds",
        "endpoints",
        "errors",
        "http_client",
        "login",
        "models",
        "publisher",
        "store_client",
        "ubuntu_one_store_client",
    }
)


def __getattr__(name: str) -> Any:
    # Importing a module also makes it an attribute of this package, so each is asked for once.
    if name in _MODULES:
        return import_module(f"craft_store.{name}")
    if name in _HOMES:
        value = getattr(import_module(f"craft_store.{_HOMES[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES, *_MODULES})
