"""The single sign-on service: what its refusals mean."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import pytest

from craft_store_core.errors import (
    AccountUnusableError,
    AuthenticationError,
    CraftStoreError,
    CredentialsExpiredError,
    ExitCode,
    OneTimePasswordRefusedError,
    OneTimePasswordRequiredError,
    OneTimePasswordUnconfirmedError,
    RateLimitedError,
    StoreUnavailableError,
    StoreUnreachableError,
    UnexpectedResponseError,
    WrongCredentialsError,
)
from craft_store_core.plugins import HTTPClient, RetryPolicy
from craft_store_ubuntu_one.sso import SingleSignOn

if TYPE_CHECKING:
    from collections.abc import Callable

PASSWORD = "correct horse battery"
PAGE = "<html><head><title>Hotel network</title></head></html>"


def listed(code: str, message: str = "") -> dict[str, Any]:
    return {"error_list": [{"code": code, "message": message}]}


@pytest.fixture
def service(http: HTTPClient, sso: Any) -> SingleSignOn:
    return SingleSignOn(http, sso.url)


@pytest.fixture
def discharge(service: SingleSignOn) -> Callable[[], object]:
    return lambda: service.discharge(
        email="jo@example.com", password=PASSWORD, caveat_id="caveat-1", otp="123456"
    )


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (401, {"code": "INVALID_CREDENTIALS", "message": "no"}, WrongCredentialsError),
        (401, listed("invalid-credentials", "no"), WrongCredentialsError),
        (401, {"code": "TWOFACTOR_REQUIRED", "message": ""}, OneTimePasswordRequiredError),
        (401, {"code": "TwoFactor-Required", "message": ""}, OneTimePasswordRequiredError),
        (401, listed("twofactor-required"), OneTimePasswordRequiredError),
        (401, {"code": "TWOFACTOR_REQUIRED", **listed("twofactor-required")},
         OneTimePasswordRequiredError),
        (401, {"code": "X", "message": "An OTP required here"}, OneTimePasswordRequiredError),
        (403, {"code": "TWOFACTOR_FAILURE", "message": ""}, OneTimePasswordRefusedError),
        (403, listed("twofactor-failure"), OneTimePasswordRefusedError),
        (400, {"code": "INVALID_DATA", "message": "", "extra": {"otp": ["Too long."]}},
         OneTimePasswordRefusedError),
        (400, {"code": "INVALID_DATA", "message": "", "extra": {"email": ["No address."]}},
         WrongCredentialsError),
        (400, {"code": "INVALID_DATA", "extra": {"email": ["x"]}, **listed("invalid-data")},
         WrongCredentialsError),
        (400, {"code": "INVALID_DATA", "message": "", "extra": {"caveat_id": ["x"]}},
         AuthenticationError),
        (403, {"code": "ACCOUNT_SUSPENDED", "message": ""}, AccountUnusableError),
        (403, {"code": "ACCOUNT_DEACTIVATED", "message": ""}, AccountUnusableError),
        (403, {"code": "EMAIL_INVALIDATED", "message": ""}, AccountUnusableError),
        (403, listed("password-policy-error"), AccountUnusableError),
        (429, {"code": "TOO_MANY_REQUESTS", "message": ""}, RateLimitedError),
        (403, {"code": "TOO_MANY_REQUESTS", "message": ""}, RateLimitedError),
        (401, {"code": "CAPTCHA_REQUIRED", "message": "Robot?"}, AuthenticationError),
        (404, {"code": "RESOURCE_NOT_FOUND", "message": ""}, AuthenticationError),
        (401, PAGE, AuthenticationError),
        (403, "[]", AuthenticationError),
        (503, PAGE, OneTimePasswordUnconfirmedError),
        (408, PAGE, OneTimePasswordUnconfirmedError),
        (503, {"code": "TWOFACTOR_FAILURE", "message": ""}, OneTimePasswordRefusedError),
    ],
)  # fmt: skip
def test_a_refusal_is_an_error_of_its_meaning(
    status: int,
    body: Any,
    expected: type[CraftStoreError],
    discharge: Callable[[], object],
    sso: Any,
    make_answer: Callable[..., Any],
) -> None:
    """Every spelling that servers use gives the same typed error, with advice and no secret."""
    sso.answers.append(make_answer(status, body))
    with pytest.raises(CraftStoreError) as error:
        discharge()
    assert type(error.value) is expected
    assert error.value.advice
    assert PASSWORD not in f"{error.value}{error.value.why}{error.value.advice}"


def test_the_reason_of_the_service_is_passed_on(
    discharge: Callable[[], object], sso: Any, make_answer: Callable[..., Any]
) -> None:
    """What the service says, and which field it means, is in the error."""
    body = {"code": "INVALID_DATA", "message": "Invalid.", "extra": {"caveat_id": ["Bad."]}}
    sso.answers.append(make_answer(400, body))
    with pytest.raises(AuthenticationError) as error:
        discharge()
    assert error.value.why == "Invalid. Fields: caveat_id."


@pytest.mark.parametrize(
    "body",
    [
        PAGE,
        "[]",
        "",
        {},
        {"discharge_macaroon": None},
        {"discharge_macaroon": 12},
        {"discharge_macaroon": "no macaroon!"},
        {"discharge_macaroon": "MDAx"},
    ],
)
def test_a_success_that_cannot_be_read_is_a_clear_error(
    body: Any, discharge: Callable[[], object], sso: Any, make_answer: Callable[..., Any]
) -> None:
    """Pages of a captive portal, missing keys and damaged macaroons do not crash."""
    sso.answers.append(make_answer(200, body))
    with pytest.raises(UnexpectedResponseError) as error:
        discharge()
    assert error.value.advice


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (401, {"code": "INVALID_CREDENTIALS", "message": ""}, CredentialsExpiredError),
        (401, PAGE, CredentialsExpiredError),
        (400, {"code": "INVALID_DATA", "message": ""}, CredentialsExpiredError),
        (403, {"code": "FORBIDDEN", "message": ""}, CredentialsExpiredError),
        (403, {"code": "ACCOUNT_SUSPENDED", "message": ""}, AccountUnusableError),
        (404, PAGE, AuthenticationError),
        (429, {"code": "TOO_MANY_REQUESTS", "message": ""}, RateLimitedError),
        (500, PAGE, StoreUnavailableError),
    ],
)
def test_a_discharge_that_is_not_renewed_is_an_error_of_its_meaning(
    status: int,
    body: Any,
    expected: type[CraftStoreError],
    service: SingleSignOn,
    sso: Any,
    make_answer: Callable[..., Any],
) -> None:
    """Only what a new login helps against counts as expired."""
    sso.answers.append(make_answer(status, body))
    with pytest.raises(CraftStoreError) as error:
        service.refresh("MDAx")
    assert type(error.value) is expected
    assert error.value.advice


@pytest.mark.parametrize(("status", "headers"), [(500, {}), (408, {}), (503, {"Retry-After": "0"})])
def test_a_one_time_password_is_not_sent_twice_by_itself(
    status: int, headers: dict[str, str], sso: Any, make_answer: Callable[..., Any]
) -> None:
    """After a failure the code may have been used; the error says so, and what to do."""
    sso.answers.append(make_answer(status, PAGE, headers=headers))
    with (
        HTTPClient(user_agent="tests", retries=RetryPolicy(backoff=0), proxies={}) as patient,
        pytest.raises(OneTimePasswordUnconfirmedError) as error,
    ):
        SingleSignOn(patient, sso.url).discharge(
            email="jo@example.com", password=PASSWORD, caveat_id="caveat-1", otp="123456"
        )
    assert len(sso.received) == 1
    assert f"status {status}" in (error.value.why or "")
    assert "may have been used" in (error.value.why or "")
    assert "next code" in (error.value.advice or "")
    assert error.value.exit_code == ExitCode.UNAVAILABLE


def test_a_failure_before_a_one_time_password_is_needed_is_that_of_the_service(
    service: SingleSignOn, sso: Any, make_answer: Callable[..., Any]
) -> None:
    """A password alone can be sent again by the person."""
    sso.answers.append(make_answer(500, PAGE))
    with pytest.raises(StoreUnavailableError):
        service.discharge(email="jo@example.com", password=PASSWORD, caveat_id="caveat-1")


def test_a_service_that_is_not_there_got_no_one_time_password(http: HTTPClient) -> None:
    """The code can still be used."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
    with pytest.raises(StoreUnreachableError):
        SingleSignOn(http, f"http://127.0.0.1:{port}").discharge(
            email="jo@example.com", password=PASSWORD, caveat_id="caveat-1", otp="123456"
        )
