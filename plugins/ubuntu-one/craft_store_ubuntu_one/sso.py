"""Ubuntu One single sign-on: discharging a caveat, renewing a discharge, and its refusals.

Source: Publisher Gateway reference, section 3.11.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn
from urllib.parse import urlsplit

from craft_store_core.errors import (
    AccountUnusableError,
    AuthenticationError,
    CredentialsExpiredError,
    OneTimePasswordRefusedError,
    OneTimePasswordRequiredError,
    OneTimePasswordUnconfirmedError,
    RateLimitedError,
    StoreError,
    StoreUnavailableError,
    TransportError,
    UnexpectedResponseError,
    WrongCredentialsError,
)
from craft_store_core.plugins import normal_code
from craft_store_ubuntu_one.macaroons import Macaroon, read_received

if TYPE_CHECKING:
    from craft_store_core.errors import CraftStoreError, ErrorEntry
    from craft_store_core.plugins import HTTPClient, Response

_SENDER = "Ubuntu One"
_UNUSABLE = {
    "account-suspended": "The account is suspended.",
    "account-deactivated": "The account is deactivated.",
    "email-invalidated": "The e-mail address of the account is no longer valid.",
    "password-policy-error": "The password of the account must be changed.",
}
_WRONG_FIELDS = frozenset({"email", "password"})


class SingleSignOn:
    """The single sign-on service of one store. Passwords go nowhere else.

    Args:
        http: Sends the requests.
        base_url: Where the service is, without a trailing slash; a path in it is kept.
    """

    def __init__(self, http: HTTPClient, base_url: str) -> None:
        self.base_url = base_url
        self._http = http

    def discharge(
        self, *, email: str, password: str, caveat_id: str, otp: str | None = None
    ) -> Macaroon:
        """Identify the account and return the discharge of a caveat, unbound.

        Raises:
            WrongCredentialsError: The e-mail address or the password is wrong.
            OneTimePasswordRequiredError: The account has a second factor and ``otp`` is None.
            OneTimePasswordRefusedError: The one-time password is wrong or was used before.
            OneTimePasswordUnconfirmedError: It was sent, and no answer says whether it was used.
            AccountUnusableError: The account cannot log in.
            AuthenticationError: The service refused for another reason.
            RateLimitedError: Too many attempts.
            StoreUnavailableError: The service failed; no one-time password was sent.
            TransportError: There was no answer; no one-time password was sent.
            UnexpectedResponseError: The answer cannot be read.

        Source: Publisher Gateway reference, section 3.11.1.
        """
        body = {"email": email, "password": password, "caveat_id": caveat_id}
        if otp is not None:
            body["otp"] = otp
        try:
            response = self._post("discharge", body, repeatable=False, once=otp is not None)
        except StoreError as error:
            self._refuse(error, otp_sent=otp is not None)
        except TransportError as error:
            if otp is not None and error.may_have_arrived:
                raise self._unconfirmed(error) from error
            raise
        return _read_discharge(response)

    def refresh(self, discharge: str) -> Macaroon:
        """Return a newer discharge for an unbound one, without asking for the password.

        Raises:
            CredentialsExpiredError: The account must log in again.
            AccountUnusableError: The account cannot log in.
            UnexpectedResponseError: The answer cannot be read.

        Source: Publisher Gateway reference, section 3.11.2.
        """
        try:
            response = self._post("refresh", {"discharge_macaroon": discharge}, repeatable=True)
        except StoreError as error:
            if error.status in {400, 401} or (
                error.status == 403 and not _codes(error) & _UNUSABLE.keys()
            ):
                raise CredentialsExpiredError(
                    "Ubuntu One no longer renews the login.",
                    why=_reason(error),
                    advice="Log in again with 'craft-store login'.",
                ) from error
            self._refuse(error)
        return _read_discharge(response)

    def _post(
        self, operation: str, body: dict[str, str], *, repeatable: bool, once: bool = False
    ) -> Response:
        return self._http.request(
            "POST",
            f"{self.base_url}/api/v2/tokens/{operation}",
            headers={"Accept": "application/json"},
            json=body,
            repeatable=repeatable,
            once=once,
        )

    def _unconfirmed(self, error: CraftStoreError) -> OneTimePasswordUnconfirmedError:
        return OneTimePasswordUnconfirmedError(
            "Ubuntu One received the one-time password, but did not confirm the login.",
            why=f"{error.message} {error.why or ''}".strip()
            + " The code may have been used, and each code works once.",
            advice="Wait until your authenticator shows the next code, then log in again with it.",
        )

    def _refuse(self, error: StoreError, *, otp_sent: bool = False) -> NoReturn:
        """Raise what an error answer means; the body decides, the status only without one."""
        codes = _codes(error)
        why = _reason(error)
        if "twofactor-required" in codes or any(
            "otp required" in entry.message.lower() for entry in error.entries
        ):
            raise OneTimePasswordRequiredError(
                "The account requires a one-time password.",
                why=why,
                advice=(
                    "Pass the current code of your authenticator with --otp-file, or as the answer "
                    "'otp'."
                ),
            ) from error
        if "twofactor-failure" in codes or "otp" in _fields(error):
            raise OneTimePasswordRefusedError(
                "Ubuntu One did not accept the one-time password.",
                why=why,
                advice=(
                    "Each code works once, for a short time. Use the next code, and "
                    "check the clock "
                    "of the device that generates the codes."
                ),
            ) from error
        for code in sorted(codes & _UNUSABLE.keys()):
            raise AccountUnusableError(
                "The Ubuntu One account cannot be used to log in.",
                why=_UNUSABLE[code],
                advice=f"Check the account at {self.base_url}.",
            ) from error
        if error.status == 429 or "too-many-requests" in codes:
            raise RateLimitedError(
                "Ubuntu One temporarily refuses login attempts.",
                status=error.status,
                entries=error.entries,
                request_id=error.request_id,
                why=why,
                advice="Wait a few minutes, then log in again.",
            ) from error
        if isinstance(error, StoreUnavailableError):
            raise self._unconfirmed(error) if otp_sent else error from error
        if "invalid-credentials" in codes or _fields(error) & _WRONG_FIELDS:
            raise WrongCredentialsError(
                "Ubuntu One did not accept the e-mail address and password.",
                why=why,
                advice=f"Check both. Reset a forgotten password at {self.base_url}.",
            ) from error
        raise AuthenticationError(
            f"Ubuntu One refused the login (HTTP {error.status}).",
            why=why,
            advice=(
                "Check the 'sso' URL of the store, which leads to "
                f"{urlsplit(self.base_url).netloc}. "
                "Log in there with a browser to see whether the account has a problem."
            ),
        ) from error


def _read_discharge(response: Response) -> Macaroon:
    document = response.json_object()
    if "discharge_macaroon" not in document:
        raise UnexpectedResponseError(
            "Ubuntu One did not send a discharge macaroon.",
            request_id=response.request_id,
            why="The key 'discharge_macaroon' is missing in its response.",
            advice="Check the 'sso' URL of the store.",
        )
    return read_received(document["discharge_macaroon"], _SENDER)


def _codes(error: StoreError) -> frozenset[str]:
    """The codes in one spelling; servers use both cases, and ``_`` as well as ``-``."""
    return frozenset(normal_code(code) for code in error.codes)


def _fields(error: StoreError) -> frozenset[str]:
    """The fields that an answer ``INVALID_DATA`` names."""
    if "invalid-data" not in _codes(error):
        return frozenset()
    return frozenset(field for entry in error.entries for field in _extra_of(entry))


def _extra_of(entry: ErrorEntry) -> frozenset[str]:
    # In a body with both spellings of the error, the fields stand beside the list.
    outer = entry.extra.get("extra")
    return frozenset({*entry.extra, *(outer if isinstance(outer, dict) else {})} - {"extra"})


def _reason(error: StoreError) -> str | None:
    messages = [entry.message for entry in error.entries if entry.message]
    text = " ".join(messages) or error.why
    fields = ", ".join(sorted(_fields(error)))
    if fields:
        text = f"{text or 'Invalid data.'} Fields: {fields}."
    return text
