"""The flow against the embedded store: the protocol from one end to the other."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from macaroonbakery import bakery

from craft_store_candid import CandidFlow
from craft_store_candid.errors import DischargeRefusedError, LoginTimeoutError
from craft_store_core.errors import AuthenticationRequiredError, StoreUnreachableError
from craft_store_core.plugins import AuthContext, HTTPClient, LoginRequest, RetryPolicy, Store
from craft_store_core.stores.gateway import GatewayTokens
from craft_store_core.testing.flows import AuthFlowConformance
from craft_store_sandbox import Fault

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from craft_store_core.plugins import AuthFlowFactory

DAY = 24 * 3600


@pytest.fixture
def sandbox(sandbox_factory: Callable[..., Any]) -> Any:
    """A store with a host for each service."""
    return sandbox_factory(split_origins=True)


@pytest.fixture
def store(sandbox: Any) -> Store:
    return Store(
        name="sandbox",
        title="Sandbox",
        endpoint_set="publisher-gateway",
        urls={"api": sandbox.urls.api, "candid": sandbox.urls.candid},
        auth_flows=("candid",),
    )


@pytest.fixture
def context(store: Store, http: HTTPClient, sandbox: Any, person: Any) -> AuthContext:
    return AuthContext(
        store=store,
        http=http,
        issuer=GatewayTokens(store, http),
        prompter=person,
        now=sandbox.clock.now,
    )


@pytest.fixture
def log_in_at(sandbox: Any, browser: Any) -> Callable[[str], bool]:
    """A browser in which the person fills in e-mail, password and one-time password."""

    def visit(url: str) -> bool:
        assert "<form" in browser.http.request("GET", url).text
        form = {
            "email": sandbox.account.email,
            "password": sandbox.password,
            "otp": sandbox.account.one_time_password(),
        }
        browser.http.request("POST", url, form=form)
        return True

    return visit


@pytest.fixture
def agent_file(sandbox: Any, write_agent_file: Callable[..., Path]) -> Path:
    key = bakery.generate_key()
    sandbox.add_agent("acme-ci", str(key.public_key), sandbox.account)
    return write_agent_file(sandbox.urls.candid, key=key)


@pytest.fixture
def make_login() -> Callable[..., LoginRequest]:
    def make(**answers: str) -> LoginRequest:
        return LoginRequest(
            permissions=("account-view-packages", "package-view"),
            description="craft-store@build-01",
            ttl=30 * DAY,
            answers={name.replace("_", "-"): answer for name, answer in answers.items()},
        )

    return make


@pytest.fixture
def whoami(store: Store, http: HTTPClient) -> Callable[[str], Any]:
    def ask(authorization: str) -> Any:
        url = f"{store.url('api')}/v1/tokens/whoami"
        return http.request("GET", url, headers={"Authorization": authorization}).json()

    return ask


class TestConformanceWithBrowser(AuthFlowConformance):
    """The flow does what every flow must do, with a person at the sandbox's login page."""

    kinds = ("macaroon",)

    @pytest.fixture
    def factory(self, log_in_at: Callable[[str], bool]) -> AuthFlowFactory:
        return lambda context: CandidFlow(context, open_browser=log_in_at)

    @pytest.fixture
    def request_for_login(self, make_login: Callable[..., LoginRequest]) -> LoginRequest:
        return make_login(timeout="20")


class TestConformanceAsAgent(AuthFlowConformance):
    """The flow does what every flow must do, with an agent that the sandbox knows."""

    kinds = ("macaroon",)

    @pytest.fixture
    def factory(self) -> AuthFlowFactory:
        return CandidFlow

    @pytest.fixture
    def request_for_login(
        self, make_login: Callable[..., LoginRequest], agent_file: Path
    ) -> LoginRequest:
        return make_login(agent_file=str(agent_file))


def test_a_proof_of_identity_that_may_have_been_used_is_not_sent_again(
    context: AuthContext,
    sandbox: Any,
    log_in_at: Callable[[str], bool],
    make_login: Callable[..., LoginRequest],
) -> None:
    """The error says to log in again."""

    def log_in(url: str) -> bool:
        sandbox.faults.add(Fault(reset="after"), method="POST", path="/discharge$", count=2)
        return log_in_at(url)

    with (
        HTTPClient(user_agent="tests", retries=RetryPolicy(backoff=0), proxies={}) as patient,
        pytest.raises(StoreUnreachableError) as error,
    ):
        CandidFlow(replace(context, http=patient), open_browser=log_in).login(
            make_login(timeout="20")
        )
    assert "Log in again" in (error.value.advice or "")
    sent = [request for request in sandbox.requests if request.path.endswith("/discharge")]
    assert len(sent) == 2


