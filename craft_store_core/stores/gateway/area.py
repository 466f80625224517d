"""What the parts of the gateway's endpoint set share: paths in the namespace, and asking."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from craft_store_core.errors import InvalidNameError
from craft_store_core.plugins.session import path
from craft_store_core.stores.answers import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from craft_store_core.plugins.session import StoreSession


class GatewayArea:
    """A part of the gateway's endpoints.

    Args:
        session: Sends the requests of the store.
    """

    def __init__(self, session: StoreSession) -> None:
        self._session = session

    def _path(self, *parts: str | int) -> str:
        """Return a path in the namespace of the store."""
        return self._rooted("v1", self._session.store.namespace, *parts)

    def _rooted(self, *parts: str | int) -> str:
        """Return a path on the API.

        Raises:
            InvalidNameError: A part cannot be in a path.
        """
        try:
            return path(*parts)
        except ValueError as error:
            raise InvalidNameError(
                "A name in the request cannot be one.",
                why=f"{error}.",
                advice="Check the names of the package and of the resource.",
            ) from None

    def _ask(
        self,
        method: str,
        target: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        authenticated: bool = True,
        repeatable: bool | None = None,
    ) -> Answer:
        response = self._session.request(
            method,
            target,
            params=params,
            json=json,
            authenticated=authenticated,
            repeatable=repeatable,
        )
        return Answer(response, f"{method} {target}")
