"""Credentials in the keyring of the system, through the ``keyring`` library.

Three things that the library leaves to its callers are settled here. Where nobody can be asked,
nothing that opens a window is called and everything ends in bounded time. A keyring that stores
nothing (``keyring.backends.null``) is no keyring. And the library's choice of keyring is used as
it is, never replaced: that choice belongs to the whole process.
"""

from __future__ import annotations

import sys
from contextlib import closing
from importlib import import_module
from threading import Thread
from typing import TYPE_CHECKING, TypeVar

import keyring
import keyring.errors
from keyring.backends import chainer, fail, null

from craft_store_core.errors import (
    ConfigurationError,
    CredentialError,
    KeyringLockedError,
    NoKeyringError,
)
from craft_store_core.plugins.credentials import CredentialBackend, Probe

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from keyring.backend import KeyringBackend

    from craft_store_core.plugins.credentials import BackendSettings, CredentialKey

DEFAULT_TIMEOUT = 5.0
"""How long the keyring may take to answer where nobody can be asked, in seconds."""

_SECRET_SERVICE_MODULES = frozenset(
    {"keyring.backends.SecretService", "keyring.backends.libsecret"}
)
_ELSEWHERE = (
    "Set CRAFT_STORE_CREDENTIALS, or choose a credential backend that does not require a keyring "
    "service. 'craft-store plugins list' shows the installed backends."
)

T = TypeVar("T")


class SystemKeyringBackend(CredentialBackend):
    """Keeps credentials in the keyring that the ``keyring`` library chooses.

    Args:
        settings: The option ``timeout`` is how long the keyring may take to answer where nobody
            can be asked, in seconds. Where a person can be asked, the keyring may ask for the
            password that unlocks it, and that may take any time.

    Raises:
        ConfigurationError: The option is no number of seconds.
    """

    name = "system-keyring"

    def __init__(self, settings: BackendSettings) -> None:
        timeout = settings.options.get("timeout", DEFAULT_TIMEOUT)
        number = isinstance(timeout, (int, float)) and not isinstance(timeout, bool)
        if not number or not 0 < timeout <= 3600:
            raise ConfigurationError(
                "The option 'timeout' of the credential backend 'system-keyring' cannot be used.",
                why=f"{timeout!r} is not a number of seconds between 0 and 3600.",
            )
        self._timeout = float(timeout)
        self._interactive = settings.interactive

    def probe(self) -> Probe:
        """Say whether there is a keyring that can store something, without opening a window."""
        try:
            chosen, locked = self._within_time(_inspect)
        except CredentialError as error:
            return Probe(False, error.why or error.message)
        if not locked:
            return Probe(True, f"The keyring {chosen.name} works.")
        if self._interactive:
            return Probe(
                True,
                f"The keyring {chosen.name} is locked and prompts when it is used.",
                locked=True,
            )
        return Probe(
            False,
            f"The keyring {chosen.name} is locked, and prompts are not possible.",
            locked=True,
        )

    def get(self, key: CredentialKey) -> str | None:
        """Return what is stored under the key, or None.

        Raises:
            NoKeyringError: There is no keyring.
            KeyringLockedError: It is locked and could not be unlocked.
            CredentialError: It failed in another way, or did not answer in time.
        """
        return self._use("read", lambda chosen: chosen.get_password(key.application, key.host))

    def set(self, key: CredentialKey, value: str) -> None:
        """Store it.

        Raises:
            NoKeyringError: There is no keyring.
            KeyringLockedError: It is locked and could not be unlocked.
            CredentialError: It failed in another way, or did not answer in time.
        """
        self._use(
            "written",
            lambda chosen: chosen.set_password(key.application, key.host, value),
            secret=value,
        )

    def delete(self, key: CredentialKey) -> bool:
        """Remove it; False when there was nothing.

        Raises:
            NoKeyringError: There is no keyring.
            KeyringLockedError: It is locked and could not be unlocked.
            CredentialError: It failed in another way, or did not answer in time.
        """

        def remove(chosen: KeyringBackend) -> bool:
            # Backends report a missing entry and a failure with the same exception.
            if chosen.get_password(key.application, key.host) is None:
                return False
            chosen.delete_password(key.application, key.host)
            return True

        return self._use("written", remove)

    def _use(
        self, done: str, action: Callable[[KeyringBackend], T], *, secret: str | None = None
    ) -> T:
        def attempt() -> T:
            chosen, locked = _inspect()
            if locked and not self._interactive:
                raise _locked(
                    f"{chosen.name} is locked, and a prompt to unlock it is not possible."
                )
            try:
                return action(chosen)
            except Exception as error:  # each keyring has exceptions of its own
                # A traceback shows the cause as it is.
                shown = secret is None or secret not in str(error)
                raise _translated(error, chosen, done, secret) from (error if shown else None)

        # A person may need any time to unlock the keyring.
        return attempt() if self._interactive else self._within_time(attempt)

    def _within_time(self, action: Callable[[], T]) -> T:
        results: list[T] = []
        errors: list[Exception] = []

        def run() -> None:
            try:
                results.append(action())
            except Exception as error:  # raised again where it is waited for
                errors.append(error)

        # A daemon, because a keyring that hangs must not keep the program from ending.
        thread = Thread(target=run, name="craft-store-keyring", daemon=True)
        thread.start()
        thread.join(self._timeout)
        if errors:
            raise errors[0]
        if not results:
            raise CredentialError(
                "The system keyring does not answer.",
                why=f"The system keyring did not answer within {self._timeout:g} s.",
                advice=_ELSEWHERE,
            )
        return results[0]


