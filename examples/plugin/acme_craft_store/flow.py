"""The login with an API key, and its renewal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acme_craft_store.plugin import KEY
from craft_store_core.plugins import AuthFlow, Credential, unreadable

if TYPE_CHECKING:
    from craft_store_core.plugins import AuthContext, LoginRequest

KIND = "acme-key"


class KeyFlow(AuthFlow):
    """Exchanges an API key for a short token, again and again.

    Args:
        context: The store, its token issuer, and the person to ask.
    """

    def __init__(self, context: AuthContext) -> None:
        self._context = context

    def login(self, request: LoginRequest) -> Credential:
        """Ask for the key and exchange it.

        Raises:
            UsageError: The key is empty.
            StoreError: The store refused the key.
        """
        key = self._context.answer(KEY, request)
        credential = Credential(KIND, {"key": key}, host=self._context.store.host)
        return credential.with_exchanged(self._token(key, request.description))

    def authorization(self, credential: Credential) -> str:
        """Return the header with the token."""
        if credential.kind != KIND or credential.exchanged is None:
            raise unreadable("They are not an API key of Acme.")
        return f"Bearer {credential.exchanged}"

    def refresh(self, credential: Credential) -> Credential:
        """Exchange the key again."""
        return credential.with_exchanged(self._token(credential.part("key"), "renewal"))

    def _token(self, key: str, description: str) -> str:
        token = self._context.issuer.exchange(KIND, key, (), description)
        if token is None:
            raise unreadable("The store gave no token for the API key.")
        return token
