"""The flow: login, preparation, the header, and renewal."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from craft_store_core.errors import (
    AuthenticationRequiredError,
    ConfigurationError,
    CredentialsExpiredError,
    CredentialsUnreadableError,
    HostNotAllowedError,
    OneTimePasswordRefusedError,
    OneTimePasswordRequiredError,
    OneTimePasswordUnconfirmedError,
    UnexpectedResponseError,
    UsageError,
    WrongCredentialsError,
)
from craft_store_core.plugins import Credential, Store, decode_credential
from craft_store_core.testing.flows import RefreshableAuthFlowConformance
from craft_store_ubuntu_one import UbuntuOneFlow

if TYPE_CHECKING:
    from collections.abc import Callable

    from craft_store_core.plugins import AuthContext, AuthFlowFactory, LoginRequest

EMAIL = "jo@example.com"
PASSWORD = "correct horse battery"
OTP = "123456"
ROOT_END = datetime(2026, 12, 1, tzinfo=timezone.utc)


class TestConformance(RefreshableAuthFlowConformance):
    """The flow does what every flow that can renew must do."""

    kinds = ("u1-macaroon", "macaroon", "developer-token")

    @pytest.fixture
    def factory(self) -> AuthFlowFactory:
        return UbuntuOneFlow


@pytest.fixture
def flow(context: AuthContext) -> UbuntuOneFlow:
    return UbuntuOneFlow(context)


@pytest.fixture
def credential(flow: UbuntuOneFlow, request_for_login: LoginRequest) -> Credential:
    return flow.login(request_for_login)


@pytest.fixture
def stored(credential: Credential) -> Credential:
    """A root and discharge as other programs store them: not exchanged, nothing else known."""
    return Credential("u1-macaroon", dict(credential.secret))  # type: ignore[arg-type]  # has parts


def test_a_login_keeps_what_can_be_renewed_beside_the_token(
    credential: Credential, issuer: Any
) -> None:
    """The root and the unbound discharge stay; the token stands beside them."""
    assert credential.kind == "u1-macaroon"
    assert credential.exchanged == "token-1"
    assert credential.account == EMAIL
    assert credential.host == "api.example.test"
    with pytest.raises(Exception, match=r"[Ss]ignature"):
        issuer.holds(credential.part("r"), credential.part("d"))
    assert issuer.descriptions == ["craft-store@build-01"]


def test_a_login_sends_the_password_once_and_to_the_single_sign_on_alone(
    flow: UbuntuOneFlow, sso: Any, request_for_login: LoginRequest
) -> None:
    """The discharge request holds what the service asks for, at the prefix of its base URL."""
    flow.login(request_for_login)
    assert sso.received == [
        (
            "/sso/api/v2/tokens/discharge",
            {"email": EMAIL, "password": PASSWORD, "caveat_id": "caveat-1", "otp": OTP},
        )
    ]


def test_the_end_is_the_earliest_that_is_known_of_the_root(
    flow: UbuntuOneFlow, issuer: Any, request_for_login: LoginRequest, context: AuthContext
) -> None:
    """The lifetime asked for, or a caveat of the root that ends before; not the discharge's."""
    assert flow.login(request_for_login).expires_at == ROOT_END
    issuer.conditions = []
    later = context.now() + timedelta(seconds=request_for_login.ttl)
    assert flow.login(request_for_login).expires_at == later


def test_it_asks_for_what_was_not_given(
    context: AuthContext, make_person: Callable[..., Any], make_request: Callable[..., LoginRequest]
) -> None:
    """The e-mail is asked openly, the password secretly, the one-time password when needed."""
    person = make_person(email=[f" {EMAIL} "], password=[PASSWORD], otp=["123 456"])
    credential = UbuntuOneFlow(replace(context, prompter=person)).login(make_request())
    assert person.asked == [("email", False), ("password", True), ("otp", False)]
    assert credential.account == EMAIL


def test_it_does_not_ask_for_a_one_time_password_without_need(
    context: AuthContext,
    sso: Any,
    make_person: Callable[..., Any],
    make_request: Callable[..., LoginRequest],
) -> None:
    """An account without a second factor is never asked for one."""
    sso.second_factor = False
    person = make_person()
    request = make_request(email=EMAIL, password=PASSWORD)
    UbuntuOneFlow(replace(context, prompter=person)).login(request)
    assert person.asked == []
    assert "otp" not in sso.received[0][1]


def test_a_needed_one_time_password_that_nobody_gives_is_a_clear_error(
    flow: UbuntuOneFlow, make_request: Callable[..., LoginRequest]
) -> None:
    """Where nobody can be asked, the error names the answer that is missing."""
    with pytest.raises(OneTimePasswordRequiredError) as error:
        flow.login(make_request(email=EMAIL, password=PASSWORD))
    assert "otp" in (error.value.advice or "")


