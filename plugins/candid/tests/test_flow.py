"""The flow: login with a browser and as an agent, and the token that it gives."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from craft_store_candid import CandidFlow
from craft_store_candid.errors import (
    AgentFileError,
    BrowserUnavailableError,
    DischargeRefusedError,
    LoginTimeoutError,
    NoInteractionMethodError,
)
from craft_store_core.errors import (
    ConfigurationError,
    CraftStoreError,
    HostNotAllowedError,
    StoreUnavailableError,
    StoreUnreachableError,
    UnexpectedResponseError,
    UnsupportedOperationError,
    UsageError,
)
from craft_store_core.plugins import NoPrompter, Store
from craft_store_core.testing.flows import AuthFlowConformance

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from craft_store_core.plugins import AuthContext, AuthFlowFactory, LoginRequest

ROOT_END = datetime(2026, 12, 1, tzinfo=timezone.utc)
PAGE = "<html><head><title>Hotel network</title></head></html>"


class TestConformanceWithBrowser(AuthFlowConformance):
    """The flow does what every flow must do, with a person at a browser."""

    kinds = ("macaroon",)

    @pytest.fixture
    def factory(self, browser: Any) -> AuthFlowFactory:
        return lambda context: CandidFlow(context, open_browser=browser)

    @pytest.fixture
    def request_for_login(self, make_request: Callable[..., LoginRequest]) -> LoginRequest:
        return make_request(timeout="10")


class TestConformanceAsAgent(AuthFlowConformance):
    """The flow does what every flow must do, with a private key."""

    kinds = ("macaroon",)

    @pytest.fixture
    def factory(self) -> AuthFlowFactory:
        return CandidFlow

    @pytest.fixture
    def request_for_login(
        self, make_request: Callable[..., LoginRequest], agent_file: Path
    ) -> LoginRequest:
        return make_request(agent_file=str(agent_file))


@pytest.fixture
def sleeps() -> list[float]:
    return []


@pytest.fixture
def flow(context: AuthContext, browser: Any, sleeps: list[float]) -> CandidFlow:
    return CandidFlow(context, open_browser=browser, sleep=sleeps.append)


def test_a_person_logs_in_with_a_browser(
    flow: CandidFlow,
    browser: Any,
    person: Any,
    candid: Any,
    issuer: Any,
    make_request: Callable[..., LoginRequest],
) -> None:
    """The page is opened and shown, the form is sent, and the store accepts the discharge."""
    credential = flow.login(make_request())
    (visited,) = browser.visited
    assert visited.startswith(f"{candid.url}/login?did=")
    assert person.told[-1] == visited
    assert (credential.kind, credential.token) == ("macaroon", "token-1")
    assert credential.exchanged is None
    assert credential.account == "jo-example"
    assert credential.host == "api.example.test"
    assert credential.expires_at == ROOT_END
    assert flow.authorization(credential) == "Macaroon token-1"
    assert issuer.descriptions == ["craft-store@build-01"]


def test_a_program_logs_in_as_an_agent(
    context: AuthContext,
    agent_file: Path,
    person: Any,
    candid: Any,
    make_request: Callable[..., LoginRequest],
) -> None:
    """The private key proves who it is: no browser, no person."""
    flow = CandidFlow(context, open_browser=lambda url: pytest.fail("opened a browser"))
    credential = flow.login(make_request(agent_file=str(agent_file)))
    assert credential.token == "token-1"
    assert person.told == []
    assert candid.paths == ["/identity/discharge", "/identity/login/agent", "/identity/discharge"]


@pytest.mark.parametrize("as_agent", [False, True], ids=["browser", "agent"])
def test_everything_is_sent_by_the_projects_own_client(
    as_agent: bool,
    flow: CandidFlow,
    candid: Any,
    agent_file: Path,
    make_request: Callable[..., LoginRequest],
) -> None:
    """No request goes around its time limits, proxies, certificates and redaction."""
    flow.login(make_request(agent_file=str(agent_file)) if as_agent else make_request())
    agents = {agent for _, path, agent in candid.received if path != "/identity/login"}
    assert agents == {"craft-store-tests"}


def test_the_lifetime_asked_for_counts_where_the_root_has_no_end(
    flow: CandidFlow, issuer: Any, context: AuthContext, make_request: Callable[..., LoginRequest]
) -> None:
    """Without a caveat that ends it, the credential ends as was asked for."""
    issuer.conditions = []
    request = make_request()
    end = context.now() + timedelta(seconds=request.ttl)
    assert flow.login(request).expires_at == end


def test_a_token_in_text_is_taken_too(
    flow: CandidFlow, candid: Any, make_request: Callable[..., LoginRequest]
) -> None:
    """Other servers send 'token' where Candid sends 'token64'."""
    candid.text_token = True
    assert flow.login(make_request()).token == "token-1"
    assert candid.forms[-1]["token"] == "text-token"


def test_caveats_of_discharges_are_discharged_too(
    flow: CandidFlow, candid: Any, make_request: Callable[..., LoginRequest]
) -> None:
    """A discharge that asks for another one gets it, bound to the root."""
    candid.more_caveats = 2
    assert flow.login(make_request()).token == "token-1"


def test_a_service_that_asks_for_ever_is_not_followed(
    flow: CandidFlow, candid: Any, make_request: Callable[..., LoginRequest]
) -> None:
    """A chain of discharges without an end is an error."""
    candid.more_caveats = 1000
    with pytest.raises(UnexpectedResponseError):
        flow.login(make_request())
    assert len(candid.forms) < 100


def test_a_root_without_a_third_party_is_exchanged_at_once(
    flow: CandidFlow, issuer: Any, candid: Any, make_request: Callable[..., LoginRequest]
) -> None:
    """A store that asks for no identity gets its root back; Candid is not asked."""
    issuer.with_candid = False
    credential = flow.login(make_request())
    assert (credential.token, credential.account) == ("token-1", None)
    assert candid.received == []


def test_odd_caveats_do_not_spoil_the_login(
    flow: CandidFlow, issuer: Any, make_request: Callable[..., LoginRequest]
) -> None:
    """Conditions that nobody understands are the store's business."""
    issuer.conditions = [" x", "time-before", "time-before soon", "é"]
    assert flow.login(make_request()).token == "token-1"


