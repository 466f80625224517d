"""Ubuntu One login for Craft Store: the auth flow ``ubuntu-one``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from craft_store_ubuntu_one.flow import UbuntuOneFlow

__all__ = ["UbuntuOneFlow"]


def __getattr__(name: str) -> Any:
    # The flow imports pymacaroons; the plugin is listed without it.
    if name == "UbuntuOneFlow":
        from craft_store_ubuntu_one.flow import UbuntuOneFlow

        return UbuntuOneFlow
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