def test_a_refused_one_time_password_is_asked_again_three_times(
    context: AuthContext,
    sso: Any,
    make_person: Callable[..., Any],
    make_request: Callable[..., LoginRequest],
) -> None:
    """A person gets three more tries, then the error."""
    person = make_person(otp=["000001", "000002", "000003", "000004"])
    flow = UbuntuOneFlow(replace(context, prompter=person))
    with pytest.raises(OneTimePasswordRefusedError):
        flow.login(make_request(email=EMAIL, password=PASSWORD, otp="000000"))
    assert [body["otp"] for _, body in sso.received] == ["000000", "000001", "000002", "000003"]
    assert len(person.told) == 3


def test_a_second_one_time_password_may_be_right(
    context: AuthContext, make_person: Callable[..., Any], make_request: Callable[..., LoginRequest]
) -> None:
    """After a mistyped one-time password, the next one logs in."""
    person = make_person(otp=[OTP])
    flow = UbuntuOneFlow(replace(context, prompter=person))
    request = make_request(email=EMAIL, password=PASSWORD, otp="000000")
    assert flow.login(request).exchanged == "token-1"


def test_a_refused_one_time_password_without_a_person_is_the_error(
    flow: UbuntuOneFlow, make_request: Callable[..., LoginRequest]
) -> None:
    """Where nobody can be asked, the refusal itself is raised."""
    with pytest.raises(OneTimePasswordRefusedError):
        flow.login(make_request(email=EMAIL, password=PASSWORD, otp="000000"))


def test_codes_without_an_answer_are_asked_for_three_times(
    context: AuthContext,
    sso: Any,
    make_answer: Callable[..., Any],
    make_person: Callable[..., Any],
    make_request: Callable[..., LoginRequest],
) -> None:
    """A service that goes on failing does not keep the person for ever."""
    sso.answers.extend([make_answer(502, "busy")] * 4)
    person = make_person(otp=["000001", "000002", "000003", "000004"])
    flow = UbuntuOneFlow(replace(context, prompter=person))
    with pytest.raises(OneTimePasswordUnconfirmedError):
        flow.login(make_request(email=EMAIL, password=PASSWORD, otp="000000"))
    assert [body["otp"] for _, body in sso.received] == ["000000", "000001", "000002", "000003"]


def test_a_person_who_repeats_a_code_that_may_have_been_used_ends_the_login(
    context: AuthContext,
    sso: Any,
    make_answer: Callable[..., Any],
    make_person: Callable[..., Any],
    make_request: Callable[..., LoginRequest],
) -> None:
    """It is never sent again."""
    sso.answers.append(make_answer(408, "late"))
    person = make_person(otp=[OTP, OTP, OTP, OTP])
    flow = UbuntuOneFlow(replace(context, prompter=person))
    with pytest.raises(OneTimePasswordUnconfirmedError):
        flow.login(make_request(email=EMAIL, password=PASSWORD, otp=OTP))
    assert len(sso.received) == 1
    assert len(person.asked) == 3


def test_a_service_that_asks_for_ever_is_not_followed(
    flow: UbuntuOneFlow,
    sso: Any,
    request_for_login: LoginRequest,
    make_answer: Callable[..., Any],
) -> None:
    """A one-time password that was given and is asked for again ends the login."""
    sso.answers.append(make_answer(401, {"code": "twofactor-required", "message": ""}))
    with pytest.raises(OneTimePasswordRequiredError):
        flow.login(request_for_login)
    assert len(sso.received) == 1


@pytest.mark.parametrize("name", ["email", "password", "otp"])
def test_an_empty_answer_of_a_person_is_a_clear_error(
    name: str,
    context: AuthContext,
    make_person: Callable[..., Any],
    make_request: Callable[..., LoginRequest],
) -> None:
    """Pressing return does not send an empty field."""
    answers = {"email": EMAIL, "password": PASSWORD}
    answers.pop(name, None)
    person = make_person(**{name: ["  "]})
    expected = OneTimePasswordRequiredError if name == "otp" else UsageError
    with pytest.raises(expected):
        UbuntuOneFlow(replace(context, prompter=person)).login(make_request(**answers))


def test_wrong_credentials_store_and_exchange_nothing(
    flow: UbuntuOneFlow, issuer: Any, make_request: Callable[..., LoginRequest]
) -> None:
    """A refused login does not get as far as the exchange."""
    with pytest.raises(WrongCredentialsError):
        flow.login(make_request(email=EMAIL, password="guess"))
    assert issuer.exchanged == []


