"""Root macaroons of the dashboard, and credentials that are a finished header.

Source: Snap Store reference, sections 5.1, 5.5 and 6.1.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from craft_store_core.auth import UBUNTU_ONE, utc_now
from craft_store_core.credentials import BOUND_MACAROONS, unreadable
from craft_store_core.endpoints.answers import Answer
from craft_store_core.errors import StoreError, UnsupportedOperation
from craft_store_snapstore.area import SERIES
from craft_store_snapstore.errors import refined

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from craft_store_core.auth import AuthContext, LoginRequest
    from craft_store_core.credentials import Credential
    from craft_store_core.http import HTTPClient
    from craft_store_core.stores import Store

_ROOTS = "/dev/api/acl/"


class SnapStoreTokens:
    """The :class:`~craft_store_core.auth.TokenIssuer` of the dashboard.

    Args:
        store: Whose ``api`` URL issues the macaroons.
        http: Sends requests without credentials.
        now: The time, zone-aware.
    """

    def __init__(
        self, store: Store, http: HTTPClient, now: Callable[[], datetime] = utc_now
    ) -> None:
        self._store = store
        self._http = http
        self._now = now

    def issue_root(self, flow: str, request: LoginRequest) -> str:
        """Return a fresh root macaroon, base64url of the binary form.

        Raises:
            UnsupportedOperation: Another flow than Ubuntu One.
            NotFound: A package that the login is to be limited to does not exist.
            BadRequest: A permission, a channel or the lifetime is not allowed.
        """
        if flow != UBUNTU_ONE:
            raise UnsupportedOperation(self._store.name, f"login with {flow}")
        expires = self._now().replace(microsecond=0) + timedelta(seconds=request.ttl)
        body: dict[str, Any] = {
            "permissions": list(request.permissions),
            "description": request.description,
            "expires": expires.isoformat(),
        }
        if request.packages:
            body["packages"] = [{"name": name, "series": SERIES} for _, name in request.packages]
        if request.channels:
            body["channels"] = list(request.channels)
        try:
            # A root that nobody has discharged is of no use to anybody: one too many does no harm.
            response = self._http.request(
                "POST", f"{self._store.url('api')}{_ROOTS}", json=body, repeatable=True
            )
        except StoreError as error:
            raise refined(error) from error
        return Answer(response, f"POST {_ROOTS}").text("macaroon")

    def exchange(
        self, flow: str, root: str, discharges: Sequence[str], description: str
    ) -> str | None:
        """Return None: the dashboard takes root and discharge themselves on every request."""
        return None


class FinishedHeaderFlow:
    """Uses credentials that are a finished header. Nothing in them can be renewed.

    Args:
        context: The store, for errors.
    """

    def __init__(self, context: AuthContext) -> None:
        self._context = context

    def login(self, request: LoginRequest) -> Credential:
        """Refuse: a header comes from elsewhere.

        Raises:
            UnsupportedOperation: Always.
        """
        raise UnsupportedOperation(self._context.store.name, "login with a finished header")

    def prepare(self, credential: Credential) -> Credential:
        """Return the credential: it is ready, or useless."""
        return credential

    def authorization(self, credential: Credential) -> str:
        """Return the header as it was given.

        Raises:
            CredentialsUnreadable: It is of another kind.
        """
        if credential.kind != BOUND_MACAROONS:
            raise unreadable(f"Credentials of kind {credential.kind} are no finished header.")
        return f"Macaroon {credential.token}"