def test_a_root_of_the_newest_form_is_discharged(
    flow: CandidFlow, issuer: Any, candid: Any, make_request: Callable[..., LoginRequest]
) -> None:
    """Caveats whose content stands beside the macaroon are sent along."""
    issuer.version = 3
    assert flow.login(make_request()).token == "token-1"
    assert all("caveat64" in form for form in candid.forms)


def test_it_cannot_be_renewed(flow: CandidFlow, make_request: Callable[..., LoginRequest]) -> None:
    """Candid asks the person each time, so the flow does not pretend to renew."""
    kept = flow.login(make_request())
    assert flow.refresh(kept) is kept


def test_a_store_that_does_not_exchange_is_a_clear_error(
    flow: CandidFlow, issuer: Any, make_request: Callable[..., LoginRequest]
) -> None:
    """The flow needs a store that gives a token for the discharges."""
    issuer.exchanges = False
    with pytest.raises(UnsupportedOperationError):
        flow.login(make_request())


def test_a_store_without_candid_is_a_clear_error(
    context: AuthContext, make_request: Callable[..., LoginRequest]
) -> None:
    """The flow on a store that has no such service says what to configure."""
    store = Store("bare", "Bare", "bare", {"api": "https://api.example.test"}, ("candid",))
    with pytest.raises(ConfigurationError):
        CandidFlow(replace(context, store=store)).login(make_request())


@pytest.mark.parametrize(
    "root",
    [
        "",
        "not JSON",
        "[]",
        "{}",
        '{"m": 1}',
        '{"i": "x", "s64": "eHg"}',
        '{"v": 3, "m": {"i": ""}}',
    ],
)
def test_an_unreadable_root_is_a_clear_error(
    root: str,
    flow: CandidFlow,
    issuer: Any,
    candid: Any,
    make_request: Callable[..., LoginRequest],
) -> None:
    """What the store sends is checked before anybody is asked."""
    issuer.root = root
    with pytest.raises(UnexpectedResponseError) as error:
        flow.login(make_request())
    assert error.value.advice
    assert candid.received == []