@pytest.mark.parametrize("as_agent", [False, True], ids=["browser", "agent"])
def test_the_token_identifies_the_account(
    as_agent: bool,
    context: AuthContext,
    log_in_at: Callable[[str], bool],
    agent_file: Path,
    make_login: Callable[..., LoginRequest],
    whoami: Callable[[str], Any],
) -> None:
    """After the discharge the store knows who it is and what is allowed."""
    flow = CandidFlow(context, open_browser=log_in_at)
    answers = {"agent_file": str(agent_file)} if as_agent else {"timeout": "20"}
    credential = flow.login(make_login(**answers))
    answer = whoami(flow.authorization(credential))
    assert answer["account"]["username"] == credential.account == "jo-example"
    assert answer["permissions"] == ["account-view-packages", "package-view"]


def test_the_login_goes_to_the_two_hosts_that_it_needs(
    context: AuthContext, sandbox: Any, agent_file: Path, make_login: Callable[..., LoginRequest]
) -> None:
    """The gateway issues and exchanges, Candid identifies; nothing else is asked."""
    CandidFlow(context).login(make_login(agent_file=str(agent_file)))
    assert [(request.service, request.path) for request in sandbox.requests] == [
        ("api", "/v1/tokens"),
        ("candid", "/identity/discharge"),
        ("candid", "/identity/login/agent"),
        ("candid", "/identity/discharge"),
        ("api", "/v1/tokens/exchange"),
    ]


def test_an_ended_token_is_refused_by_the_store(
    context: AuthContext,
    sandbox: Any,
    agent_file: Path,
    make_login: Callable[..., LoginRequest],
    whoami: Callable[[str], Any],
) -> None:
    """The recorded end is the one that the store keeps."""
    flow = CandidFlow(context)
    credential = flow.login(make_login(agent_file=str(agent_file)))
    assert credential.expires_at is not None
    sandbox.clock.advance((credential.expires_at - sandbox.clock.now()).total_seconds() + 1)
    with pytest.raises(AuthenticationRequiredError):
        whoami(flow.authorization(credential))


def test_a_key_that_does_not_belong_to_the_agent_is_refused(
    context: AuthContext,
    sandbox: Any,
    write_agent_file: Callable[..., Path],
    make_login: Callable[..., LoginRequest],
) -> None:
    """The name of an agent is worth nothing without its key."""
    sandbox.add_agent("acme-ci", str(bakery.generate_key().public_key), sandbox.account)
    stolen_name = write_agent_file(sandbox.urls.candid)
    with pytest.raises(DischargeRefusedError):
        CandidFlow(context).login(make_login(agent_file=str(stolen_name)))


def test_a_public_key_alone_does_not_log_in(
    context: AuthContext,
    sandbox: Any,
    agent_file: Path,
    write_agent_file: Callable[..., Path],
    make_login: Callable[..., LoginRequest],
) -> None:
    """Who knows the public key, which is no secret, cannot prove to have the private one."""
    document = json.loads(agent_file.read_bytes())
    sandbox.add_agent("victim", document["key"]["public"], sandbox.account)
    forged = write_agent_file(sandbox.urls.candid, username="victim")
    with pytest.raises(DischargeRefusedError):
        CandidFlow(context).login(make_login(agent_file=str(forged)))


def test_a_wrong_password_at_the_page_logs_nobody_in(
    context: AuthContext, sandbox: Any, browser: Any, make_login: Callable[..., LoginRequest]
) -> None:
    """The wait goes on after a failed attempt, until the time is up."""

    def fail(url: str) -> bool:
        form = {"email": sandbox.account.email, "password": "guess"}
        assert browser.http.request("POST", url, form=form, check=False).status == 401
        return True

    with pytest.raises(LoginTimeoutError):
        CandidFlow(context, open_browser=fail).login(make_login(timeout="0.3"))
