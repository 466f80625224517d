"""The Snap Store's endpoint set, which supports no operation yet and says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from craft_store_core.errors import UnsupportedOperation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from craft_store_core.auth import LoginRequest
    from craft_store_core.endpoints import Operation
    from craft_store_core.http import HTTPClient
    from craft_store_core.session import StoreSession
    from craft_store_core.stores import Store


class SnapStoreDialect:
    """Makes the two sides of the Snap Store's API."""

    def token_issuer(
        self,
        store: Store,
        http: HTTPClient,
    ) -> SnapStoreTokens:
        """Return the side that issues tokens."""
        return SnapStoreTokens(store)

    def endpoint_set(
        self,
        session: StoreSession,
    ) -> SnapStoreEndpoints:
        """Return the endpoint set."""
        return SnapStoreEndpoints()


class SnapStoreTokens:
    """Issues no tokens yet.

    Args:
        store: Named in the error.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def issue_root(self, flow: str, request: LoginRequest) -> NoReturn:
        """Refuse before anybody is asked for a password.

        Raises:
            UnsupportedOperation: Always.
        """
        raise UnsupportedOperation(self._store.name, "login")

    def exchange(
        self, flow: str, root: str, discharges: Sequence[str], description: str
    ) -> NoReturn:
        """Refuse.

        Raises:
            UnsupportedOperation: Always.
        """
        raise UnsupportedOperation(self._store.name, "login")


class SnapStoreEndpoints:
    """Supports no operation yet; the client refuses each of them by name."""

    @property
    def operations(self) -> frozenset[Operation]:
        """Nothing."""
        return frozenset()
