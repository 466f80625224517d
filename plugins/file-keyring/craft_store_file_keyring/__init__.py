"""Credentials in a private file, optionally encrypted: the credential backend ``file``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from craft_store_file_keyring.backend import FileBackend
    from craft_store_file_keyring.errors import PassphraseMissing, WrongPassphrase

__all__ = ["FileBackend", "PassphraseMissing", "WrongPassphrase"]


def __getattr__(name: str) -> Any:
    # The backend imports the encryption library; the plugin is listed without it.
    if name == "FileBackend":
        from craft_store_file_keyring.backend import FileBackend

        return FileBackend
    if name in {"PassphraseMissing", "WrongPassphrase"}:
        from craft_store_file_keyring import errors

        return getattr(errors, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
