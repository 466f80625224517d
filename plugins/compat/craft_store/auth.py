"""Keeping credentials: the system's keyring, memory, or a private file.

The keyring of the process is used, and never replaced: what is kept in memory or in a file is kept
there for one :class:`Auth` only.
"""

from __future__ import annotations

import base64
import binascii
import json
import logging
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import keyring
import keyring.errors
from keyring.backend import KeyringBackend
from keyring.backends import null

from craft_store import errors
from craft_store._translation import as_documented
from craft_store_core.login.backends.system_keyring import SystemKeyringBackend
from craft_store_core.plugins.credentials import (
    BOUND_MACAROONS,
    DEVELOPER_TOKEN,
    BackendSettings,
    CredentialKey,
    decode_credential,
)

if TYPE_CHECKING:
    from craft_store_core.plugins.credentials import Credential, CredentialBackend

logger = logging.getLogger(__name__)

_BASE64 = re.compile(r"[A-Za-z0-9+/=_\s-]*")

try:
    from secretstorage.exceptions import SecretServiceNotAvailableException

    KEYRING_EXCEPTIONS: tuple[type[Exception], ...] = (
        keyring.errors.InitError,
        SecretServiceNotAvailableException,
    )
    """What keyrings raise that cannot be used."""
except ImportError:  # not on Linux
    KEYRING_EXCEPTIONS = (keyring.errors.InitError,)


class MemoryKeyring(KeyringBackend):
    """A keyring that ends with the program."""

    # Never chosen by the library itself.
    priority = -1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # keyring leaves it untyped
        self._credentials: dict[tuple[str, str], str] = {}

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep a password."""
        self._credentials[service, username] = password

    def get_password(self, service: str, username: str) -> str | None:
        """Return a password, or None."""
        return self._credentials.get((service, username))

    def delete_password(self, service: str, username: str) -> None:
        """Forget a password.

        Raises:
            PasswordDeleteError: There is none.
        """
        if self._credentials.pop((service, username), None) is None:
            raise keyring.errors.PasswordDeleteError("there is no such password")


class FileKeyring(KeyringBackend):
    """A keyring in a file that only its owner can read.

    Args:
        application_name: Name of the folder, in that of the user's data, in which the file is.
    """

    priority = -1

    def __init__(self, application_name: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # as above
        self._application_name = application_name
        # The cryptography behind it is slow to import, and files are a fallback.
        from craft_store_file_keyring.backend import FileBackend

        try:
            data = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
            folder: Path | None = data / application_name
        except RuntimeError:  # there is no home folder: nothing can be kept
            folder = None
        self._backend = FileBackend(BackendSettings(environment=os.environ, folder=folder))

    @property
    def credentials_file(self) -> Path:
        """The file."""
        return self._backend.path

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep a password; it is on the disk when this returns.

        Raises:
            CraftStoreError: The file cannot be written, or is damaged.
        """
        with as_documented():
            self._backend.set(CredentialKey(service, username), password)

    def get_password(self, service: str, username: str) -> str | None:
        """Return a password, or None.

        Raises:
            CraftStoreError: The file cannot be read, or is damaged.
        """
        with as_documented():
            return self._backend.get(CredentialKey(service, username))

    def delete_password(self, service: str, username: str) -> None:
        """Forget a password.

        Raises:
            PasswordDeleteError: There is none.
            CraftStoreError: The file cannot be written, or is damaged.
        """
        with as_documented():
            known = self._backend.delete(CredentialKey(service, username))
        if not known:
            raise keyring.errors.PasswordDeleteError("there is no such password")


