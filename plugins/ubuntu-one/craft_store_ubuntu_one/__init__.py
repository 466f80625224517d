"""Ubuntu One login for Craft Store: the auth flow ``ubuntu-one``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from craft_store_core.plugins import lazy_names

if TYPE_CHECKING:
    from craft_store_ubuntu_one.flow import UbuntuOneFlow
else:
    __getattr__, __dir__ = lazy_names(__name__)

__all__ = ["UbuntuOneFlow"]
