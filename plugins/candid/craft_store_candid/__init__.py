"""Candid login for Craft Store: the auth flow ``candid``, with a browser or as an agent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from craft_store_core.plugins import lazy_names

if TYPE_CHECKING:
    from craft_store_candid.flow import CandidFlow
else:
    __getattr__, __dir__ = lazy_names(__name__)

__all__ = ["CandidFlow"]
