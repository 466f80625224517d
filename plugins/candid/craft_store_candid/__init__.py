"""Candid login for Craft Store: the auth flow ``candid``, with a browser or as an agent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from craft_store_candid.flow import CandidFlow

__all__ = ["CandidFlow"]


def __getattr__(name: str) -> Any:
    # The flow imports macaroonbakery, which is slow; the plugin is listed without it.
    if name == "CandidFlow":
        from craft_store_candid.flow import CandidFlow

        return CandidFlow
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