def test_the_password_does_not_leave_for_another_identity_service(
    flow: UbuntuOneFlow, sso: Any, issuer: Any, request_for_login: LoginRequest
) -> None:
    """A root that asks for another host is refused before anything is sent."""
    issuer.sso_location = "login.elsewhere.test"
    with pytest.raises(HostNotAllowedError) as error:
        flow.login(request_for_login)
    assert "login.elsewhere.test" in (error.value.why or "")
    assert sso.received == []


def test_an_unreadable_root_is_a_clear_error(
    flow: UbuntuOneFlow, sso: Any, issuer: Any, request_for_login: LoginRequest
) -> None:
    """What the store sends is checked before the password is."""
    issuer.root = "<html>"
    with pytest.raises(UnexpectedResponseError):
        flow.login(request_for_login)
    assert sso.received == []


def test_a_store_without_single_sign_on_is_a_clear_error(
    context: AuthContext, request_for_login: LoginRequest
) -> None:
    """The flow on a store that has no such service says what to configure."""
    store = Store("bare", "Bare", "bare", {"api": "https://api.example.test"}, ("ubuntu-one",))
    with pytest.raises(ConfigurationError):
        UbuntuOneFlow(replace(context, store=store)).login(request_for_login)


@pytest.mark.parametrize("kind", ["macaroon", "developer-token"])
def test_a_token_is_used_as_it_is(kind: str, flow: UbuntuOneFlow) -> None:
    """Tokens from elsewhere need no preparation and cannot be renewed."""
    token = Credential(kind, "opaque-token")
    assert flow.prepare(token) is token
    assert flow.authorization(token) == "Macaroon opaque-token"
    with pytest.raises(CredentialsExpiredError) as error:
        flow.refresh(token)
    assert error.value.advice


def test_a_stored_pair_is_exchanged_when_it_is_prepared(
    flow: UbuntuOneFlow, stored: Credential, credential: Credential
) -> None:
    """Credentials that another program stored become ready, and their end is read."""
    prepared = flow.prepare(stored)
    assert prepared.secret == credential.secret
    assert prepared.exchanged == "token-2"
    assert prepared.expires_at == ROOT_END
    assert flow.authorization(prepared) == "Macaroon token-2"


def test_preparing_keeps_an_end_that_is_known(flow: UbuntuOneFlow, stored: Credential) -> None:
    """The recorded end is not replaced by that of the root."""
    end = ROOT_END - timedelta(days=2)
    assert flow.prepare(replace(stored, expires_at=end)).expires_at == end


def test_preparing_renews_a_discharge_that_went_stale(
    flow: UbuntuOneFlow, issuer: Any, sso: Any, stored: Credential
) -> None:
    """When the store says so, a newer discharge is fetched first, without the password."""
    issuer.stale_discharges = 1
    prepared = flow.prepare(stored)
    assert sso.received[-1] == (
        "/sso/api/v2/tokens/refresh",
        {"discharge_macaroon": stored.part("d")},
    )
    assert prepared.part("r") == stored.part("r")
    assert prepared.part("d") != stored.part("d")
    assert prepared.exchanged is not None


def test_a_pair_whose_root_has_ended_is_refused_without_asking(
    context: AuthContext, issuer: Any, stored: Credential
) -> None:
    """The end that the root itself tells is believed."""
    flow = UbuntuOneFlow(replace(context, now=lambda: ROOT_END + timedelta(seconds=1)))
    with pytest.raises(CredentialsExpiredError):
        flow.prepare(stored)
    assert issuer.exchanged == ["token-1"]


def test_a_store_that_takes_macaroons_gets_them_bound(
    flow: UbuntuOneFlow, issuer: Any, request_for_login: LoginRequest
) -> None:
    """Without an exchange, the header holds the root and the bound discharge."""
    issuer.takes_macaroons = True
    credential = flow.login(request_for_login)
    assert credential.exchanged is None
    header = flow.authorization(credential)
    scheme, root, discharge = header.replace(",", "").split(" ")
    assert (scheme, root) == ("Macaroon", f"root={credential.part('r')}")
    assert issuer.holds(root.partition("=")[2], discharge.partition("=")[2])
    assert flow.prepare(credential) is credential


def test_renewal_exchanges_again(flow: UbuntuOneFlow, sso: Any, credential: Credential) -> None:
    """A refused token is replaced by another one for the same macaroons, asking nobody."""
    renewed = flow.refresh(credential)
    assert renewed == credential.with_exchanged("token-2")
    assert sso.paths == ["/sso/api/v2/tokens/discharge"]


