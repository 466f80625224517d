"""The Snap Store for Craft Store: the stores ``snapstore`` and ``snapstore-staging``.

The public names below are imported when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from craft_store_core.plugins import lazy_names

if TYPE_CHECKING:
    from craft_store_snapstore.assertions import CONFDB_SCHEMAS, VALIDATION_SETS
    from craft_store_snapstore.endpoints import SnapStoreEndpoints
    from craft_store_snapstore.models import (
        Assertion,
        ComponentFile,
        SnapAccount,
        SnapArtifact,
        SnapIdentity,
        SnapReviewStatus,
    )
    from craft_store_snapstore.signing import SnapProgram
    from craft_store_snapstore.snap_file import read_component, read_snap
    from craft_store_snapstore.stores import snapstore, snapstore_staging
else:
    __getattr__, __dir__ = lazy_names(__name__)

__all__ = [
    "CONFDB_SCHEMAS",
    "VALIDATION_SETS",
    "Assertion",
    "ComponentFile",
    "SnapAccount",
    "SnapArtifact",
    "SnapIdentity",
    "SnapProgram",
    "SnapReviewStatus",
    "SnapStoreEndpoints",
    "read_component",
    "read_snap",
    "snapstore",
    "snapstore_staging",
]
