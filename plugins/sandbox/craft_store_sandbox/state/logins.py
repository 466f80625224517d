"""Logins at the identity service that are under way (Publisher Gateway reference, section 4.5)."""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass

_WAKE_SECONDS = 0.5


@dataclass
class PendingLogin:
    """A discharge that waits for somebody to log in.

    Attributes:
        did: Its name in addresses.
        caveat_id: What is to be discharged.
        caveat: The caveat's payload when it came beside its id.
        account_id: Who logged in; None until then.
    """

    did: str
    caveat_id: bytes
    caveat: bytes | None
    account_id: str | None = None


class PendingLogins:
    """The logins under way, and the tokens that finished ones earned.

    Args:
        closing: Set when the sandbox stops; waiting ends then.
        seconds: How long `wait` blocks, in real time.
    """

    def __init__(self, closing: threading.Event, seconds: float = 300.0) -> None:
        self.seconds = seconds
        self._closing = closing
        self._changed = threading.Condition()
        self._pending: dict[str, PendingLogin] = {}
        self._tokens: dict[bytes, str] = {}
        self._agent_keys: dict[bytes, tuple[bytes, str]] = {}

    def begin(self, caveat_id: bytes, caveat: bytes | None) -> PendingLogin:
        """Begin a login."""
        login = PendingLogin(secrets.token_hex(32), caveat_id, caveat)
        with self._changed:
            self._pending[login.did] = login
        return login

    def find(self, did: str) -> PendingLogin | None:
        """Return the login of that name, or None."""
        with self._changed:
            return self._pending.get(did)

    def finish(self, login: PendingLogin, account_id: str) -> None:
        """Somebody logged in."""
        with self._changed:
            login.account_id = account_id
            self._changed.notify_all()

    def wait(self, login: PendingLogin) -> str | None:
        """Block until somebody logs in; a login is handed out once.

        Returns:
            The account id; None when the deadline passed or the sandbox stops.
        """
        deadline = time.monotonic() + self.seconds
        with self._changed:
            while login.account_id is None:
                left = deadline - time.monotonic()
                if left <= 0 or self._closing.is_set():
                    return None
                self._changed.wait(min(left, _WAKE_SECONDS))
            if self._pending.pop(login.did, None) is None:
                return None
            return login.account_id

    def new_token(self, account_id: str) -> bytes:
        """Return a discharge token for an account, good for one discharge."""
        token = secrets.token_bytes(32)
        with self._changed:
            self._tokens[token] = account_id
        return token

    def redeem_token(self, token: bytes) -> str | None:
        """Return the account of a discharge token, once."""
        with self._changed:
            return self._tokens.pop(token, None)

    def remember_agent(self, identifier: bytes, root_key: bytes, account_id: str) -> None:
        """Keep the root key of a macaroon that an agent is to discharge."""
        with self._changed:
            self._agent_keys[identifier] = root_key, account_id

    def redeem_agent(self, identifier: bytes) -> tuple[bytes, str] | None:
        """Return the root key and account of an agent's macaroon, once."""
        with self._changed:
            return self._agent_keys.pop(identifier, None)
