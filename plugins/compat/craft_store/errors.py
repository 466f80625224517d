"""Errors of the documented library: its classes, their texts, and the store's error list.

::

    CraftStoreError
    ├── NetworkError                     there was no answer
    ├── StoreServerError                 the store answered, and the answer says no
    │   └── StoreUnavailableError        the same after all retries; a NetworkError, too
    ├── InvalidResponseError             a successful answer that cannot be read
    ├── InvalidRequestError              (and ValueError) something malformed was asked for
    ├── CredentialsUnavailable           there are none: log in
    ├── CredentialsAlreadyAvailable      a login would overwrite them
    ├── CredentialsNotParseable          they cannot be read
    ├── NoKeyringError                   there is nowhere to keep credentials
    ├── KeyringUnlockError               the keyring is locked
    ├── AuthTokenUnavailableError        a token could not be obtained
    ├── CandidTokenTimeoutError, CandidTokenKindError, CandidTokenValueError
    ├── UbuntuOneOtpRequiredError        log in again with a one-time password
    └── UbuntuOneCredentialsError        Ubuntu One refused
"""

from __future__ import annotations

import json
import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from craft_store_core.http.error_bodies import normal_code, parse_error_body

if TYPE_CHECKING:
    from collections.abc import Iterator

    import requests

logger = logging.getLogger(__name__)


class CraftStoreError(Exception):
    """Base of all errors.

    Args:
        message: What happened.
        details: What is known beside it.
        resolution: What the user can do.
        store_errors: What the store said.
    """

    def __init__(
        self,
        message: str,
        details: str | None = None,
        resolution: str | None = None,
        store_errors: StoreErrorList | None = None,
    ) -> None:
        super().__init__(message)
        self.details = details
        self.resolution = resolution
        self.store_errors = store_errors


class NetworkError(CraftStoreError):
    """There was no answer.

    Args:
        exception: What went wrong on the way.
    """

    def __init__(self, exception: Exception) -> None:
        super().__init__(str(exception))


class StoreErrorList:
    """The store's error list; entries are looked up by their code.

    Codes are compared as the store means them: in any case, ``_`` like ``-``. Entries without a
    code are found under None.

    Args:
        error_list: Dictionaries with ``code`` and ``message``.
    """

    def __init__(self, error_list: list[dict[str, str]]) -> None:
        self._error_list = error_list

    def __str__(self) -> str:
        return "\n".join(
            f"- {entry.get('code')}: {entry.get('message', '')}" for entry in self._error_list
        )

    def __repr__(self) -> str:
        codes = " ".join(str(entry.get("code")) for entry in self._error_list)
        return f"<StoreErrorList: {codes}>"

    def __len__(self) -> int:
        return len(self._error_list)

    def __iter__(self) -> Iterator[dict[str, str]]:
        return iter(self._error_list)

    def __contains__(self, error_code: str | None) -> bool:
        return any(_same(entry.get("code"), error_code) for entry in self._error_list)

    def __getitem__(self, error_code: str | None) -> dict[str, str]:
        for entry in self._error_list:
            if _same(entry.get("code"), error_code):
                return entry
        raise KeyError(error_code)


class StoreServerError(CraftStoreError):
    """The store answered, and the answer says no.

    Args:
        response: The answer, of requests or of httpx.

    Attributes:
        response: The answer.
        error_list: What its body says, whatever form that has; empty when it says nothing.
    """

    def __init__(self, response: requests.Response) -> None:
        self.response = response
        self.error_list = StoreErrorList(self._get_raw_error_list())
        # Named: in the subclass below, the next class is another one.
        CraftStoreError.__init__(self, self._text())

    def _get_raw_error_list(self) -> list[dict[str, str]]:
        return read_error_list(self.response)

    def _text(self) -> str:
        if len(self.error_list):
            return f"Store operation failed:\n{self.error_list}"
        status = self.response.status_code
        reason = getattr(self.response, "reason", None) or getattr(
            self.response, "reason_phrase", None
        )
        return (
            "Issue encountered while processing your request: "
            f"[{status}] {reason or _phrase(status)}."
        )