def test_renewal_never_overwrites_what_can_be_renewed(
    flow: UbuntuOneFlow, credential: Credential, issuer: Any
) -> None:
    """However often it is renewed, the pair in the stored form still holds."""
    for _ in range(3):
        credential = decode_credential(flow.refresh(credential).encode())
    assert credential.exchanged == issuer.exchanged[-1] == "token-4"
    assert set(credential.secret) == {"r", "d"}
    header = flow.authorization(credential.with_exchanged(None))
    root, _, discharge = header.removeprefix("Macaroon root=").partition(", discharge=")
    assert issuer.holds(root, discharge)


def test_renewal_fetches_a_newer_discharge_when_the_store_says_so(
    flow: UbuntuOneFlow, issuer: Any, sso: Any, credential: Credential
) -> None:
    """The newer discharge is kept, and the token is exchanged with it."""
    issuer.stale_discharges = 1
    renewed = flow.refresh(credential)
    assert sso.paths[-1] == "/sso/api/v2/tokens/refresh"
    assert renewed.part("d") != credential.part("d")
    assert renewed.part("r") == credential.part("r")
    assert renewed.exchanged == "token-2"
    assert renewed.expires_at == credential.expires_at


def test_renewal_gives_up_when_a_new_discharge_does_not_help(
    flow: UbuntuOneFlow, issuer: Any, sso: Any, credential: Credential
) -> None:
    """A store that asks for ever newer discharges is asked once."""
    issuer.stale_discharges = 5
    with pytest.raises(CredentialsExpiredError):
        flow.refresh(credential)
    assert sso.paths.count("/sso/api/v2/tokens/refresh") == 1


def test_renewal_of_a_pair_that_is_sent_itself_renews_the_discharge(
    flow: UbuntuOneFlow, issuer: Any, request_for_login: LoginRequest
) -> None:
    """Where the store takes the macaroons, a refused header means a new discharge."""
    issuer.takes_macaroons = True
    credential = flow.login(request_for_login)
    renewed = flow.refresh(credential)
    assert renewed.exchanged is None
    assert renewed.part("d") != credential.part("d")
    assert flow.authorization(renewed) != flow.authorization(credential)


def test_a_login_that_the_store_ended_needs_a_new_login(
    flow: UbuntuOneFlow,
    issuer: Any,
    credential: Credential,
    make_refusal: Callable[..., AuthenticationRequiredError],
) -> None:
    """When the root itself is refused, the error says to log in again."""
    issuer.refusals.append(make_refusal("macaroon-authorization-required"))
    with pytest.raises(CredentialsExpiredError) as error:
        flow.refresh(credential)
    assert "Log in again" in (error.value.advice or "")


def test_a_login_that_ubuntu_one_ended_needs_a_new_login(
    flow: UbuntuOneFlow,
    issuer: Any,
    sso: Any,
    credential: Credential,
    make_answer: Callable[..., Any],
) -> None:
    """When the discharge is not renewed, the error says to log in again."""
    issuer.stale_discharges = 1
    sso.answers.append(make_answer(401, {"code": "INVALID_CREDENTIALS", "message": "Changed."}))
    with pytest.raises(CredentialsExpiredError) as error:
        flow.refresh(credential)
    assert "Log in again" in (error.value.advice or "")


@pytest.mark.parametrize("part", ["r", "d"])
def test_damaged_macaroons_are_a_clear_error(
    part: str, flow: UbuntuOneFlow, stored: Credential
) -> None:
    """A part that is no macaroon is named as unreadable, whatever is asked of the flow."""
    damaged = replace(stored, secret={"r": stored.part("r"), "d": stored.part("d"), part: "AAAA"})
    for use in (flow.prepare, flow.refresh, flow.authorization):
        with pytest.raises(CredentialsUnreadableError) as error:
            use(damaged)
        assert "AAAA" not in str(error.value)


def test_nothing_secret_is_logged_by_a_whole_life(
    context: AuthContext,
    issuer: Any,
    make_person: Callable[..., Any],
    make_request: Callable[..., LoginRequest],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Login, renewal and refusal leave no secret in logs, output or what a person is told."""
    person = make_person(password=[PASSWORD], otp=["000000", OTP])
    flow = UbuntuOneFlow(replace(context, prompter=person))
    with caplog.at_level(logging.DEBUG):
        credential = flow.login(make_request(email=EMAIL))
        issuer.stale_discharges = 1
        renewed = flow.refresh(credential)
        flow.authorization(renewed)
    output = capfd.readouterr()
    assert output.out == ""
    shown = caplog.text + output.err + "".join(person.told)
    secrets = [PASSWORD, OTP, "000000", "token-1", "token-2"]
    for secret in [*secrets, credential.part("r"), credential.part("d"), renewed.part("d")]:
        assert secret not in shown