@pytest.mark.parametrize(
    "location",
    [
        "https://candid.elsewhere.test/identity/",
        "http://127.0.0.1:9/identity/",
        "file:///etc/passwd",
        "local",
        "127.0.0.1",
    ],
)
def test_a_root_that_leads_elsewhere_is_refused_before_contact(
    location: str,
    flow: CandidFlow,
    issuer: Any,
    candid: Any,
    browser: Any,
    make_request: Callable[..., LoginRequest],
) -> None:
    """Only the Candid of the store is asked; the error names the other host."""
    issuer.location = location
    with pytest.raises(HostNotAllowedError) as error:
        flow.login(make_request())
    assert error.value.advice
    assert candid.received == []
    assert browser.visited == []


def test_plain_http_is_refused_outside_this_machine(
    context: AuthContext, issuer: Any, make_request: Callable[..., LoginRequest]
) -> None:
    """A Candid without TLS is asked only on loopback."""
    urls = {"api": "https://api.example.test", "candid": "http://candid.example.test"}
    store = Store("acme", "Acme", "acme", urls, ("candid",))
    issuer.location = "http://candid.example.test/"
    with pytest.raises(HostNotAllowedError, match="not sent"):
        CandidFlow(replace(context, store=store)).login(make_request())


@pytest.fixture
def log_in_by(
    flow: CandidFlow,
    candid: Any,
    agent_file: Path,
    make_answer: Callable[..., Any],
    make_request: Callable[..., LoginRequest],
) -> Callable[[str, object], object]:
    """Log in where Candid sends something else under one key of its interaction methods."""

    def log_in(key: str, value: object) -> object:
        method = "agent" if key == "login-url" else "browser-window"
        body = candid.interaction_required("did-1")
        body["Info"]["InteractionMethods"][method][key] = value
        candid.answers["/identity/discharge"].append(make_answer(401, body))
        answers = {"agent_file": str(agent_file)} if method == "agent" else {}
        return flow.login(make_request(**answers))

    return log_in


INTERACTION_KEYS = pytest.mark.parametrize("key", ["VisitURL", "WaitTokenURL", "login-url"])


@INTERACTION_KEYS
@pytest.mark.parametrize("url", ["https://elsewhere.test/", "//elsewhere.test/", "file:///x"])
def test_an_interaction_that_leads_elsewhere_is_refused(
    key: str,
    url: str,
    log_in_by: Callable[[str, object], object],
    candid: Any,
    browser: Any,
) -> None:
    """Neither a browser nor a request follows an address away from the store's Candid."""
    with pytest.raises(HostNotAllowedError):
        log_in_by(key, url)
    assert browser.visited == []
    assert candid.paths == ["/identity/discharge"]


@INTERACTION_KEYS
@pytest.mark.parametrize("value", [None, "", 1, ["x"]])
def test_an_interaction_without_an_address_is_a_clear_error(
    key: str, value: object, log_in_by: Callable[[str, object], object]
) -> None:
    """A missing address is named."""
    with pytest.raises(UnexpectedResponseError) as error:
        log_in_by(key, value)
    assert key in (error.value.why or "")


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (401, {"Code": "unauthorized", "Message": "not a member"}, DischargeRefusedError),
        (401, {"code": "unauthorized", "message": "not a member"}, DischargeRefusedError),
        (401, {"Code": "unauthorized"}, DischargeRefusedError),
        (400, {"Code": "bad request", "Info": {"Macaroon": 1}}, DischargeRefusedError),
        (401, {}, DischargeRefusedError),
        (401, [], DischargeRefusedError),
        (404, PAGE, DischargeRefusedError),
        (500, PAGE, StoreUnavailableError),
        (401, {"Code": "interaction required"}, NoInteractionMethodError),
        (401, {"Code": "interaction required", "Info": 1}, NoInteractionMethodError),
        (401, {"Code": "interaction required", "Info": {}}, NoInteractionMethodError),
        (401, {"Code": "interaction required", "Info": {"InteractionMethods": [1]}},
         NoInteractionMethodError),
        (401, {"Code": "interaction required", "Info": {"InteractionMethods": {"agent": {}}}},
         NoInteractionMethodError),
        (401, {"Code": "interaction required",
               "Info": {"InteractionMethods": {"browser-window": 1}}}, NoInteractionMethodError),
        (401, {"Code": "interaction required", "Info": {"VisitURL": "/v", "WaitURL": "/w"}},
         NoInteractionMethodError),
        (200, PAGE, UnexpectedResponseError),
        (200, [], UnexpectedResponseError),
        (200, {}, UnexpectedResponseError),
        (200, {"Macaroon": None}, UnexpectedResponseError),
        (200, {"Macaroon": "x"}, UnexpectedResponseError),
        (200, {"Macaroon": {"i": "x", "s64": "x"}}, UnexpectedResponseError),
        (200, {"Macaroon": {"v": 9, "m": {}}}, UnexpectedResponseError),
    ],
)  # fmt: skip
def test_an_answer_that_gives_no_discharge_is_an_error_of_its_meaning(
    status: int,
    body: Any,
    expected: type[CraftStoreError],
    flow: CandidFlow,
    candid: Any,
    make_answer: Callable[..., Any],
    make_request: Callable[..., LoginRequest],
) -> None:
    """Refusals, old protocols, pages and damaged answers are typed errors with advice."""
    candid.answers["/identity/discharge"].append(make_answer(status, body))
    with pytest.raises(CraftStoreError) as error:
        flow.login(make_request())
    assert type(error.value) is expected
    assert error.value.advice
    assert candid.paths == ["/identity/discharge"]


