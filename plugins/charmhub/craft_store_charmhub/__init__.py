"""Charmhub for Craft Store: the stores ``charmhub`` and ``charmhub-staging`` and their dialect.

The public names below are imported when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from craft_store_charmhub.archive import read_archive
    from craft_store_charmhub.endpoints import CharmhubDialect, CharmhubEndpoints
    from craft_store_charmhub.library_files import LibraryFile, library_hash
    from craft_store_charmhub.models import (
        ImageCredentials,
        Library,
        LibrarySelector,
        PublicPackage,
    )
    from craft_store_charmhub.stores import CHARMHUB, CHARMHUB_STAGING

_SOURCES = {
    "CHARMHUB": "craft_store_charmhub.stores",
    "CHARMHUB_STAGING": "craft_store_charmhub.stores",
    "CharmhubDialect": "craft_store_charmhub.endpoints",
    "CharmhubEndpoints": "craft_store_charmhub.endpoints",
    "ImageCredentials": "craft_store_charmhub.models",
    "Library": "craft_store_charmhub.models",
    "LibraryFile": "craft_store_charmhub.library_files",
    "LibrarySelector": "craft_store_charmhub.models",
    "PublicPackage": "craft_store_charmhub.models",
    "library_hash": "craft_store_charmhub.library_files",
    "read_archive": "craft_store_charmhub.archive",
}

__all__ = [
    "CHARMHUB",
    "CHARMHUB_STAGING",
    "CharmhubDialect",
    "CharmhubEndpoints",
    "ImageCredentials",
    "Library",
    "LibraryFile",
    "LibrarySelector",
    "PublicPackage",
    "library_hash",
    "read_archive",
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
