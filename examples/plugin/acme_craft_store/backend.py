"""Keeps each credential in a file of its own."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from craft_store_core.errors import CredentialError
from craft_store_core.plugins import CredentialBackend, Probe

if TYPE_CHECKING:
    from craft_store_core.plugins import BackendSettings, CredentialKey


class FolderBackend(CredentialBackend):
    """Keeps credentials in the folder that the option ``folder`` names.

    Args:
        settings: Its ``options`` are the table ``[credentials.acme-folder]`` of the configuration.
    """

    name = "acme-folder"

    def __init__(self, settings: BackendSettings) -> None:
        folder = settings.options.get("folder")
        self._folder = Path(folder) if isinstance(folder, str) else None

    def probe(self) -> Probe:
        """Return whether a folder is configured."""
        if self._folder is None:
            return Probe(False, "The option 'folder' is not set.")
        return Probe(True, f"Credentials are kept in {self._folder}.")

    def get(self, key: CredentialKey) -> str | None:
        """Return the text of the file."""
        try:
            return self._file(key).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise CredentialError("The credentials cannot be read.", why=str(error)) from None

    def set(self, key: CredentialKey, value: str) -> None:
        """Write the file, readable for its owner only, and replace it in one step."""
        file = self._file(key)
        fresh = file.with_suffix(".fresh")
        try:
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
                stream.write(value)
            fresh.replace(file)
        except OSError as error:
            raise CredentialError("The credentials cannot be written.", why=str(error)) from None

    def delete(self, key: CredentialKey) -> bool:
        """Remove the file."""
        try:
            self._file(key).unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise CredentialError("The credentials cannot be removed.", why=str(error)) from None
        return True

    def _file(self, key: CredentialKey) -> Path:
        name = hashlib.sha256(f"{key.application}\n{key.host}".encode()).hexdigest()
        return (self._folder or Path()) / f"{name}.credentials"
