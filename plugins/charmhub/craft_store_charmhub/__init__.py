"""Charmhub for Craft Store: ``charmhub`` and ``charmhub-staging`` and their endpoint set.

The public names below are imported when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from craft_store_core.plugins import lazy_names

if TYPE_CHECKING:
    from craft_store_charmhub.archive import read_archive
    from craft_store_charmhub.endpoints import CharmhubEndpoints
    from craft_store_charmhub.library_files import LibraryFile, library_hash
    from craft_store_charmhub.models import (
        ImageCredentials,
        Library,
        LibrarySelector,
        PublicPackage,
    )
    from craft_store_charmhub.stores import CHARMHUB, CHARMHUB_STAGING
else:
    __getattr__, __dir__ = lazy_names(__name__)

__all__ = [
    "CHARMHUB",
    "CHARMHUB_STAGING",
    "CharmhubEndpoints",
    "ImageCredentials",
    "Library",
    "LibraryFile",
    "LibrarySelector",
    "PublicPackage",
    "library_hash",
    "read_archive",
]
