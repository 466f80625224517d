"""Credentials in a private file, optionally encrypted: the credential backend ``file``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from craft_store_core.plugins import lazy_names

if TYPE_CHECKING:
    from craft_store_file_keyring.backend import FileBackend
    from craft_store_file_keyring.errors import PassphraseMissingError, WrongPassphraseError
else:
    # The backend imports the encryption library; the plugin is listed without it.
    __getattr__, __dir__ = lazy_names(__name__)

__all__ = ["FileBackend", "PassphraseMissingError", "WrongPassphraseError"]
