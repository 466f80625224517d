"""Enterprise Stores for Craft Store: the endpoint set ``onprem`` and the flow ``onprem-admin``.

A store of this kind is named by its user, in the configuration file: only they know its URL. The
public names below are imported when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from craft_store_core.plugins import lazy_names

if TYPE_CHECKING:
    from craft_store_onprem.endpoints import OnPremEndpoints
    from craft_store_onprem.flow import OnPremAdminFlow
else:
    __getattr__, __dir__ = lazy_names(__name__)

__all__ = ["OnPremAdminFlow", "OnPremEndpoints"]