class StoreUnavailableError(StoreServerError, NetworkError):
    """The store failed, and went on to fail each time that the request was repeated.

    The documented library throws the last answer away and raises a :class:`NetworkError`. This is
    one, and tells what the store said as well.
    """

    def __init__(self, response: requests.Response) -> None:
        StoreServerError.__init__(self, response)

    def _text(self) -> str:
        return f"Maximum retries exceeded trying to reach the store.\n{super()._text()}"


class InvalidResponseError(CraftStoreError):
    """An answer that cannot be read.

    Args:
        response: The answer.
        details: What is wrong with it.
        resolution: What the user can do.
    """

    def __init__(
        self,
        response: requests.Response,
        *,
        details: str | None = None,
        resolution: str | None = None,
    ) -> None:
        self.response = response
        super().__init__(
            f"Store returned an invalid response (status: {response.status_code})",
            details=details,
            resolution=resolution,
        )


class InvalidRequestError(CraftStoreError, ValueError):
    """Something malformed was asked for."""

    def __init__(
        self, message: str, details: str | None = None, resolution: str | None = None
    ) -> None:
        super().__init__(message, details=details, resolution=resolution)


class CredentialsUnavailable(CraftStoreError):
    """There are no credentials."""

    def __init__(self, application: str, host: str) -> None:
        super().__init__(f"No credentials found for {application!r} on {host!r}.")


class CredentialsAlreadyAvailable(CraftStoreError):
    """There are credentials, and a login would overwrite them."""

    def __init__(self, application: str, host: str) -> None:
        super().__init__(f"Credentials found for {application!r} on {host!r}.")


class CredentialsNotParseable(CraftStoreError):
    """Credentials cannot be read."""

    def __init__(self, msg: str = "Expected base64 encoded credentials") -> None:
        super().__init__(f"Credentials could not be parsed. {msg}.")


class NoKeyringError(CraftStoreError):
    """There is no keyring that can be used."""

    def __init__(self) -> None:
        super().__init__("No keyring found to store or retrieve credentials from.")


class KeyringUnlockError(CraftStoreError):
    """The keyring is locked."""

    def __init__(self) -> None:
        super().__init__(
            "Failed to unlock the keyring.",
            resolution="Make sure the password is correct and the keyring is available.",
        )


class AuthTokenUnavailableError(CraftStoreError):
    """A token could not be obtained."""


class CandidTokenTimeoutError(CraftStoreError):
    """Nobody logged in with the browser in time.

    Args:
        url: Where the token was waited for.
    """

    def __init__(self, url: str) -> None:
        super().__init__(f"Timed out waiting for token response from {url!r}.")


class CandidTokenKindError(CraftStoreError):
    """Candid sent a token without its kind.

    Args:
        url: Where the token came from.
    """

    def __init__(self, url: str) -> None:
        super().__init__(f"Empty token kind returned from {url!r}.")


class CandidTokenValueError(CraftStoreError):
    """Candid sent an empty token.

    Args:
        url: Where the token came from.
    """

    def __init__(self, url: str) -> None:
        super().__init__(f"Empty token value returned from {url!r}.")


class UbuntuOneOtpRequiredError(CraftStoreError):
    """The account has a second factor: log in again with a one-time password."""

    def __init__(self) -> None:
        super().__init__("Your account requires a one-time password. Please enter your OTP.")


class UbuntuOneCredentialsError(CraftStoreError):
    """Ubuntu One refused to identify the account.

    Args:
        message: What it said.
        error_code: Its word for it.
    """

    def __init__(self, message: str, *, error_code: str) -> None:
        super().__init__(message)
        self.error_code = error_code


def read_error_list(response: Any) -> list[dict[str, str]]:
    """Return the entries of an error body of any form; empty where it has none. Never fails.

    Args:
        response: Anything with a method ``json``.
    """
    try:
        content = json.dumps(response.json())
    except Exception:  # whatever kind of response it is, its body is no JSON
        logger.debug("the body of a refusal is no JSON")
        return []
    return [_entry(entry) for entry in parse_error_body(content.encode()).entries]


def _entry(entry: Any) -> dict[str, Any]:
    known = {"code": entry.code, "message": entry.message}
    return {**known, "extra": entry.extra} if entry.extra else known


def _same(code: str | None, other: str | None) -> bool:
    if not isinstance(code, str) or not isinstance(other, str):
        return code == other
    return normal_code(code) == normal_code(other)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "unknown status"
