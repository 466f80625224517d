"""The flow against the embedded store: the protocol from one end to the other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from craft_store_core.errors import (
    AccountUnusableError,
    AuthenticationRequiredError,
    BadRequestError,
    CredentialsExpiredError,
    OneTimePasswordRefusedError,
    OneTimePasswordRequiredError,
    OneTimePasswordUnconfirmedError,
    PermissionRequiredError,
    WrongCredentialsError,
)
from craft_store_core.plugins import AuthContext, Credential, LoginRequest, Store, decode_credential
from craft_store_core.stores.gateway import GatewayTokens
from craft_store_core.testing.flows import RefreshableAuthFlowConformance
from craft_store_sandbox import Fault
from craft_store_ubuntu_one import UbuntuOneFlow

if TYPE_CHECKING:
    from collections.abc import Callable

    from craft_store_core.plugins import AuthFlowFactory, HTTPClient

DAY = 24 * 3600


@pytest.fixture
def store(sandbox_store: Any) -> Store:
    urls = sandbox_store.urls
    return Store(
        name="sandbox",
        title="Sandbox",
        endpoint_set="publisher-gateway",
        urls={"api": urls.api, "sso": urls.sso},
        auth_flows=("ubuntu-one",),
    )


@pytest.fixture
def context(store: Store, http: HTTPClient, sandbox_store: Any) -> AuthContext:
    return AuthContext(
        store=store, http=http, issuer=GatewayTokens(store, http), now=sandbox_store.clock.now
    )


@pytest.fixture
def make_login(sandbox_store: Any) -> Callable[..., LoginRequest]:
    def make(**changes: Any) -> LoginRequest:
        answers = {
            "email": sandbox_store.account.email,
            "password": sandbox_store.password,
            "otp": sandbox_store.account.one_time_password(),
        }
        options: dict[str, Any] = {
            "permissions": ("account-view-packages", "package-view"),
            "description": "craft-store@build-01",
            "ttl": 30 * DAY,
            "answers": answers,
        }
        return LoginRequest(**{**options, **changes})

    return make


@pytest.fixture
def request_for_login(make_login: Callable[..., LoginRequest]) -> LoginRequest:
    return make_login()


@pytest.fixture
def flow(context: AuthContext) -> UbuntuOneFlow:
    return UbuntuOneFlow(context)


@pytest.fixture
def credential(flow: UbuntuOneFlow, request_for_login: LoginRequest) -> Credential:
    return flow.login(request_for_login)


@pytest.fixture
def whoami(flow: UbuntuOneFlow, store: Store, http: HTTPClient) -> Callable[[Credential], Any]:
    def ask(credential: Credential) -> Any:
        headers = {"Authorization": flow.authorization(credential)}
        url = f"{store.url('api')}/v1/tokens/whoami"
        return http.request("GET", url, headers=headers).json()

    return ask


class TestConformance(RefreshableAuthFlowConformance):
    """The flow does what every flow that can renew must do, at a store that verifies it all."""

    kinds = ("u1-macaroon", "macaroon", "developer-token")

    @pytest.fixture
    def factory(self) -> AuthFlowFactory:
        return UbuntuOneFlow


def test_the_token_identifies_the_account_with_the_limits_asked_for(
    flow: UbuntuOneFlow,
    make_login: Callable[..., LoginRequest],
    whoami: Callable[[Credential], Any],
    sandbox_store: Any,
) -> None:
    """After password and one-time password, the store knows who it is and what is allowed."""
    request = make_login(permissions=("package-view",), channels=("latest/edge",))
    answer = whoami(flow.login(request))
    assert answer["account"]["email"] == sandbox_store.account.email
    assert answer["permissions"] == ["package-view"]
    assert answer["channels"] == ["latest/edge"]


def test_a_refused_token_is_replaced_with_the_same_scope(
    flow: UbuntuOneFlow,
    credential: Credential,
    whoami: Callable[[Credential], Any],
    sandbox_store: Any,
) -> None:
    """When the token has ended, the kept macaroons give another one like it."""
    before = whoami(credential)
    sandbox_store.expire_tokens()
    with pytest.raises(AuthenticationRequiredError):
        whoami(credential)
    assert whoami(flow.refresh(credential)) == before


def test_a_discharge_that_went_stale_is_renewed_without_the_password(
    flow: UbuntuOneFlow,
    credential: Credential,
    whoami: Callable[[Credential], Any],
    sandbox_store: Any,
) -> None:
    """Days later the store wants a newer discharge, which needs no person."""
    sandbox_store.clock.advance(3 * DAY)
    sandbox_store.expire_tokens()
    sandbox_store.forget_requests()
    renewed = flow.refresh(decode_credential(credential.encode()))
    assert [request.path for request in sandbox_store.requests] == [
        "/v1/tokens/usso/exchange",
        "/api/v2/tokens/refresh",
        "/v1/tokens/usso/exchange",
    ]
    assert renewed.part("r") == credential.part("r")
    assert renewed.part("d") != credential.part("d")
    assert whoami(renewed)["account"]["email"] == sandbox_store.account.email


def test_exported_macaroons_are_exchanged_and_renewed_when_they_are_used(
    flow: UbuntuOneFlow,
    credential: Credential,
    whoami: Callable[[Credential], Any],
    sandbox_store: Any,
) -> None:
    """A pair that another program exported days ago works."""
    sandbox_store.clock.advance(3 * DAY)
    pair = Credential("u1-macaroon", {"r": credential.part("r"), "d": credential.part("d")})
    prepared = flow.prepare(pair)
    assert prepared.expires_at is not None
    assert credential.expires_at is not None
    assert abs((prepared.expires_at - credential.expires_at).total_seconds()) < 60
    assert whoami(prepared)["account"]["email"] == sandbox_store.account.email


def test_an_ended_login_needs_a_new_one(
    flow: UbuntuOneFlow, credential: Credential, sandbox_store: Any
) -> None:
    """After the lifetime that was asked for, nothing is sent and the error says to log in."""
    sandbox_store.clock.advance(30 * DAY + 1)
    sandbox_store.forget_requests()
    for use in (flow.prepare, flow.refresh):
        with pytest.raises(CredentialsExpiredError) as error:
            use(credential)
        assert "Log in again" in (error.value.advice or "")
    assert sandbox_store.requests == []


def test_a_missing_permission_is_no_reason_to_log_in_again(
    flow: UbuntuOneFlow, credential: Credential, store: Store, http: HTTPClient
) -> None:
    """The store's 401 for a permission stays what it is: the credential is good."""
    headers = {"Authorization": flow.authorization(credential)}
    with pytest.raises(PermissionRequiredError):
        http.request(
            "POST",
            f"{store.url('api')}/v1/charm",
            headers=headers,
            json={"name": "acme-web", "type": "charm"},
        )


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"password": "guess"}, WrongCredentialsError),
        ({"email": "nobody@example.com"}, WrongCredentialsError),
        ({"otp": ""}, OneTimePasswordRequiredError),
        ({"otp": "000000"}, OneTimePasswordRefusedError),
    ],
    ids=["password", "e-mail", "no one-time password", "one-time password"],
)
def test_a_refused_login_says_what_was_wrong(
    change: dict[str, str],
    expected: type[Exception],
    flow: UbuntuOneFlow,
    make_login: Callable[..., LoginRequest],
) -> None:
    """Each refusal of the real protocol is its own error."""
    request = make_login()
    with pytest.raises(expected):
        flow.login(make_login(answers={**request.answers, **change}))


