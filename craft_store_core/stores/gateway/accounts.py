"""The account in use and its tokens.

Source: Publisher Gateway reference, sections 3.5, 3.8 and 3.9.
"""

from __future__ import annotations

from craft_store_core.models import Identity, IssuedToken, Listing
from craft_store_core.plugins.endpoint_sets import operation
from craft_store_core.stores.gateway.area import GatewayArea


class GatewayAccounts(GatewayArea):
    """The account in use, and its token list."""

    @operation()
    def whoami(self) -> Identity:
        """Return the account and the limits of the credentials in use."""
        return self.ask("GET", "/v1/tokens/whoami").model(Identity)

    @operation()
    def list_tokens(self, *, include_inactive: bool = False) -> Listing[IssuedToken]:
        """Return the tokens of the account.

        Args:
            include_inactive: Also those that have expired or were revoked.
        """
        params = {"include-inactive": "true"} if include_inactive else None
        return self.ask("GET", "/v1/tokens", params=params).listing(IssuedToken, "macaroons")

    @operation()
    def revoke_token(self, session_id: str) -> Listing[IssuedToken]:
        """End a token before its time and return it as it is then.

        Args:
            session_id: Of the token, see :meth:`list_tokens`.

        Raises:
            NotFoundError: The account has no such token.
        """
        answer = self.ask(
            "POST", "/v1/tokens/revoke", json={"session-id": session_id}, repeatable=True
        )
        return answer.listing(IssuedToken, "macaroons")
