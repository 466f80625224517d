"""Registers the credential backend ``file``; imports nothing heavy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from craft_store_core.plugins import CredentialBackendOffer, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable

    from craft_store_core.plugins import CredentialBackendFactory


def _load() -> CredentialBackendFactory:
    from craft_store_file_keyring.backend import FileBackend

    return FileBackend


@hookimpl
def craft_store_credential_backends() -> Iterable[CredentialBackendOffer]:
    """Offer the backend for machines without a keyring, which is more private than a file."""
    yield CredentialBackendOffer(
        "file", "A private file, optionally encrypted", load=_load, priority=10
    )