def test_the_reason_of_a_refusal_is_passed_on(
    flow: CandidFlow,
    candid: Any,
    make_answer: Callable[..., Any],
    make_request: Callable[..., LoginRequest],
) -> None:
    """What Candid says is in the error."""
    answer = make_answer(401, {"Code": "unauthorized", "Message": "not a member of acme"})
    candid.answers["/identity/discharge"].append(answer)
    with pytest.raises(DischargeRefusedError) as error:
        flow.login(make_request())
    assert "not a member of acme" in (error.value.why or "")


def test_ways_of_logging_in_that_do_not_fit_are_named(
    flow: CandidFlow, candid: Any, make_request: Callable[..., LoginRequest]
) -> None:
    """The error tells what Candid offers and what this login can do."""
    candid.methods = {"agent", "browser-redirect"}
    with pytest.raises(NoInteractionMethodError) as error:
        flow.login(make_request())
    assert error.value.why == (
        "Candid offers: agent, browser-redirect. This login can use: browser-window."
    )


def test_a_token_that_candid_does_not_know_is_a_refusal(
    flow: CandidFlow,
    candid: Any,
    make_answer: Callable[..., Any],
    make_request: Callable[..., LoginRequest],
) -> None:
    """The second attempt with a token may be refused, too."""
    answer = make_answer(200, {"kind": "macaroon", "token64": "AAAA"})
    candid.answers["/identity/wait-token"].append(answer)
    with pytest.raises(DischargeRefusedError) as error:
        flow.login(make_request())
    assert "invalid token" in (error.value.why or "")


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (401, {"Code": "unauthorized", "Message": "wrong password"}, DischargeRefusedError),
        (410, {}, DischargeRefusedError),
        (408, {"Code": "timed out", "Message": "nobody logged in"}, LoginTimeoutError),
        (500, PAGE, StoreUnavailableError),
        (200, PAGE, UnexpectedResponseError),
        (200, {}, UnexpectedResponseError),
        (200, {"kind": "macaroon"}, UnexpectedResponseError),
        (200, {"token64": "AAAA"}, UnexpectedResponseError),
        (200, {"kind": "macaroon", "token64": "é"}, UnexpectedResponseError),
        (200, {"kind": "macaroon", "token64": "A"}, UnexpectedResponseError),
        (200, {"kind": "macaroon", "token64": ""}, UnexpectedResponseError),
        (200, {"kind": 1, "token": "x"}, UnexpectedResponseError),
    ],
)
def test_a_wait_without_a_token_is_an_error_of_its_meaning(
    status: int,
    body: Any,
    expected: type[CraftStoreError],
    flow: CandidFlow,
    candid: Any,
    make_answer: Callable[..., Any],
    make_request: Callable[..., LoginRequest],
) -> None:
    """A failed login and unreadable answers of the wait are typed errors with advice."""
    candid.answers["/identity/wait-token"].append(make_answer(status, body))
    with pytest.raises(CraftStoreError) as error:
        flow.login(make_request())
    assert type(error.value) is expected
    assert error.value.advice


