"""The credential backend ``file``.

Every change happens under a lock between processes, from reading the file to replacing it; reading
needs no lock, because the file is always replaced as a whole. A file that cannot be understood is
reported and left as it is: taking it for empty would lose every credential in it at the next login.
"""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import filelock

from craft_store_core.errors import ConfigurationError, CredentialError, CredentialFileError
from craft_store_core.plugins import CredentialBackend, Probe
from craft_store_file_keyring.document import (
    DamagedDocumentError,
    Entries,
    load_json,
    read_entries,
    write_entries,
)
from craft_store_file_keyring.encryption import (
    Key,
    PassphraseMismatchError,
    ScryptParameters,
    is_encrypted,
    seal,
    unseal,
)
from craft_store_file_keyring.errors import PassphraseMissingError, WrongPassphraseError
from craft_store_file_keyring.private_file import PrivateFile, UnsafePlaceError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from craft_store_core.plugins import BackendSettings, CredentialKey

FILE_NAME = "credentials.json"
"""The file in the application's data folder."""
PASSPHRASE_VARIABLE = "CRAFT_STORE_FILE_KEYRING_PASSPHRASE"  # noqa: S105  # the name of a variable
"""The variable that holds the passphrase."""
DEFAULT_LOCK_TIMEOUT = 60.0
"""How long to wait for another program that changes the file, in seconds."""
_NO_PLACE = "The folder of the file is unknown: neither HOME nor CRAFT_STORE_DATA is set."