class Auth:
    """Keeps the credentials of one application for one store.

    Args:
        application_name: Name of the application; the service in the keyring.
        host: Network location of the store; the user name in the keyring.
        ephemeral: Keep credentials in memory only.
        environment_auth: An environment variable; when it is set and not empty, the exported
            credentials that it holds are used, and nothing outside memory is touched.
        file_fallback: Keep credentials in a private file where there is no keyring.

    Raises:
        NoKeyringError: There is no keyring, and ``file_fallback`` is not set.
    """

    def __init__(
        self,
        application_name: str,
        host: str,
        ephemeral: bool = False,
        environment_auth: str | None = None,
        *,
        file_fallback: bool = False,
    ) -> None:
        self.application_name = application_name
        self.host = host
        # Set where the keyring is that of the system.
        self._system: CredentialBackend | None = None
        self._chosen: KeyringBackend | None = None
        value = os.environ.get(environment_auth) if environment_auth else None
        if value or ephemeral:
            self._keyring: KeyringBackend = MemoryKeyring()
            if value:
                self.set_credentials(self._read_exported(value))
            return
        self._use_system_keyring(file_fallback=file_fallback)

    def _use_system_keyring(self, *, file_fallback: bool) -> None:
        settings = BackendSettings(environment=os.environ, folder=Path(), interactive=True)
        backend = SystemKeyringBackend(settings)
        try:
            chosen = keyring.get_keyring()
        except Exception as error:  # a configured keyring can fail on import in any way
            reason = str(error)
        else:
            probe = backend.probe()
            reason = probe.reason
            # One that stores nothing is good for those who only read; storing in it is an error.
            if probe.usable or isinstance(chosen, null.Keyring):
                self._keyring, self._system, self._chosen = chosen, backend, chosen
                return
        if not file_fallback:
            raise errors.NoKeyringError
        logger.debug("there is no keyring: %s", reason)
        self._fallback_to_file_keyring(self.application_name)

    def _fallback_to_file_keyring(self, application_name: str) -> None:
        logger.warning("Falling back to file-based storage; this is not secure.")
        self._keyring = FileKeyring(application_name)

    @classmethod
    def _read_exported(cls, value: str) -> str:
        """Return the text of exported credentials, which may also be in a form without base64."""
        try:
            return cls.decode_credentials(value)
        except errors.CredentialsNotParseable:
            # Cut off base64 could be read as a shorter token: it must be whole.
            if _BASE64.fullmatch(value):
                raise
        with as_documented():
            return _payload(decode_credential(value))

    @staticmethod
    def decode_credentials(encoded_credentials: str) -> str:
        """Take base64 off credentials.

        Raises:
            CredentialsNotParseable: They are not base64 of text.
        """
        try:
            compact = "".join(encoded_credentials.split())
            return base64.b64decode(compact, validate=True).decode("utf-8")
        except (binascii.Error, ValueError) as error:
            # Its cause is left out: it may quote them.
            raise errors.CredentialsNotParseable from (
                error if isinstance(error, binascii.Error) else None
            )

    @staticmethod
    def encode_credentials(credentials: str) -> str:
        """Put base64 around credentials: one line of ASCII."""
        return base64.b64encode(credentials.encode("utf-8")).decode("ascii")

    def ensure_no_credentials(self) -> None:
        """Check that there are no credentials.

        Raises:
            CredentialsAlreadyAvailable: There are.
            KeyringUnlockError: The keyring is locked.
        """
        if self._read() is not None:
            raise errors.CredentialsAlreadyAvailable(self.application_name, self.host)

    def set_credentials(self, credentials: str, force: bool = False) -> None:
        """Keep credentials.

        Args:
            credentials: Their text, without base64.
            force: Overwrite those that are there.

        Raises:
            CredentialsAlreadyAvailable: There are some, and ``force`` is not set.
            NoKeyringError: The keyring stores nothing.
            KeyringUnlockError: The keyring is locked.
        """
        if not force:
            self.ensure_no_credentials()
        encoded = self.encode_credentials(credentials)
        backend = self._backend()
        if backend is None:
            self._keyring.set_password(self.application_name, self.host, encoded)
            return
        with as_documented():
            backend.set(self._key, encoded)

    def get_credentials(self) -> str:
        """Return the credentials, without base64.

        Raises:
            CredentialsUnavailable: There are none.
            CredentialsNotParseable: They are not base64 of text.
            KeyringUnlockError: The keyring is locked.
        """
        encoded = self._read()
        if encoded is None:
            raise errors.CredentialsUnavailable(self.application_name, self.host)
        return self.decode_credentials(encoded)

    def del_credentials(self) -> None:
        """Forget the credentials.

        Raises:
            CredentialsUnavailable: There are none.
            KeyringUnlockError: The keyring is locked.
        """
        if self._read() is None:
            raise errors.CredentialsUnavailable(self.application_name, self.host)
        backend = self._backend()
        if backend is None:
            self._keyring.delete_password(self.application_name, self.host)
            return
        with as_documented():
            backend.delete(self._key)

    @property
    def _key(self) -> CredentialKey:
        return CredentialKey(self.application_name, self.host)

    def _backend(self) -> CredentialBackend | None:
        # A program that puts a keyring of its own in the place of the system's gets its will.
        return self._system if self._keyring is self._chosen else None

    def _read(self) -> str | None:
        backend = self._backend()
        if backend is None:
            return self._keyring.get_password(self.application_name, self.host)
        if isinstance(self._keyring, null.Keyring):
            return None
        with as_documented():
            return backend.get(self._key)


def _payload(credential: Credential) -> str:
    """Return the text that the documented library stores for credentials."""
    if credential.kind == BOUND_MACAROONS:
        return f"Macaroon {credential.token}"
    if credential.kind == DEVELOPER_TOKEN:
        return json.dumps({"macaroon": credential.token})
    secret = credential.secret
    value = secret if isinstance(secret, str) else dict(secret)
    return json.dumps({"t": credential.kind, "v": value})