def test_a_proxy_that_ends_the_wait_does_not_end_the_login(
    flow: CandidFlow,
    candid: Any,
    sleeps: list[float],
    make_answer: Callable[..., Any],
    make_request: Callable[..., LoginRequest],
) -> None:
    """The open request is repeated, after a pause, when a gateway gave up on it."""
    pages = [make_answer(status, PAGE) for status in (504, 502, 408)]
    candid.answers["/identity/wait-token"] += pages
    assert flow.login(make_request()).token == "token-1"
    assert sleeps == [1.0, 1.0, 1.0]


@pytest.mark.parametrize("status", [503, 408])
def test_a_service_that_fails_again_and_again_ends_the_wait(
    status: int,
    flow: CandidFlow,
    candid: Any,
    sleeps: list[float],
    make_answer: Callable[..., Any],
    make_request: Callable[..., LoginRequest],
) -> None:
    """The wait does not go on for minutes when the service is down."""
    candid.answers["/identity/wait-token"] += [make_answer(status, PAGE)] * 10
    with pytest.raises(StoreUnavailableError):
        flow.login(make_request())
    assert len(sleeps) == 4


def test_a_service_that_went_away_ends_the_wait(
    context: AuthContext, candid: Any, make_request: Callable[..., LoginRequest]
) -> None:
    """A host that no longer answers is reported, not waited for."""

    def stop_the_service(_: str) -> bool:
        # The connection that is still open would be answered by the thread that serves it.
        context.http.close()
        candid.shutdown()
        candid.server_close()
        return True

    flow = CandidFlow(context, open_browser=stop_the_service, sleep=lambda seconds: None)
    with pytest.raises(StoreUnreachableError):
        flow.login(make_request())


def test_nobody_logging_in_ends_the_wait(
    context: AuthContext, make_request: Callable[..., LoginRequest]
) -> None:
    """After the time given, the error says how to get longer."""
    flow = CandidFlow(context, open_browser=lambda url: True)
    with pytest.raises(LoginTimeoutError, match=r"0\.2 seconds") as error:
        flow.login(make_request(timeout="0.2"))
    assert "timeout" in (error.value.advice or "")


def test_it_waits_five_minutes_by_itself(
    context: AuthContext, candid: Any, make_request: Callable[..., LoginRequest]
) -> None:
    """Without an answer 'timeout' the deadline is 300 seconds away, by a clock that only grows."""
    moments = iter([1000.0, 1301.0])
    flow = CandidFlow(context, open_browser=lambda url: True, monotonic=lambda: next(moments))
    with pytest.raises(LoginTimeoutError, match="300 seconds"):
        flow.login(make_request())
    assert "/identity/wait-token" not in candid.paths


@pytest.mark.parametrize("timeout", ["", "soon", "0", "-1", "nan", "inf", "1e9"])
def test_a_time_to_wait_that_is_none_is_a_clear_error(
    timeout: str, flow: CandidFlow, candid: Any, make_request: Callable[..., LoginRequest]
) -> None:
    """A bad 'timeout' is told before anything is sent."""
    with pytest.raises(UsageError):
        flow.login(make_request(timeout=timeout))
    assert candid.received == []


def test_without_a_browser_the_address_is_enough_for_a_person(
    context: AuthContext, browser: Any, person: Any, make_request: Callable[..., LoginRequest]
) -> None:
    """Where no browser opens, the person can go to the address shown, on another machine."""

    def no_browser(url: str) -> bool:
        assert person.told[-1] == url
        browser(url)
        return False

    assert CandidFlow(context, open_browser=no_browser).login(make_request()).token == "token-1"


