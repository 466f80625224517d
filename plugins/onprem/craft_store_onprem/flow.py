"""The auth flow ``onprem-admin``: an admin macaroon is exchanged for a token.

Source: Snap Store reference, section 15.2; Publisher Gateway reference, section 3.14.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from craft_store_core.errors import UnexpectedResponseError, UsageError
from craft_store_core.plugins import MACAROON, AuthFlow, Credential, unreadable
from craft_store_onprem.plugin import ADMIN_MACAROON

if TYPE_CHECKING:
    from craft_store_core.plugins import AuthContext, LoginRequest

ONPREM_ADMIN = "onprem-admin"
"""Name by which the issuer knows the flow."""


class OnPremAdminFlow(AuthFlow):
    """Logs in with an admin macaroon. The token that it gives cannot be renewed.

    Args:
        context: The store, its issuer and the person. Nothing is sent until a method is called.
    """

    def __init__(self, context: AuthContext) -> None:
        self._context = context

    def login(self, request: LoginRequest) -> Credential:
        """Exchange the admin macaroon for a token.

        Uses the answer ``admin-macaroon``, else the variable ``SNAPCRAFT_ADMIN_MACAROON``, else
        asks. Such a store takes no limits: what the request says of permissions, packages,
        channels and lifetime has no effect, so limits are refused.

        Raises:
            UsageError: The login is to be limited; or nobody can be asked for the macaroon.
            StoreError: The store refused the macaroon.
        """
        if request.packages or request.channels:
            raise UsageError(
                f"A login to {self._context.store.name} cannot be limited to packages or channels.",
                why="An Enterprise Store issues tokens with all permissions of its administrator.",
                advice="Log in without --package and --channel.",
            )
        macaroon = self._context.answer(ADMIN_MACAROON, request)
        token = self._context.issuer.exchange(
            ONPREM_ADMIN, macaroon.strip(), (), request.description
        )
        if token is None:
            raise UnexpectedResponseError(f"{self._context.store.name} did not issue a token.")
        return Credential(MACAROON, token, host=self._context.store.host)

    def prepare(self, credential: Credential) -> Credential:
        """Return the credential: a token is ready."""
        return credential

    def authorization(self, credential: Credential) -> str:
        """Return ``macaroon`` and the token: these stores want the word in lower case.

        Raises:
            CredentialsUnreadableError: It is of another kind.
        """
        if credential.kind != MACAROON:
            raise unreadable(f"An Enterprise Store cannot use credentials of {credential.kind}.")
        return f"macaroon {credential.token}"
