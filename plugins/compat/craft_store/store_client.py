"""A client that logs in by Candid, with a browser."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from craft_store import creds
from craft_store._answers import text_of
from craft_store.base_client import BaseClient

if TYPE_CHECKING:
    from craft_store._candid_login import BakeryClient, WebBrowserWaitingInteractor

__all__ = ["StoreClient", "WebBrowserWaitingInteractor"]


def __getattr__(name: str) -> Any:
    # It needs macaroonbakery, which is slow to import and of use to a login alone.
    if name == "WebBrowserWaitingInteractor":
        from craft_store._candid_login import WebBrowserWaitingInteractor

        return WebBrowserWaitingInteractor
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class StoreClient(BaseClient):
    """A client that logs in by Candid. See :class:`BaseClient`."""

    TOKEN_TYPE: Final = "macaroon"  # noqa: S105  # the name of a kind, not a secret

    @cached_property
    def _bakery_client(self) -> BakeryClient:
        from craft_store._candid_login import BakeryClient

        return BakeryClient(self.http_client.user_agent)

    def _get_authorization_header(self) -> str:
        token = creds.unmarshal_candid_credentials(self._auth.get_credentials())
        return f"Macaroon {token}"

    def _candid_discharge(self, macaroon: str) -> str:
        """Return a root macaroon and its discharges as the ``Macaroons`` header has them."""
        return self._bakery_client.macaroons_header(macaroon)

    def _authorize_token(self, candid_discharged_macaroon: str) -> str:
        """Return the token for which the store takes what Candid discharged."""
        response = self.http_client.request(
            "POST",
            self._url(self._endpoints.tokens_exchange),
            headers={"Macaroons": candid_discharged_macaroon},
            json={},
        )
        return text_of(response, "macaroon")

    def _get_discharged_macaroon(self, root_macaroon: str, **_kwargs: Any) -> str:
        token = self._authorize_token(self._candid_discharge(root_macaroon))
        return creds.marshal_candid_credentials(token)