class FileBackend(CredentialBackend):
    """Keeps credentials in one private file.

    Args:
        settings: Options: ``path`` of the file, ``encrypt``, ``passphrase-file`` and
            ``lock-timeout`` in seconds.

    Raises:
        ConfigurationError: An option cannot be used.
    """

    name = "file"

    def __init__(self, settings: BackendSettings) -> None:
        options = settings.options
        path = _path_option(options, "path")
        # Without a place nothing is there, and nothing can be kept.
        self._has_place = path is not None or settings.folder is not None
        self.path = path or (settings.folder or Path()) / FILE_NAME
        self._file = PrivateFile(self.path, owns_folder=path is None)
        self._encrypt = options.get("encrypt", False)
        if not isinstance(self._encrypt, bool):
            raise _bad_option("encrypt", f"{self._encrypt!r} is not true or false.")
        self._passphrase_file = _path_option(options, "passphrase-file")
        self._environment = settings.environment
        # The application's own files: it and the lock beside it.
        self._lock = filelock.FileLock(
            self.path.with_name(f"{self.path.name}.lock"), timeout=_timeout(options), mode=0o600
        )
        # Deriving a key is slow on purpose; once for each salt is enough.
        self._key: Key | None = None
        self._is_sealed = False

    def probe(self) -> Probe:
        """Say whether the file can be used; one that is damaged is, so that its error is seen."""
        if not self._has_place:
            return Probe(False, _NO_PLACE)
        try:
            entries = self._load()
        except (PassphraseMissingError, WrongPassphraseError) as error:
            return Probe(False, error.why or error.message)
        except CredentialFileError as error:
            return Probe(True, f"{error.message} {error.why}")
        if self._encrypt and not self._passphrase():
            return Probe(False, self._no_passphrase().why or "")
        if entries is None:
            return Probe(
                True,
                (
                    f"The file {self.path} will be created, "
                    f"{'' if self._encrypt else 'not '}encrypted."
                ),
            )
        state = "The file is encrypted." if self._is_sealed else "The file is not encrypted."
        return Probe(True, f"The file {self.path} exists. {state}")

    def get(self, key: CredentialKey) -> str | None:
        """Return what is stored under the key, or None.

        Raises:
            CredentialFileError: The file is damaged, not private, or cannot be read.
            PassphraseMissingError: It is encrypted and there is no passphrase.
            WrongPassphraseError: It is encrypted with another one.
        """
        return (self._load() or {}).get(key.application, {}).get(key.host)

    def set(self, key: CredentialKey, value: str) -> None:
        """Store it; it is on the disk when this returns.

        Raises:
            CredentialFileError: The file is damaged, not private, or cannot be written.
            PassphraseMissingError: It is to be encrypted and there is no passphrase.
            WrongPassphraseError: It is encrypted with another one.
            CredentialError: Another program holds the lock for too long.
        """
        with self.lock(key):
            entries = self._load() or {}
            entries.setdefault(key.application, {})[key.host] = value
            self._store(entries)

    def delete(self, key: CredentialKey) -> bool:
        """Remove it; False when there was nothing.

        Raises:
            CredentialFileError: The file is damaged, not private, or cannot be written.
            PassphraseMissingError: It is encrypted and there is no passphrase.
            WrongPassphraseError: It is encrypted with another one.
            CredentialError: Another program holds the lock for too long.
        """
        if self.get(key) is None:
            return False
        with self.lock(key):
            entries = self._load() or {}
            hosts = entries.get(key.application, {})
            if hosts.pop(key.host, None) is None:
                return False
            if not hosts:
                del entries[key.application]
            self._store(entries)
            return True

    @contextmanager
    def lock(self, key: CredentialKey) -> Iterator[None]:
        """Keep other programs and threads from changing the file, whatever the key.

        The thread that holds it may take it again, as :meth:`set` does.

        Raises:
            CredentialFileError: The folder is not private, cannot be written, or is not known.
            CredentialError: Another program holds the lock for too long.
        """
        if not self._has_place:
            raise CredentialFileError(
                "The path of the credential file is unknown.",
                why=_NO_PLACE,
                advice=(
                    "Set HOME or CRAFT_STORE_DATA, or set the option 'path' to the path of "
                    "the file."
                ),
            )
        try:
            self._file.make_folder()
            self._lock.acquire()
        except filelock.Timeout:
            raise CredentialError(
                f"The credential file {self.path} is in use.",
                why=f"Another program has locked it for more than {self._lock.timeout:g} s.",
                advice="Wait until that program ends, or stop it, and try again.",
            ) from None
        except (UnsafePlaceError, OSError, NotImplementedError) as error:
            raise self._unusable("locked", error) from error
        try:
            yield
        finally:
            self._lock.release()

    def _load(self) -> Entries | None:
        if not self._has_place:
            return None
        try:
            data = self._file.read()
            if data is None:
                return None
            document = load_json(data)
            self._is_sealed = is_encrypted(document)
            if self._is_sealed:
                document = self._unseal(document)
            return read_entries(document)
        except PassphraseMismatchError:
            raise WrongPassphraseError(
                f"The credential file {self.path} cannot be decrypted.",
                why=(
                    f"The passphrase from {self._passphrase_source()} is not the passphrase of the "
                    "file."
                ),
                advice=(
                    "Set the correct passphrase. If it is lost, move the file away and "
                    "log in again. "
                    "The file was not changed."
                ),
            ) from None
        except DamagedDocumentError as error:
            raise CredentialFileError(
                f"The credential file {self.path} is damaged.",
                why=str(error),
                advice=(
                    "The file was not changed. Repair it or restore it from a backup, or "
                    "move it away "
                    "and log in again."
                ),
            ) from None
        except (UnsafePlaceError, OSError) as error:
            raise self._unusable("read", error) from error

    def _unseal(self, document: dict[str, Any]) -> dict[str, Any]:
        passphrase = self._passphrase()
        if not passphrase:
            raise self._no_passphrase()
        plain, self._key = unseal(document, passphrase, self._key)
        # A file that is encrypted stays so, whatever the options of this program say.
        self._encrypt = True
        return load_json(plain)

    def _store(self, entries: Entries) -> None:
        data = write_entries(entries)
        if self._encrypt:
            passphrase = self._passphrase()
            if not passphrase:
                raise self._no_passphrase()
            self._key = self._key or Key.derive(passphrase, parameters=ScryptParameters())
            data = seal(data, self._key)
        try:
            self._file.replace(data)
        except (UnsafePlaceError, OSError) as error:
            raise self._unusable("written", error) from error

    def _passphrase(self) -> str:
        """Return the passphrase; empty when there is none."""
        from_variable = self._environment.get(PASSPHRASE_VARIABLE)
        if from_variable or self._passphrase_file is None:
            return from_variable or ""
        try:
            return self._passphrase_file.read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "The file is not UTF-8 text."
            raise PassphraseMissingError(
                f"The passphrase file {self._passphrase_file} cannot be read.",
                why=why,
                advice="Correct the option 'passphrase-file', or set the variable "
                f"{PASSPHRASE_VARIABLE}.",
            ) from None

    def _passphrase_source(self) -> str:
        if self._environment.get(PASSPHRASE_VARIABLE):
            return f"the variable {PASSPHRASE_VARIABLE}"
        return f"the file {self._passphrase_file}"

    def _no_passphrase(self) -> PassphraseMissingError:
        return PassphraseMissingError(
            f"The credential file {self.path} requires a passphrase.",
            why="Encryption is configured, but no passphrase is set.",
            advice=(
                f"Set the variable {PASSPHRASE_VARIABLE}, or set the option 'passphrase-file' to a "
                "file that contains the passphrase."
            ),
        )

    def _unusable(self, done: str, error: Exception) -> CredentialFileError:
        if isinstance(error, UnsafePlaceError):
            return CredentialFileError(
                f"The credential file {self.path} is not safe to use.",
                why=str(error),
                advice=error.advice,
            )
        strerror = error.strerror if isinstance(error, OSError) else None
        return CredentialFileError(
            f"The credential file {self.path} cannot be {done}.",
            why=strerror or str(error) or type(error).__qualname__,
            advice=(
                "Its content was not changed. Check the disk and the permissions of "
                f"{self.path.parent}."
            ),
        )


def _path_option(options: Any, name: str) -> Path | None:
    value = options.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not value or "\0" in value:
        raise _bad_option(name, f"{value!r} is not the path of a file.")
    try:
        path = Path(value).expanduser()
    except RuntimeError:
        raise _bad_option(name, f"The home folder in {value!r} is unknown.") from None
    if not path.is_absolute():
        raise _bad_option(name, f"{value!r} does not start with '/' or '~'.")
    return path


def _timeout(options: Any) -> float:
    value = options.get("lock-timeout", DEFAULT_LOCK_TIMEOUT)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 3600:
        raise _bad_option("lock-timeout", f"{value!r} is not a number of seconds up to 3600.")
    return float(value)


def _bad_option(name: str, why: str) -> ConfigurationError:
    return ConfigurationError(
        f"The option {name!r} of the credential backend 'file' cannot be used.",
        why=why,
        advice="Correct it in the [credentials.file] table of the configuration file.",
    )
