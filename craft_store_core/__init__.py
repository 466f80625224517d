"""Publish to Charmhub, the Snap Store and private stores, through plugins.

The public names below are imported when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from craft_store_core.lazy import lazy_names

if TYPE_CHECKING:
    from craft_store_core.assembly import connect
    from craft_store_core.channels import Channel
    from craft_store_core.errors import CraftStoreError
    from craft_store_core.http import HTTPClient, RetryPolicy, Timeouts, Work
    from craft_store_core.plugins.credentials import Credential, CredentialKey
    from craft_store_core.plugins.stores import Store
    from craft_store_core.stores.client import StoreClient
else:
    __getattr__, __dir__ = lazy_names(__name__)

__version__ = "0.1.0"

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
    "Work",
    "__version__",
    "connect",
]
