"""Enterprise Stores for Craft Store: the endpoint set ``onprem`` and the flow ``onprem-admin``.

A store of this kind is named by its user, in the configuration file: only they know its URL. The
public names below are imported when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from craft_store_onprem.endpoints import OnPremDialect, OnPremEndpoints
    from craft_store_onprem.flow import OnPremAdminFlow

_SOURCES = {
    "OnPremAdminFlow": "craft_store_onprem.flow",
    "OnPremDialect": "craft_store_onprem.endpoints",
    "OnPremEndpoints": "craft_store_onprem.endpoints",
}

__all__ = ["OnPremAdminFlow", "OnPremDialect", "OnPremEndpoints"]


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
