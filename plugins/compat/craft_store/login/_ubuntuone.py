"""Logging in to a Publisher Gateway with Ubuntu One.

Source: Publisher Gateway reference, sections 3.10 and 3.11.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

import pymacaroons

from craft_store import creds, errors
from craft_store._answers import text_of
from craft_store._gateway_http import USER_AGENT, GatewayHTTP
from craft_store._sending import make_core_client
from craft_store._translation import documented
from craft_store.auth import Auth
from craft_store.http_client import patience_from_environment
from craft_store_core.errors import (
    AuthenticationError,
    ConfigurationError,
    OneTimePasswordRequiredError,
    OneTimePasswordUnconfirmedError,
    StoreError,
    TransportError,
    UnexpectedResponseError,
)
from craft_store_ubuntu_one.macaroons import read_received
from craft_store_ubuntu_one.sso import SingleSignOn

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from pymacaroons.caveat import Caveat

UBUNTU_ONE = "https://login.ubuntu.com"
"""The single sign-on of the public stores."""

_SECONDS_PER_DAY = 86400
_DEFAULT_PERMISSIONS = ("account-view-packages",)


class UbuntuOneLogin:
    """Logs in with Ubuntu One and keeps the result.

    Args:
        base_url: Of the gateway.
        login_url: Of the single sign-on. The password goes to its host alone.
        application_name: Under what the login is kept in the keyring.
        store_auth: Where it is kept; by default in the keyring.
    """

    def __init__(
        self,
        base_url: str,
        *,
        login_url: str = UBUNTU_ONE,
        application_name: str = "craft-store",
        store_auth: Auth | None = None,
    ) -> None:
        self._api_base_url = base_url
        self._login_url = login_url
        self._application_name = application_name
        self._store_auth = store_auth or Auth(application_name, urlsplit(base_url).netloc)

    @classmethod
    def login_with(
        cls,
        email: str,
        password: str,
        *,
        base_url: str,
        login_url: str = UBUNTU_ONE,
        application_name: str = "craft-store",
        store_auth: Auth | None = None,
        otp: str | None = None,
        permissions: Collection[str] | None = None,
        channels: Collection[str] | None = None,
        packages: Collection[Mapping[str, str]] | None = None,
        ttl: int = _SECONDS_PER_DAY,
    ) -> tuple[pymacaroons.Macaroon, pymacaroons.Macaroon]:
        """Log in and keep the result, in place of what was kept before.

        Args:
            email: The account's address.
            password: Its password.
            base_url: Of the gateway.
            login_url: Of the single sign-on.
            application_name: Under what the login is kept in the keyring.
            store_auth: Where it is kept; by default in the keyring.
            otp: A one-time password, where the account has a second factor.
            permissions: What the login allows; by default to list the account's packages.
            channels: Limit it to these channels.
            packages: Limit it to these packages, each with ``type`` and ``name`` or ``id``.
            ttl: Its lifetime in seconds.

        Returns:
            The root macaroon and its discharge, which is not bound to it.

        Raises:
            UbuntuOneOtpRequiredError: The account has a second factor; give ``otp``.
            UbuntuOneCredentialsError: Ubuntu One refused.
            InvalidRequestError: The store refused to issue a root macaroon for this.
            InvalidResponseError: An answer cannot be read.
            NetworkError: There was no answer.
        """
        login = cls(
            base_url,
            login_url=login_url,
            application_name=application_name,
            store_auth=store_auth,
        )
        root, discharge = login._login(
            email,
            password,
            otp=otp,
            permissions=permissions,
            channels=channels,
            packages=packages,
            ttl=ttl,
        )
        login._save_credentials(root, discharge)
        return root, discharge

    def _login(
        self,
        email: str,
        password: str,
        *,
        otp: str | None = None,
        permissions: Collection[str] | None = None,
        channels: Collection[str] | None = None,
        packages: Collection[Mapping[str, str]] | None = None,
        ttl: int = _SECONDS_PER_DAY,
    ) -> tuple[pymacaroons.Macaroon, pymacaroons.Macaroon]:
        """Return a root macaroon and its discharge."""
        root = self._get_macaroon(
            permissions=_DEFAULT_PERMISSIONS if permissions is None else permissions,
            channels=channels,
            packages=packages,
            ttl=ttl,
        )
        return root, self._discharge_macaroon(root, email=email, password=password, otp=otp)

    def _get_macaroon(
        self,
        *,
        permissions: Collection[str],
        channels: Collection[str] | None = None,
        packages: Collection[Mapping[str, str]] | None = None,
        ttl: int = _SECONDS_PER_DAY,
    ) -> pymacaroons.Macaroon:
        """Return a fresh root macaroon."""
        body: dict[str, Any] = {"permissions": list(permissions), "ttl": ttl}
        if channels is not None:
            body["channels"] = list(channels)
        if packages is not None:
            body["packages"] = [dict(package) for package in packages]
        response = GatewayHTTP(self._api_base_url).request("POST", "/v1/tokens/usso", json=body)
        if response.status_code >= 400:
            self._refuse_request(response)
        return _macaroon(text_of(response, "macaroon"), response)

    def _get_login_caveat(self, caveats: list[Caveat]) -> Caveat:
        """Return the caveat that the single sign-on discharges.

        Raises:
            CraftStoreError: None of them asks for an identity.
        """
        asking = [caveat for caveat in caveats if caveat.third_party()]
        if not asking:
            raise errors.CraftStoreError("Invalid macaroon: no third-party caveats found")
        host = urlsplit(self._login_url).netloc
        return next(
            (caveat for caveat in asking if _host_of(str(caveat.location)) == host), asking[0]
        )

    def _discharge_macaroon(
        self,
        macaroon: pymacaroons.Macaroon,
        *,
        email: str,
        password: str,
        otp: str | None = None,
    ) -> pymacaroons.Macaroon:
        """Identify the account and return the discharge."""
        caveat = self._get_login_caveat(macaroon.caveats)
        http = make_core_client(USER_AGENT, patience_from_environment())
        sso = SingleSignOn(http, self._login_url.rstrip("/"))
        try:
            discharge = sso.discharge(
                email=email, password=password, caveat_id=str(caveat.caveat_id), otp=otp or None
            )
        except OneTimePasswordRequiredError as error:
            raise errors.UbuntuOneOtpRequiredError from error
        except (OneTimePasswordUnconfirmedError, TransportError, ConfigurationError) as error:
            raise documented(error) from error
        except AuthenticationError as error:
            raise _credentials_error(error) from error
        except (StoreError, UnexpectedResponseError) as error:
            raise errors.CraftStoreError(
                error.message, details=error.why, resolution=error.advice
            ) from error
        return pymacaroons.Macaroon.deserialize(discharge.text)

    def _save_credentials(
        self, root: pymacaroons.Macaroon, discharge: pymacaroons.Macaroon
    ) -> None:
        pair = creds.UbuntuOneMacaroons(root=root.serialize(), discharge=discharge.serialize())
        self._store_auth.set_credentials(creds.marshal_u1_credentials(pair), force=True)

    @staticmethod
    def _refuse_request(response: Any) -> NoReturn:
        entries = errors.read_error_list(response)
        if response.status_code not in {400, 401}:
            raise errors.StoreServerError(response)
        message = next((entry["message"] for entry in entries if entry["message"]), None)
        code = next((entry["code"] for entry in entries if entry["code"]), None)
        raise errors.InvalidRequestError(
            message or "Ubuntu One rejected the macaroon request.", details=code
        )


def _macaroon(text: str, response: Any) -> pymacaroons.Macaroon:
    try:
        return pymacaroons.Macaroon.deserialize(read_received(text, "The store").text)
    except UnexpectedResponseError as error:
        raise errors.InvalidResponseError(
            response, details=error.why, resolution=error.advice
        ) from error


def _credentials_error(error: AuthenticationError) -> errors.UbuntuOneCredentialsError:
    cause = error.__cause__
    entries = cause.entries if isinstance(cause, StoreError) else ()
    message = next((entry.message for entry in entries if entry.message), error.message)
    code = next((entry.code for entry in entries if entry.code), error.code)
    translated = errors.UbuntuOneCredentialsError(message, error_code=code)
    translated.details, translated.resolution = error.why, error.advice
    return translated


def _host_of(location: str) -> str:
    return urlsplit(location).netloc if "://" in location else location