class Person:
    """Reads the codes of an authenticator off, one later than the other."""

    def __init__(self, account: Any, clock: Any, waits: list[int]) -> None:
        self.told: list[str] = []
        self._account, self._clock, self._waits = account, clock, iter(waits)

    def ask(self, name: str, question: str, *, secret: bool = False) -> str:
        assert name == "otp"
        self._clock.advance(next(self._waits))
        return str(self._account.one_time_password())

    def tell(self, text: str) -> None:
        self.told.append(text)


@pytest.fixture
def careful(sandbox_store: Any) -> Any:
    """An account whose one-time passwords work once, as they should."""
    return sandbox_store.add_account(
        "careful@example.com", "a password", totp=True, refuse_totp_replay=True
    )


@pytest.mark.parametrize(
    "fault",
    [Fault(reset="after"), Fault(reset="before"), Fault.html(408)],
    ids=["reset after", "reset before", "408"],
)
def test_a_code_that_may_have_been_used_is_asked_for_again(
    context: AuthContext,
    make_login: Callable[..., LoginRequest],
    sandbox_store: Any,
    careful: Any,
    fault: Fault,
) -> None:
    """The same code is not sent again, even where the person types it again."""
    sandbox_store.faults.add(fault, path="/tokens/discharge$")
    person = Person(careful, sandbox_store.clock, waits=[0, 30])
    answers = {
        "email": careful.email, "password": "a password", "otp": careful.one_time_password()
    }  # fmt: skip

    login = UbuntuOneFlow(replace(context, prompter=person)).login(make_login(answers=answers))

    assert login.account == careful.email
    sent = [r for r in sandbox_store.requests if r.path == "/api/v2/tokens/discharge"]
    assert len(sent) == 2
    assert any("next code" in text for text in person.told)


