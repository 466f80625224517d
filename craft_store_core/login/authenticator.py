"""The credentials of one store in use: read once, bound once, renewed when the store asks."""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager, nullcontext
from datetime import timezone
from threading import RLock
from typing import TYPE_CHECKING

from craft_store_core.errors import (
    CredentialsExpiredError,
    CredentialsForOtherHostError,
    CredentialsNotFoundError,
)
from craft_store_core.plugins.auth_flows import AuthFlow, utc_now
from craft_store_core.plugins.credentials import decode_credential

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta

    from craft_store_core.plugins.credentials import Credential, CredentialBackend, CredentialKey

logger = logging.getLogger(__name__)


class StoredAuthenticator:
    """Supplies the ``Authorization`` header from a credential backend.

    Safe to use from several threads.

    Args:
        key: Under what the credential is filed; its host is the only one it is used for.
        backend: Called once, when credentials are needed first.
        flow: Returns the auth flow for a kind of credential.
        now: The time, zone-aware.
    """

    def __init__(
        self,
        key: CredentialKey,
        backend: Callable[[], CredentialBackend],
        flow: Callable[[str], AuthFlow],
        *,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self.key = key
        self._make_backend = backend
        self._find_flow = flow
        self._now = now
        self._lock = RLock()
        self._backend: CredentialBackend | None = None
        self._credential: Credential | None = None
        # What the backend held when it was last read or written. It is another one than the
        # credential in use where that was renewed in memory only.
        self._held: Credential | None = None
        self._header: str | None = None

    @property
    def backend(self) -> CredentialBackend:
        """The backend in use.

        Raises:
            NoKeyringError: None works on this machine.
        """
        with self._lock:
            if self._backend is None:
                self._backend = self._make_backend()
            return self._backend

    def stored(self) -> Credential | None:
        """Read the stored credential; None when there is none.

        Raises:
            CredentialError: The backend or what it holds cannot be read.
        """
        encoded = self.backend.get(self.key)
        return None if encoded is None else decode_credential(encoded)

    def credential(self) -> Credential:
        """Return the credential in use; read from the backend the first time.

        Raises:
            CredentialsNotFoundError: There is none.
            CredentialsForOtherHostError: It was issued for another host than this store's.
            CredentialsExpiredError: It is past its lifetime.
            CredentialError: It cannot be read.
        """
        with self._lock:
            if self._credential is None:
                self._credential = self._held = self._usable(self.stored())
            return self._credential

    def time_remaining(self) -> timedelta | None:
        """Return for how long the credentials in use are good; None where that is not known."""
        ends = self.credential().expires_at
        return None if ends is None else ends - self._now()

    @property
    def advice(self) -> str:
        """What to do when the store does not accept the credentials any more."""
        backend = self.backend
        if backend.writable:
            return "Log in again with 'craft-store login'."
        return (
            f"{backend.probe().reason} Create new credentials with 'craft-store export-login', and "
            "replace the old ones with them."
        )

    def authorization(self) -> str:
        """Return the header's value; computed once per credential. Raises as :meth:`credential`."""
        return self._bound(self._backend_lock)

    def renew(self, rejected: str) -> bool:
        """Renew after the store refused the header ``rejected``.

        Another thread or another process may have renewed already; then theirs is taken.

        Returns:
            True when :meth:`authorization` now gives another value.

        Raises:
            CredentialsExpiredError: It cannot be renewed: log in again.
        """
        with self._lock:
            if self.authorization() != rejected:
                return True
            with self._backend_lock():
                stored = self.stored()
                if stored is not None and stored != self._held:
                    logger.debug("another process renewed the credentials of %s", self.key.host)
                    self._credential = self._held = self._usable(stored)
                    self._header = None
                    if self._bound(nullcontext) != rejected:
                        return True
                current = self._usable(self.credential())
                flow = self._find_flow(current.kind)
                logger.debug("renewing the credentials of %s", self.key.host)
                try:
                    renewed = flow.refresh(current)
                except CredentialsExpiredError as error:
                    if not self.backend.writable:
                        error.advice = self.advice
                    raise
                if renewed is current:
                    return False
                self._keep(renewed)
                self._header = flow.authorization(renewed)
                return self._header != rejected

    def store(self, credential: Credential) -> None:
        """Keep a new credential and use it from now on.

        Raises:
            CredentialError: The backend cannot be written.
        """
        with self._lock, self._backend_lock():
            self.backend.set(self.key, credential.encode())
            self._credential = self._held = credential
            self._header = None

    def forget(self) -> bool:
        """Remove the stored credential; False when there was none."""
        with self._lock, self._backend_lock():
            self._credential = self._held = self._header = None
            return self.backend.delete(self.key)

    def _bound(self, lock: Callable[[], AbstractContextManager[None]]) -> str:
        with self._lock:
            if self._header is None:
                credential = self.credential()
                flow = self._find_flow(credential.kind)
                prepared = flow.prepare(credential)
                if prepared is not credential:
                    with lock():
                        self._keep(prepared)
                self._header = flow.authorization(prepared)
            return self._header

    def _keep(self, credential: Credential) -> None:
        # What came from the environment is renewed in memory only; and a login or a logout of
        # another process, since the credential was read, is not undone.
        if self.backend.writable and self.stored() == self._held:
            self.backend.set(self.key, credential.encode())
            self._held = credential
        self._credential = credential

    def _backend_lock(self) -> AbstractContextManager[None]:
        return self.backend.lock(self.key)

    def _usable(self, credential: Credential | None) -> Credential:
        if credential is None:
            raise CredentialsNotFoundError(
                f"No credentials for {self.key.host}.",
                why=f"The credential backend {self.backend.name!r} does not contain any.",
                advice="Log in with 'craft-store login', or set CRAFT_STORE_CREDENTIALS.",
            )
        if credential.host is not None and credential.host != self.key.host:
            raise CredentialsForOtherHostError(
                f"The credentials are for {credential.host}, not for {self.key.host}.",
                why="craft-store sends credentials only to the store that issued them.",
                advice="Choose the store of the credentials with --store, or log in to this store.",
            )
        if credential.has_expired(self._now()):
            ended = credential.expires_at
            raise CredentialsExpiredError(
                f"The credentials for {self.key.host} have expired.",
                why=f"They were valid until {ended.astimezone(timezone.utc):%Y-%m-%d %H:%M} UTC."
                if ended
                else None,
                advice=self.advice,
            )
        return credential