def _inspect() -> tuple[KeyringBackend, bool]:
    """Return the keyring that is used and whether it is locked, without asking anybody.

    Raises:
        NoKeyringError: There is none that stores anything.
    """
    try:
        chosen = keyring.get_keyring()
        members = _members(chosen)
    except Exception as error:  # a configured keyring can fail on import in any way
        raise _none(f"The configured keyring cannot be used: {_text(error)}") from error
    if isinstance(chosen, null.Keyring):
        raise _none("The null keyring is configured. It does not store credentials.")
    if isinstance(chosen, fail.Keyring) or not members:
        raise _none(f"No keyring service was found{_secret_service_trouble()}.")
    return chosen, any(_is_locked(member) for member in members)


def _members(chosen: KeyringBackend) -> Sequence[KeyringBackend]:
    if isinstance(chosen, chainer.ChainerBackend):
        return tuple(chosen.backends)
    return (chosen,)


def _secret_service_trouble() -> str:
    """Return why the Secret Service, which Linux desktops have, cannot be used."""
    if not sys.platform.startswith("linux"):
        return ""
    try:
        import_module("keyring.backends.SecretService").Keyring.priority  # noqa: B018  # it raises
    except Exception as error:  # whatever it is, it is the reason
        return f" ({_text(error).rstrip('.')})"
    return ""


def _is_locked(member: KeyringBackend) -> bool:
    """Tell whether it is a Secret Service that would open a window to unlock its collection."""
    if type(member).__module__ not in _SECRET_SERVICE_MODULES:
        return False
    try:
        import secretstorage
    except ImportError:
        return False
    try:
        with closing(secretstorage.dbus_init()) as connection:
            path = getattr(member, "preferred_collection", None)
            collection = (
                secretstorage.Collection(connection, path)
                if path
                else secretstorage.Collection(connection)
            )
            return collection.is_locked()
    except secretstorage.ItemNotFoundException:
        # There is no collection yet; making one asks for its password.
        return True
    except Exception as error:  # D-Bus errors of several kinds
        raise _none(f"The Secret Service cannot be used: {_text(error)}") from error


def _translated(
    error: Exception, chosen: KeyringBackend, done: str, secret: str | None
) -> CredentialError:
    text = _text(error)
    if secret:
        text = text.replace(secret, "<hidden>")
    if isinstance(error, keyring.errors.KeyringLocked):
        return _locked(f"{chosen.name}: {text}")
    if isinstance(error, (keyring.errors.NoKeyringError, keyring.errors.InitError)):
        return _none(f"{chosen.name}: {text}")
    return CredentialError(
        f"The system keyring could not be {done}.",
        why=f"{chosen.name}: {text}",
        advice=_ELSEWHERE,
    )


def _locked(why: str) -> KeyringLockedError:
    return KeyringLockedError(
        "The system keyring is locked.",
        why=why,
        advice=(
            "Unlock the keyring: log in to the desktop, or use the tool of the keyring. "
            f"{_ELSEWHERE}"
        ),
    )


def _none(why: str) -> NoKeyringError:
    return NoKeyringError("No system keyring works on this machine.", why=why, advice=_ELSEWHERE)


def _text(error: Exception) -> str:
    words = " ".join(str(error).split())
    return words or type(error).__qualname__