def test_without_a_browser_and_a_person_the_login_ends_at_once(
    context: AuthContext, candid: Any, make_request: Callable[..., LoginRequest]
) -> None:
    """Nobody could ever log in, so nobody is waited for."""
    flow = CandidFlow(replace(context, prompter=NoPrompter()), open_browser=lambda url: False)
    with pytest.raises(BrowserUnavailableError) as error:
        flow.login(make_request())
    assert "agent-file" in (error.value.advice or "")
    assert candid.paths == ["/identity/discharge"]


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b"not JSON",
        b"[]",
        b"{}",
        b'{"key": {"private": "c2hvcnQ="}}',
        b'{"key": {"private": "!"}}',
        b'{"key": {"private": 1}}',
        b"\xff\xfe",
        "key+agents: not objects",
        "key+agents: no text",
    ],
)
def test_a_bad_agent_file_is_a_clear_error(
    content: bytes | str | None,
    tmp_path: Path,
    agent_file: Path,
    flow: CandidFlow,
    candid: Any,
    make_request: Callable[..., LoginRequest],
) -> None:
    """A missing or malformed file is named, and nothing is sent or quoted."""
    path = tmp_path / "bad-agent.json"
    private = json.loads(agent_file.read_bytes())["key"]["private"]
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        agents = ["x"] if content.endswith("objects") else [{"url": 1, "username": 2}]
        path.write_text(json.dumps({"key": {"private": private}, "agents": agents}))
    with pytest.raises(AgentFileError) as error:
        flow.login(make_request(agent_file=str(path)))
    assert str(path) in str(error.value)
    assert private not in f"{error.value}{error.value.why}{error.value.advice}"
    assert candid.received == []


def test_an_agent_file_that_is_a_folder_is_a_clear_error(
    tmp_path: Path, flow: CandidFlow, make_request: Callable[..., LoginRequest]
) -> None:
    """The system's reason is passed on."""
    with pytest.raises(AgentFileError) as error:
        flow.login(make_request(agent_file=str(tmp_path)))
    assert error.value.why


def test_an_agent_of_another_candid_is_a_clear_error(
    flow: CandidFlow,
    candid: Any,
    write_agent_file: Callable[..., Path],
    make_request: Callable[..., LoginRequest],
) -> None:
    """The key is used only where its file says; the error names the places that it has."""
    path = write_agent_file("https://candid.elsewhere.test")
    with pytest.raises(AgentFileError) as error:
        flow.login(make_request(agent_file=str(path)))
    assert "https://candid.elsewhere.test" in (error.value.why or "")
    assert "/identity/login/agent" not in candid.paths


def test_an_agent_that_candid_does_not_know_is_a_refusal(
    flow: CandidFlow,
    candid: Any,
    write_agent_file: Callable[..., Path],
    make_request: Callable[..., LoginRequest],
) -> None:
    """An unregistered key does not log in."""
    with pytest.raises(DischargeRefusedError) as error:
        flow.login(make_request(agent_file=str(write_agent_file(candid.url))))
    assert "user not found" in (error.value.why or "")


@pytest.mark.parametrize("body", [{}, [], PAGE, {"macaroon": 1}, {"macaroon": {"i": "x"}}])
def test_an_unreadable_answer_to_an_agent_is_a_clear_error(
    body: Any,
    flow: CandidFlow,
    candid: Any,
    agent_file: Path,
    make_answer: Callable[..., Any],
    make_request: Callable[..., LoginRequest],
) -> None:
    """What is no macaroon does not crash the agent's login."""
    candid.answers["/identity/login/agent"].append(make_answer(200, body))
    with pytest.raises(UnexpectedResponseError):
        flow.login(make_request(agent_file=str(agent_file)))


def test_nothing_secret_is_logged_and_standard_output_stays_empty(
    flow: CandidFlow,
    candid: Any,
    agent_file: Path,
    make_request: Callable[..., LoginRequest],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Neither way of logging in shows tokens or keys, even in the debug log."""
    with caplog.at_level(logging.DEBUG):
        tokens = [
            flow.login(make_request()).token,
            flow.login(make_request(agent_file=str(agent_file))).token,
        ]
    output = capfd.readouterr()
    assert output.out == ""
    private = json.loads(agent_file.read_bytes())["key"]["private"]
    sent = [form["token64"] for form in candid.forms if "token64" in form]
    assert len(sent) == 2
    for secret in [*tokens, *sent, private, "correct horse battery"]:
        assert secret not in caplog.text
        assert secret not in output.err
