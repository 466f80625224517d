"""The credential backend ``memory``: credentials that end with the program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from craft_store_core.plugins.credentials import CredentialBackend

if TYPE_CHECKING:
    from craft_store_core.plugins.credentials import BackendSettings, CredentialKey, Probe


class MemoryBackend(CredentialBackend):
    """Keeps credentials in this object; another one starts empty.

    Args:
        settings: Not used: every backend is made in the same way.
    """

    name = "memory"
    writable = True

    def __init__(self, settings: BackendSettings) -> None:
        self._values: dict[CredentialKey, str] = {}

    def probe(self) -> Probe:
        """Say that it works: it always does."""
        # Not at the top: this module is imported on the way to --help.
        from craft_store_core.plugins.credentials import Probe

        return Probe(True, "Credentials are stored until the program ends.")

    def get(self, key: CredentialKey) -> str | None:
        """Return what was stored under the key, or None."""
        return self._values.get(key)

    def set(self, key: CredentialKey, value: str) -> None:
        """Store it."""
        self._values[key] = value

    def delete(self, key: CredentialKey) -> bool:
        """Remove it; False when there was nothing."""
        return self._values.pop(key, None) is not None
