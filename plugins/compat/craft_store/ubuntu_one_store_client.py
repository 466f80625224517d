"""A client that logs in with Ubuntu One: e-mail address, password and one-time password."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from craft_store import creds, errors
from craft_store._answers import text_of
from craft_store._sending import sent_once
from craft_store._translation import as_documented
from craft_store.base_client import BaseClient
from craft_store_core.errors import (
    AuthenticationRequiredError,
    HostNotAllowedError,
    UnexpectedResponseError,
)
from craft_store_core.http.error_bodies import store_error
from craft_store_core.plugins.credentials import BOUND_MACAROONS
from craft_store_ubuntu_one.macaroons import read_received, read_stored

if TYPE_CHECKING:
    import requests

    from craft_store.endpoints import Endpoints

_HEADERS = {"Content-Type": "application/json", "Accept": "application/json"}


class UbuntuOneStoreClient(BaseClient):
    """A client that logs in with Ubuntu One. See :class:`BaseClient`.

    The root macaroon and its discharge are kept, and are sent with each request; a discharge that
    the store does not take any more is renewed.

    Args:
        auth_url: Of the single sign-on. The password goes to its host alone.
    """

    TOKEN_TYPE: Final = "u1-macaroon"  # noqa: S105  # the name of a kind, not a secret

    def __init__(
        self,
        *,
        base_url: str,
        storage_base_url: str,
        auth_url: str,
        endpoints: Endpoints,
        application_name: str,
        user_agent: str,
        environment_auth: str | None = None,
        ephemeral: bool = False,
        file_fallback: bool = False,
    ) -> None:
        super().__init__(
            base_url=base_url,
            storage_base_url=storage_base_url,
            endpoints=endpoints,
            application_name=application_name,
            user_agent=user_agent,
            environment_auth=environment_auth,
            ephemeral=ephemeral,
            file_fallback=file_fallback,
        )
        self._auth_url = auth_url

    def _get_authorization_header(self) -> str:
        text = self._auth.get_credentials()
        finished = creds.read_payload(text, creds.NO_UBUNTU_ONE)
        if finished.kind == BOUND_MACAROONS:
            return f"Macaroon {finished.token}"
        kept = creds.unmarshal_u1_credentials(text)
        with as_documented():
            root = read_stored(kept.root)
            bound = root.bind(read_stored(kept.discharge))
        return f"Macaroon root={root.text}, discharge={bound}"

    def _refresh_token(self) -> None:
        """Renew the discharge, without the password, and keep it."""
        if self._endpoints.tokens_refresh is None:
            raise ValueError("tokens_refresh cannot be None")
        kept = creds.unmarshal_u1_credentials(self._auth.get_credentials())
        response = self.http_client.request(
            "POST",
            self._sso_url(self._endpoints.tokens_refresh),
            headers=_HEADERS,
            json={"discharge_macaroon": kept.discharge},
        )
        renewed = kept.with_discharge(text_of(response, "discharge_macaroon"))
        self._auth.set_credentials(creds.marshal_u1_credentials(renewed), force=True)

    def _extract_caveat_id(self, root_macaroon: str) -> str:
        """Return the id of the caveat that the single sign-on must discharge."""
        try:
            return read_received(root_macaroon, "The store").sso_caveat(self._auth_url)
        except (UnexpectedResponseError, HostNotAllowedError) as error:
            raise errors.CraftStoreError(
                "Invalid root macaroon", details=error.why, resolution=error.advice
            ) from error

    def _discharge(self, email: str, password: str, otp: str | None, caveat_id: str) -> str:
        """Identify the account and return the discharge, which is not bound to anything."""
        body = {"email": email, "password": password, "caveat_id": caveat_id}
        options: dict[str, Any] = {}
        if otp:
            body["otp"] = otp
            options["auth"] = sent_once
        response = self.http_client.request(
            "POST",
            self._sso_url(self._endpoints.tokens_exchange),
            headers=_HEADERS,
            json=body,
            **options,
        )
        return text_of(response, "discharge_macaroon")

    def _get_discharged_macaroon(self, root_macaroon: str, **kwargs: Any) -> str:
        """Log in.

        Args:
            root_macaroon: What the store issued.
            **kwargs: ``email``, ``password``, and ``otp`` where the account has a second factor.

        Raises:
            TypeError: E-mail address or password are missing.
        """
        missing = [name for name in ("email", "password") if not kwargs.get(name)]
        if missing:
            raise MissingLoginArgument(missing)
        discharge = self._discharge(
            email=kwargs["email"],
            password=kwargs["password"],
            otp=kwargs.get("otp"),
            caveat_id=self._extract_caveat_id(root_macaroon),
        )
        pair = creds.UbuntuOneMacaroons(root=root_macaroon, discharge=discharge)
        return creds.marshal_u1_credentials(pair)

    def request(
        self,
        method: str,
        url: str,
        params: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        **kwargs: Any,
    ) -> requests.Response:
        """Send a request; renew the discharge and send it again when the store asks for that.

        Args and errors are those of :meth:`BaseClient.request`.
        """
        try:
            return super().request(method, url, params, headers, **kwargs)
        except errors.StoreServerError as error:
            if (
                self._endpoints.tokens_refresh is None
                or not _needs_refresh(error)
                or not _rewind(kwargs.get("data"))
            ):
                raise
            try:
                self._refresh_token()
            except errors.CredentialsNotParseable:
                # What was bound elsewhere cannot be renewed.
                raise error from None
        return super().request(method, url, params, headers, **kwargs)

    def _sso_url(self, target: str) -> str:
        return f"{self._auth_url.rstrip('/')}{target}"


class MissingLoginArgument(errors.CraftStoreError, KeyError):
    """The login needs an e-mail address and a password.

    The documented library lets a ``KeyError`` escape; this is one, too.
    """

    def __init__(self, missing: list[str]) -> None:
        super().__init__(
            f"The login with Ubuntu One needs: {', '.join(missing)}.",
            resolution="Give them to login() by these names.",
        )

    def __str__(self) -> str:
        # That of KeyError would quote the text.
        return str(self.args[0])


def _needs_refresh(error: errors.StoreServerError) -> bool:
    if "macaroon-needs-refresh" in error.error_list:
        return True
    response = error.response
    read = store_error(response.status_code, dict(response.headers), response.content, url="")
    return isinstance(read, AuthenticationRequiredError) and read.needs_refresh


def _rewind(data: Any) -> bool:
    """Prepare a body to be sent again; False when it cannot be."""
    if not hasattr(data, "read"):
        return True
    try:
        data.seek(0)
    except (AttributeError, OSError):
        return False
    return True
