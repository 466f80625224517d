"""What the parts of the gateway's endpoint set share: paths in the namespace, and asking."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from craft_store_core.errors import InvalidNameError
from craft_store_core.plugins.answers import Answer
from craft_store_core.plugins.endpoint_sets import EndpointSet
from craft_store_core.plugins.session import path

if TYPE_CHECKING:
    from collections.abc import Mapping


class GatewayArea(EndpointSet):
    """A part of the gateway's endpoints.

    Args:
        session: Sends the requests of the store.
    """

    def package_path(self, *parts: str | int) -> str:
        """Return a path in the namespace of the store, such as ``/v1/charm/NAME/releases``.

        Raises:
            InvalidNameError: A part cannot be in a path.
        """
        return self.api_path("v1", self.store.namespace, *parts)

    def api_path(self, *parts: str | int) -> str:
        """Return a path on the API, each part encoded.

        Raises:
            InvalidNameError: A part cannot be in a path.
        """
        try:
            return path(*parts)
        except ValueError as error:
            raise InvalidNameError(
                f"{error}.", advice="Check the names of the package and of the resource."
            ) from None

    def ask(
        self,
        method: str,
        target: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        authenticated: bool = True,
        repeatable: bool | None = None,
    ) -> Answer:
        """Send a request of one's own and return what reads its answer.

        Args:
            method: The HTTP method.
            target: A path (see :meth:`package_path`), or a URL that the store sent.
            params: The query.
            json: The JSON body; None sends no body.
            authenticated: Send the account's credentials.
            repeatable: Whether sending twice does no harm; None decides by the method.

        Raises:
            StoreError: The store refused.
            TransportError: There was no answer.
            CredentialError: There are no usable credentials.
        """
        response = self.session.request(
            method,
            target,
            params=params,
            json=json,
            authenticated=authenticated,
            repeatable=repeatable,
        )
        return Answer(response, f"{method} {target}")
