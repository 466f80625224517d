"""Root macaroons of the dashboard, its tokens, and credentials that are a finished header.

Source: Snap Store reference, sections 5.1, 5.5, 5.7, 5.8 and 6.1.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from craft_store_core.errors import StoreError, UnsupportedOperationError
from craft_store_core.plugins import (
    BOUND_MACAROONS,
    CANDID,
    UBUNTU_ONE,
    Answer,
    AuthFlow,
    unreadable,
    utc_now,
)
from craft_store_core.stores.gateway import macaroons_header
from craft_store_snapstore.area import SERIES
from craft_store_snapstore.errors import refined

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from craft_store_core.plugins import AuthContext, Credential, HTTPClient, LoginRequest, Store

_ROOTS = {UBUNTU_ONE: "/dev/api/acl/", CANDID: "/api/v2/tokens"}
_EXCHANGE = "/api/v2/tokens/exchange"


class SnapStoreTokens:
    """The :class:`~craft_store_core.plugins.auth_flows.TokenIssuer` of the dashboard.

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
        """Return a fresh root macaroon.

        Returns:
            For Ubuntu One the binary form as base64url, for Candid the JSON form (both as text).

        Raises:
            UnsupportedOperationError: Another flow than these.
            NotFoundError: A package that the login is to be limited to does not exist.
            BadRequestError: A permission, a channel or the lifetime is not allowed.
        """
        if flow not in _ROOTS:
            raise UnsupportedOperationError(self._store.name, f"login with {flow}")
        expires = self._now().replace(microsecond=0) + timedelta(seconds=request.ttl)
        body: dict[str, Any] = {
            "permissions": list(request.permissions),
            "description": request.description,
            "expires": expires.isoformat(),
        }
        if request.packages:
            series = {} if flow == CANDID else {"series": SERIES}
            body["packages"] = [{"name": name, **series} for _, name in request.packages]
        if request.channels:
            body["channels"] = list(request.channels)
        # A root that nobody has discharged is of no use to anybody: one too many does no harm.
        answer = self._post(_ROOTS[flow], body)
        root = answer.value("macaroon")
        if flow == CANDID and isinstance(root, dict):
            return json.dumps(root, separators=(",", ":"))
        return answer.text("macaroon")

    def exchange(
        self, flow: str, root: str, discharges: Sequence[str], description: str
    ) -> str | None:
        """Swap what Candid discharged for a token.

        Returns:
            The token; None for Ubuntu One, whose root and discharge the dashboard takes themselves
            on every request.

        Raises:
            StoreError: The discharges are not valid, or too old.
        """
        if flow != CANDID:
            return None
        answer = self._post(_EXCHANGE, {}, {"Macaroons": macaroons_header(root, discharges)})
        return answer.text("macaroon")

    def _post(self, target: str, body: Any, headers: Mapping[str, str] | None = None) -> Answer:
        try:
            response = self._http.request(
                "POST",
                f"{self._store.url('api')}{target}",
                json=body,
                headers=headers,
                repeatable=True,
            )
        except StoreError as error:
            raise refined(error) from error
        return Answer(response, f"POST {target}")


class FinishedHeaderFlow(AuthFlow):
    """Uses credentials that are a finished header. Nothing in them can be renewed.

    Args:
        context: The store, for errors.
    """

    def __init__(self, context: AuthContext) -> None:
        self._context = context

    def login(self, request: LoginRequest) -> Credential:
        """Refuse: a header comes from elsewhere.

        Raises:
            UnsupportedOperationError: Always.
        """
        raise UnsupportedOperationError(self._context.store.name, "login with a finished header")

    def prepare(self, credential: Credential) -> Credential:
        """Return the credential: it is ready, or useless."""
        return credential

    def authorization(self, credential: Credential) -> str:
        """Return the header as it was given.

        Raises:
            CredentialsUnreadableError: It is of another kind.
        """
        if credential.kind != BOUND_MACAROONS:
            raise unreadable(f"Credentials of kind {credential.kind} are not a complete header.")
        return f"Macaroon {credential.token}"
