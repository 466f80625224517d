"""Registers the credential backend ``system-keyring``, without importing the keyring library."""

from __future__ import annotations

from typing import TYPE_CHECKING

from craft_store_core.plugins import CredentialBackendOffer, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterator

    from craft_store_core.credentials import CredentialBackendFactory


def _load() -> CredentialBackendFactory:
    from craft_store_core.builtin.keyring_backend import SystemKeyringBackend

    return SystemKeyringBackend


@hookimpl
def craft_store_credential_backends() -> Iterator[CredentialBackendOffer]:
    """Offer the backend ``system-keyring``, the first choice of people at a desktop."""
    yield CredentialBackendOffer(
        "system-keyring",
        "The keyring of the system (Secret Service, KWallet, macOS, Windows)",
        load=_load,
        priority=50,
    )
