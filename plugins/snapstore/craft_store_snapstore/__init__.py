"""The Snap Store for Craft Store: the stores ``snapstore`` and ``snapstore-staging``.

The public names below are imported when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from craft_store_snapstore.assertions import CONFDB_SCHEMAS, VALIDATION_SETS
    from craft_store_snapstore.endpoints import SnapStoreDialect, SnapStoreEndpoints
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

_HOME = "craft_store_snapstore"
_SOURCES = {
    "Assertion": f"{_HOME}.models",
    "CONFDB_SCHEMAS": f"{_HOME}.assertions",
    "ComponentFile": f"{_HOME}.models",
    "SnapAccount": f"{_HOME}.models",
    "SnapArtifact": f"{_HOME}.models",
    "SnapIdentity": f"{_HOME}.models",
    "SnapProgram": f"{_HOME}.signing",
    "SnapReviewStatus": f"{_HOME}.models",
    "SnapStoreDialect": f"{_HOME}.endpoints",
    "SnapStoreEndpoints": f"{_HOME}.endpoints",
    "VALIDATION_SETS": f"{_HOME}.assertions",
    "read_component": f"{_HOME}.snap_file",
    "read_snap": f"{_HOME}.snap_file",
    "snapstore": f"{_HOME}.stores",
    "snapstore_staging": f"{_HOME}.stores",
}

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
    "SnapStoreDialect",
    "SnapStoreEndpoints",
    "read_component",
    "read_snap",
    "snapstore",
    "snapstore_staging",
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
