"""The endpoint set of Enterprise Stores: the Publisher Gateway for snaps, and less of it.

Source: Snap Store reference, section 15.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from craft_store_core.errors import UnsupportedOperationError
from craft_store_core.models import Listing, ReleaseResult
from craft_store_core.plugins import Answer, check_package_name
from craft_store_core.stores.gateway import (
    GatewayAccounts,
    GatewayPackages,
    GatewayReleases,
    GatewayUploads,
)
from craft_store_onprem.flow import ONPREM_ADMIN

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from craft_store_core.models import ReleaseRequest
    from craft_store_core.plugins import HTTPClient, LoginRequest, Store

_NAMESPACE = "snap"
_EXCHANGE = "/v1/tokens/offline/exchange"


class OnPremTokens:
    """The :class:`~craft_store_core.plugins.auth_flows.TokenIssuer` of an Enterprise Store.

    Args:
        store: Whose ``api`` URL exchanges the macaroon.
        http: Sends requests without credentials.
    """

    def __init__(self, store: Store, http: HTTPClient) -> None:
        self._store = store
        self._http = http

    def issue_root(self, flow: str, request: LoginRequest) -> str:
        """Refuse: the admin macaroon comes from the store's own administration tool.

        Raises:
            UnsupportedOperationError: Always.
        """
        raise UnsupportedOperationError(self._store.name, f"login with {flow}")

    def exchange(
        self, flow: str, root: str, discharges: Sequence[str], description: str
    ) -> str | None:
        """Swap an admin macaroon for a token.

        Raises:
            UnsupportedOperationError: Another flow than ``onprem-admin``.
            StoreError: The store refused the macaroon.
        """
        if flow != ONPREM_ADMIN:
            raise UnsupportedOperationError(self._store.name, f"login with {flow}")
        response = self._http.request(
            "POST", f"{self._store.url('api')}{_EXCHANGE}", json={"macaroon": root}, repeatable=True
        )
        answer = Answer(response, f"POST {_EXCHANGE}")
        token = answer.text("macaroon")
        if not token.isascii() or not token.isprintable() or " " in token:
            raise answer.unexpected("The token is not one word of ASCII text.")
        return token


class OnPremEndpoints(GatewayAccounts, GatewayPackages, GatewayReleases, GatewayUploads):
    """What an Enterprise Store can do: less than other gateways, without tracks and resources.

    Args:
        session: Sends the requests of the store.
    """

    artifacts = ("snap",)

    @classmethod
    def token_issuer(cls, store: Store, http: HTTPClient) -> OnPremTokens:
        """Return the side that exchanges the admin macaroon."""
        return OnPremTokens(store, http)

    def permission_for(self, operation: str) -> str | None:
        """Return None: the token of an administrator names no permissions to compare with."""
        return None

    def register_name(
        self,
        name: str,
        *,
        entity_type: str | None = None,
        private: bool = False,
        team: str | None = None,
    ) -> str:
        """Register a name and return the package id.

        Args:
            name: The name.
            entity_type: ``app``, ``gadget`` and so on; by default the store decides.
            private: Show it to nobody else.
            team: Id of the team that shall own it.

        Raises:
            InvalidNameError: No store takes that name; nothing was sent.
            ConflictError: It is taken.
        """
        wanted = {"type": entity_type, "team": team}
        body: dict[str, Any] = {
            "name": check_package_name(name),
            "private": private,
            **{key: value for key, value in wanted.items() if value is not None},
        }
        return self.ask("POST", self.package_path(), json=body, repeatable=False).text("id")

    def release(self, name: str, requests: Iterable[ReleaseRequest]) -> Listing[ReleaseResult]:
        """Release revisions to channels; a request without a revision closes its channel.

        All requests go out at once. What the store answers is not laid down, so that each result
        repeats its request.

        Raises:
            UnsupportedOperationError: Something is to be released with resources; nothing was sent.
        """
        wanted = tuple(requests)
        if any(request.resources for request in wanted):
            raise UnsupportedOperationError(self.store.name, "release with resources")
        self.ask(
            "POST",
            self.package_path(name, "releases"),
            json=[
                {"revision": request.revision, "channel": str(request.channel)}
                for request in wanted
            ],
            repeatable=True,
        )
        return Listing(ReleaseResult(request.channel, request.revision) for request in wanted)

    def package_path(self, *parts: str | int) -> str:
        """Return a path in the one namespace that these stores have."""
        # Whatever the user wrote as the namespace of the store: these stores have one only.
        return self.api_path("v1", _NAMESPACE, *parts)
