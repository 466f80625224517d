"""Turning what is kept into the ``Authorization`` header of a Publisher Gateway.

The objects here are taken by :class:`~craft_store.publisher.PublisherGateway`, and as well by the
option ``auth`` of requests and of httpx: they are called with a request and put the header into it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Literal

from craft_store import creds, errors
from craft_store._answers import text_of
from craft_store._gateway_http import GatewayHTTP
from craft_store._translation import as_documented
from craft_store_core.plugins.credentials import DEVELOPER_TOKEN, U1_MACAROON
from craft_store_ubuntu_one.macaroons import read_stored

if TYPE_CHECKING:
    from collections.abc import Generator

    from craft_store.auth import Auth

_SCHEMES = {"bearer": "Bearer", "macaroon": "Macaroon"}
_EXCHANGE = "/v1/tokens/usso/exchange"


class _StoreAuth(ABC):
    """Puts a token into requests; it is read when the first request is sent."""

    def __init__(self, auth: Auth) -> None:
        self._auth = auth
        self._token: str | None = None

    def __call__(self, request: Any) -> Any:
        """Put the header into a request of requests or httpx, and return it."""
        request.headers["Authorization"] = self._format_auth_header()
        return request

    def auth_flow(self, request: Any) -> Generator[Any, Any, None]:
        """Yield the request with the header, as the flows of httpx do."""
        yield self(request)

    sync_auth_flow = auth_flow

    @abstractmethod
    def get_token_from_keyring(self) -> str:
        """Return the token, made of what is kept."""

    @abstractmethod
    def _format_auth_header(self) -> str:
        """Return the value of the header."""

    def _token_once(self) -> str:
        if self._token is None:
            self._token = self.get_token_from_keyring()
        return self._token


class _TokenAuth(_StoreAuth):
    """One token under a scheme.

    Args:
        auth: Where it is kept.
        auth_type: The scheme.
    """

    def __init__(self, *, auth: Auth, auth_type: Literal["bearer", "macaroon"] = "bearer") -> None:
        super().__init__(auth)
        if auth_type not in _SCHEMES:
            raise ValueError(f"the type of authorization is one of {', '.join(_SCHEMES)}")
        self._auth_type = auth_type

    def _update_headers(self, request: Any) -> None:
        self(request)

    def _format_auth_header(self) -> str:
        return f"{_SCHEMES[self._auth_type]} {self._token_once()}"


class CandidAuth(_TokenAuth):
    """The token of a login by Candid.

    Args:
        auth: Where it is kept.
        auth_type: The scheme of the header.
    """

    def __init__(
        self, *, auth: Auth, auth_type: Literal["bearer", "macaroon"] = "macaroon"
    ) -> None:
        super().__init__(auth=auth, auth_type=auth_type)

    def get_token_from_keyring(self) -> str:
        """Return the token.

        Raises:
            CredentialsUnavailable: There is none.
            CredentialsNotParseable: What is kept is of another kind.
        """
        return creds.unmarshal_candid_credentials(self._auth.get_credentials())


class DeveloperTokenAuth(_TokenAuth):
    """A token that the store's web site gave out.

    Args:
        auth: Where it is kept.
        auth_type: The scheme of the header.
    """

    def get_token_from_keyring(self) -> str:
        """Return the token.

        Raises:
            CredentialsUnavailable: There is none.
            CredentialsNotParseable: What is kept is of another kind.
        """
        kept = self._auth.get_credentials()
        credential = creds.read_payload(kept, creds.NO_DEVELOPER_TOKEN)
        if credential.kind != DEVELOPER_TOKEN:
            raise errors.CredentialsNotParseable(creds.NO_DEVELOPER_TOKEN)
        return credential.token


class UbuntuOneAuth(_StoreAuth):
    """The token for which a login with Ubuntu One is exchanged.

    The exchange happens when the first request is sent, and the token is kept in place of what it
    was exchanged for.

    Args:
        auth: Where the login is kept.
        api_base_url: Of the store that exchanges it.
        client_description: Label of the token in the account's list.
    """

    def __init__(
        self, *, auth: Auth, api_base_url: str, client_description: str = "craft-store"
    ) -> None:
        super().__init__(auth)
        self._api_base_url = api_base_url
        self._client_description = client_description

    def get_token_from_keyring(self) -> str:
        """Return the token; exchange the login for it first, where that was not done.

        Raises:
            CredentialsUnavailable: There is neither.
            CredentialsNotParseable: What is kept cannot be read.
            CraftStoreError: The store does not exchange it.
            InvalidResponseError: The store sent no token.
        """
        kept = self._auth.get_credentials()
        credential = creds.read_payload(kept, creds.NO_UBUNTU_ONE)
        if credential.kind != U1_MACAROON:
            return credential.secret if isinstance(credential.secret, str) else kept
        if credential.exchanged is not None:
            return credential.exchanged
        pair = creds.unmarshal_u1_credentials(kept)
        with as_documented():
            root = read_stored(pair.root)
            bound = root.bind(read_stored(pair.discharge))
        token = self._exchange(f"Macaroon root={root.text}, discharge={bound}")
        self._cache_exchange_token(token)
        return token

    def _exchange(self, header: str) -> str:
        response = GatewayHTTP(self._api_base_url).request(
            "POST",
            _EXCHANGE,
            json={"client-description": self._client_description},
            headers={"Authorization": header},
        )
        if response.status_code >= 400:
            raise errors.CraftStoreError(
                "Ubuntu One macaroon exchange failed.",
                details=self._extract_error_message(response),
                store_errors=errors.StoreErrorList(errors.read_error_list(response)),
            )
        return text_of(response, "macaroon")

    def _format_auth_header(self) -> str:
        return f"Macaroon {self._token_once()}"

    def _cache_exchange_token(self, token: str) -> None:
        self._auth.set_credentials(token, force=True)
        self._token = token

    @staticmethod
    def _extract_error_message(response: Any) -> str | None:
        entries = errors.read_error_list(getattr(response, "response", response))
        return next((entry["message"] for entry in entries if entry["message"]), None)
