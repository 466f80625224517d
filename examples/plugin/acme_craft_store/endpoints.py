"""Acme's API: the Publisher Gateway, tokens for API keys, and seals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from craft_store_core.plugins import operation
from craft_store_core.stores.gateway import GatewayEndpoints

if TYPE_CHECKING:
    from craft_store_core.plugins import HTTPClient, Store


class KeyTokens:
    """Exchanges API keys for tokens.

    Args:
        store: Whose ``api`` URL exchanges them.
        http: Sends requests without credentials.
    """

    def __init__(self, store: Store, http: HTTPClient) -> None:
        self._url = f"{store.url('api')}/acme/tokens"
        self._http = http

    def issue_root(self, flow: str, request: object) -> str:
        """Return the root of a login; here it is the name of the flow."""
        del request
        return flow

    def exchange(self, flow: str, root: str, discharges: object, description: str) -> str:
        """Return the token for the API key ``root``.

        Raises:
            StoreError: The store refused the key.
        """
        del flow, discharges
        body = {"key": root, "description": description}
        answer: dict[str, str] = self._http.request("POST", self._url, json=body).json()
        return answer["token"]


class AcmeEndpoints(GatewayEndpoints):
    """Everything that Acme's stores can do."""

    @classmethod
    def token_issuer(cls, store: Store, http: HTTPClient) -> KeyTokens:
        """Return what exchanges API keys."""
        return KeyTokens(store, http)

    @operation("package-manage-seals")
    def seal(self, name: str) -> str:
        """Seal a package and return the seal."""
        return self.ask("POST", self.package_path(name, "seal"), json={}).text("seal")
