"""Logging in with Ubuntu One, without a client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keyring
import pymacaroons
import pytest

from craft_store import errors
from craft_store.login import UbuntuOneLogin
from craft_store_core.testing.scripted import Fault, ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Callable

    from craft_store.auth import Auth

ROOTS = "/v1/tokens/usso"
DISCHARGE = "/api/v2/tokens/discharge"


@pytest.fixture
def log_in(
    store: ScriptedServer,
    sso: ScriptedServer,
    pair: tuple[str, str],
    kept: Callable[[str | None], Auth],
) -> Callable[..., Any]:
    """Log in at a store that issues a root macaroon."""
    store.expect("POST", ROOTS, json={"macaroon": pair[0]})

    def login(**options: Any) -> Any:
        return UbuntuOneLogin.login_with(
            "jo@example.com",
            "correct horse",
            **{
                "base_url": store.url,
                "login_url": sso.url,
                "store_auth": kept(None),
                **options,
            },
        )

    return login


@pytest.mark.parametrize(
    ("status", "body", "kind", "text", "code"),
    [
        (
            403,
            {"code": "TWOFACTOR_FAILURE", "message": "Wrong code."},
            errors.UbuntuOneCredentialsError,
            "Wrong code.",
            "TWOFACTOR_FAILURE",
        ),
        (
            401,
            {"code": "TWOFACTOR_REQUIRED", "message": "2-factor."},
            errors.UbuntuOneOtpRequiredError,
            "Your account requires a one-time password",
            None,
        ),
        (
            403,
            {"code": "ACCOUNT_SUSPENDED", "message": "Suspended."},
            errors.UbuntuOneCredentialsError,
            "Suspended.",
            "ACCOUNT_SUSPENDED",
        ),
        (
            401,
            {},
            errors.UbuntuOneCredentialsError,
            "Ubuntu One refused the login",
            "authentication",
        ),
        (429, {}, errors.CraftStoreError, "temporarily refuses login attempts", None),
        (500, {}, errors.CraftStoreError, "failed", None),
        (200, {}, errors.CraftStoreError, "did not send a discharge macaroon", None),
        (200, {"discharge_macaroon": "!!"}, errors.CraftStoreError, "cannot be read", None),
    ],
)
def test_refusals_of_ubuntu_one_are_documented(
    log_in: Callable[..., Any],
    sso: ScriptedServer,
    status: int,
    body: dict[str, str],
    kind: type[errors.CraftStoreError],
    text: str,
    code: str | None,
) -> None:
    """Whatever the status is; the password is in none of them."""
    sso.expect("POST", DISCHARGE, status=status, json=body)
    with pytest.raises(kind, match=text) as caught:
        log_in()

    assert type(caught.value) is kind
    assert getattr(caught.value, "error_code", None) == code
    assert "correct horse" not in f"{caught.value} {caught.value.details}"


def test_an_unreachable_sign_on_is_a_documented_error(
    log_in: Callable[..., Any], sso: ScriptedServer
) -> None:
    """It is a network error like every other."""
    sso.expect("POST", DISCHARGE, fault=Fault.CLOSE)

    with pytest.raises(errors.NetworkError, match="did not answer"):
        log_in()


@pytest.mark.parametrize(
    ("answer", "kind"),
    [({"status": 408}, errors.CraftStoreError), ({"fault": Fault.RESET}, errors.NetworkError)],
)
def test_a_one_time_password_is_sent_once(
    log_in: Callable[..., Any],
    sso: ScriptedServer,
    answer: dict[str, Any],
    kind: type[errors.CraftStoreError],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The documented error says that the code may have been used."""
    monkeypatch.setenv("CRAFT_STORE_RETRIES", "2")
    sso.expect("POST", DISCHARGE, headers={"Retry-After": "0"}, **answer)
    with pytest.raises(kind) as caught:
        log_in(otp="123456")

    assert type(caught.value) is kind
    assert "may have been used" in (caught.value.details or "")
    assert "next code" in (caught.value.resolution or "")


def test_a_login_is_kept_in_the_keyring(
    log_in: Callable[..., Any], sso: ScriptedServer, store: ScriptedServer, pair: tuple[str, str]
) -> None:
    """Under the application's name, in place of what was there."""
    host = store.url.partition("//")[2]
    keyring.set_password("own-app", host, "b2xk")
    sso.expect("POST", DISCHARGE, json={"discharge_macaroon": pair[1]})
    root, discharge = log_in(store_auth=None, application_name="own-app", otp="")

    assert isinstance(root, pymacaroons.Macaroon)
    assert root.serialize() == pair[0]
    assert discharge.serialize() == pair[1]
    assert keyring.get_password("own-app", host) not in {None, "b2xk"}
    assert sso.requests[0].json() == {
        "email": "jo@example.com",
        "password": "correct horse",
        "caveat_id": "caveat-id",
    }
    assert "otp" not in sso.requests[0].json()


@pytest.mark.parametrize(
    ("status", "body", "kind", "text"),
    [
        (
            400,
            {"error-list": [{"code": "api-error", "message": "Too short."}]},
            errors.InvalidRequestError,
            "Too short.",
        ),
        (401, {}, errors.InvalidRequestError, "Ubuntu One rejected the macaroon request."),
        (404, {}, errors.StoreServerError, "404"),
        (200, {}, errors.InvalidResponseError, "invalid response"),
        (200, {"macaroon": "!!"}, errors.InvalidResponseError, "invalid response"),
    ],
)
def test_a_store_that_issues_no_root_is_a_documented_error(
    store: ScriptedServer,
    kept: Callable[[str | None], Auth],
    status: int,
    body: Any,
    kind: type[errors.CraftStoreError],
    text: str,
) -> None:
    """The password is not sent."""
    store.expect("POST", ROOTS, status=status, json=body)
    with pytest.raises(kind, match=text):
        UbuntuOneLogin.login_with(
            "jo@example.com", "secret", base_url=store.url, store_auth=kept(None)
        )

    assert b"secret" not in store.requests[0].body


def test_the_caveat_of_the_sign_on_is_found(kept: Callable[[str | None], Auth]) -> None:
    """Among several it is the one of its host, also when that is written as a URL."""
    login = UbuntuOneLogin(
        "https://api.example.com", login_url="https://sso.example.com", store_auth=kept(None)
    )
    for location in ("sso.example.com", "https://sso.example.com/"):
        root = pymacaroons.Macaroon(location="x", identifier="i", key="k", version=1)
        root.add_third_party_caveat("other.example.com", "k", "other")
        root.add_third_party_caveat(location, "k", "right")
        assert login._get_login_caveat(root.caveats).caveat_id == "right"
    alone = pymacaroons.Macaroon(location="x", identifier="i", key="k", version=1)
    with pytest.raises(errors.CraftStoreError, match="no third-party caveats found"):
        login._get_login_caveat(alone.caveats)
    alone.add_third_party_caveat("other.example.com", "k", "only")
    assert login._get_login_caveat(alone.caveats).caveat_id == "only"


def test_login_with_can_be_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests of dependents do that."""
    monkeypatch.setattr(UbuntuOneLogin, "login_with", classmethod(lambda *_, **__: "replaced"))

    assert UbuntuOneLogin.login_with("e", "p", base_url="u") == "replaced"  # type: ignore[comparison-overlap]  # replaced above