def test_a_code_that_may_have_been_used_is_an_error_where_nobody_can_be_asked(
    flow: UbuntuOneFlow, make_login: Callable[..., LoginRequest], sandbox_store: Any, careful: Any
) -> None:
    """It says what happened, and that the next code is needed."""
    sandbox_store.faults.add(Fault(reset="after"), path="/tokens/discharge$", count=5)
    answers = {
        "email": careful.email, "password": "a password", "otp": careful.one_time_password()
    }  # fmt: skip

    with pytest.raises(OneTimePasswordUnconfirmedError) as error:
        flow.login(make_login(answers=answers))

    assert "may have been used" in (error.value.why or "")
    sent = [r for r in sandbox_store.requests if r.path == "/api/v2/tokens/discharge"]
    assert len(sent) == 1


@pytest.mark.parametrize("state", ["suspended", "deactivated", "email_invalidated"])
def test_an_account_that_cannot_log_in_is_named_as_such(
    state: str,
    flow: UbuntuOneFlow,
    make_login: Callable[..., LoginRequest],
    sandbox_store: Any,
) -> None:
    """A closed account is not mistaken for a wrong password."""
    sandbox_store.add_account("closed@example.com", "a password", **{state: True})
    answers = {"email": "closed@example.com", "password": "a password"}
    with pytest.raises(AccountUnusableError):
        flow.login(make_login(answers=answers))


def test_a_lifetime_that_the_store_refuses_sends_no_password(
    flow: UbuntuOneFlow, make_login: Callable[..., LoginRequest], sandbox_store: Any
) -> None:
    """The store is asked first; what it refuses never reaches the single sign-on."""
    with pytest.raises(BadRequestError):
        flow.login(make_login(ttl=1))
    assert [request.path for request in sandbox_store.requests] == ["/v1/tokens/usso"]


def test_services_on_hosts_of_their_own_get_only_what_is_theirs(
    sandbox_factory: Callable[..., Any], http: HTTPClient
) -> None:
    """With an origin for each service, the password goes to the single sign-on alone."""
    sandbox = sandbox_factory(split_origins=True)
    store = Store(
        name="split",
        title="Split",
        endpoint_set="publisher-gateway",
        urls={"api": sandbox.urls.api, "sso": sandbox.urls.sso},
        auth_flows=("ubuntu-one",),
    )
    flow = UbuntuOneFlow(AuthContext(store=store, http=http, issuer=GatewayTokens(store, http)))
    flow.login(
        LoginRequest(
            permissions=("package-view",),
            description="craft-store@build-01",
            ttl=DAY,
            answers={
                "email": sandbox.account.email,
                "password": sandbox.password,
                "otp": sandbox.account.one_time_password(),
            },
        )
    )
    assert [(request.service, request.path) for request in sandbox.requests] == [
        ("api", "/v1/tokens/usso"),
        ("sso", "/api/v2/tokens/discharge"),
        ("api", "/v1/tokens/usso/exchange"),
    ]
    assert "Authorization" not in sandbox.requests[1].headers
