"""Plugins that come with the core: credential backends and progress reporters.

They are registered through the same hooks as every other plugin. Importing one of these modules
imports nothing heavy: what is heavy is imported when an offer is loaded.
"""

from __future__ import annotations

BUILTIN_PLUGINS: tuple[tuple[str, str], ...] = (
    ("publisher-gateway", "craft_store_core.builtin.publisher_gateway"),
    ("environment", "craft_store_core.builtin.environment"),
    ("system-keyring", "craft_store_core.builtin.system_keyring"),
    ("memory", "craft_store_core.builtin.memory"),
    ("rich", "craft_store_core.builtin.rich"),
    ("plain", "craft_store_core.builtin.plain"),
    ("silent", "craft_store_core.builtin.silent"),
)
"""Name and module of each, in the order in which they are registered."""

__all__ = ["BUILTIN_PLUGINS"]
