"""The Ubuntu One flow: root, discharge, exchange, renewal."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from pymacaroons import Macaroon

PASSWORD_LOGIN = {"otp": None}


def test_login_gives_a_token_with_the_limits_of_its_root(acme: Any) -> None:
    """Root, discharge and exchange give a token; whoami shows the account and the limits."""
    root = acme.root(
        ttl=86400, packages=[{"type": "charm", "name": "acme-web"}], channels=["latest/edge"]
    )
    answer = acme.exchange(root, acme.discharge(root), **{"client-description": "a laptop"})
    token = answer.json()["macaroon"]

    me = acme.call("GET", "/v1/tokens/whoami", token=token).json()
    listed = acme.ok("GET", "/v1/tokens")["macaroons"]

    assert me["account"]["username"] == "jo-example"
    assert me["account"]["email"] == "jo@example.com"
    assert me["channels"] == ["latest/edge"]
    assert me["packages"][0]["name"] == "acme-web"
    assert len(me["packages"][0]["id"]) == 32
    assert "package-manage" in me["permissions"]
    assert "a laptop" in [item["description"] for item in listed]


def test_the_caveat_names_the_host_of_single_sign_on(client: Any) -> None:
    """Clients find the caveat by the host and port of the SSO address."""
    (caveat,) = Macaroon.deserialize(client.root()).third_party_caveats()

    assert caveat.location == client.sandbox.urls.sso.partition("//")[2]
    assert caveat.caveat_id.isprintable()


def test_one_time_password_is_asked_for_in_every_spelling(client: Any) -> None:
    """The body serves clients that read the top level and those that read the list."""
    root = client.root()
    answer = client.sign_on(
        "discharge",
        email="JO@example.com",
        password=client.sandbox.password,
        caveat_id=Macaroon.deserialize(root).third_party_caveats()[0].caveat_id,
    )

    assert answer.status_code == 401
    assert answer.json()["code"] == "TWOFACTOR_REQUIRED"
    assert answer.json()["error_list"][0]["code"] == "twofactor-required"


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"password": "wrong"}, 401, "INVALID_CREDENTIALS"),
        ({"email": "nobody@example.com"}, 401, "INVALID_CREDENTIALS"),
        ({"otp": "000000x"}, 403, "TWOFACTOR_FAILURE"),
        ({"email": ""}, 400, "INVALID_DATA"),
        ({"password": 7}, 400, "INVALID_DATA"),
        ({"otp": 7}, 400, "INVALID_DATA"),
        ({"caveat_id": "not ours"}, 400, "INVALID_DATA"),
        ({"caveat_id": '{"version": 1, "secret": "AAAA"}'}, 400, "INVALID_DATA"),
        ({"caveat_id": "[]"}, 400, "INVALID_DATA"),
    ],
)
def test_bad_credentials_are_refused(
    client: Any, change: dict[str, Any], status: int, code: str
) -> None:
    """Each refusal has its status, a top-level code and an error list."""
    body = {
        "email": client.sandbox.account.email,
        "password": client.sandbox.password,
        "otp": client.sandbox.account.one_time_password(),
        "caveat_id": Macaroon.deserialize(client.root()).third_party_caveats()[0].caveat_id,
        **change,
    }
    answer = client.sign_on("discharge", **body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["error_list"][0]["message"] == answer.json()["message"]


@pytest.mark.parametrize("body", [b"{", b"[]"])
def test_a_body_that_is_no_object_is_invalid_data(client: Any, body: bytes) -> None:
    """Single sign-on says so in its own error body."""
    url = f"{client.sandbox.urls.sso}/api/v2/tokens/discharge"
    answer = client.session.post(url, data=body, timeout=30)

    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_DATA")


@pytest.mark.parametrize(
    ("option", "code"),
    [
        ("suspended", "ACCOUNT_SUSPENDED"),
        ("deactivated", "ACCOUNT_DEACTIVATED"),
        ("email_invalidated", "EMAIL_INVALIDATED"),
    ],
)
def test_closed_accounts_cannot_log_in(client: Any, option: str, code: str) -> None:
    """The account's standing is told after the password was right."""
    client.sandbox.add_account("al@example.com", "a password", **{option: True})
    caveat = Macaroon.deserialize(client.root()).third_party_caveats()[0].caveat_id
    answer = client.sign_on(
        "discharge", email="al@example.com", password="a password", caveat_id=caveat
    )

    assert (answer.status_code, answer.json()["code"]) == (403, code)


def test_one_time_passwords_follow_the_clock(client: Any) -> None:
    """A code of long ago is refused."""
    old = client.sandbox.account.one_time_password()
    client.sandbox.clock.advance(600)
    caveat = Macaroon.deserialize(client.root()).third_party_caveats()[0].caveat_id
    answer = client.sign_on(
        "discharge",
        email=client.sandbox.account.email,
        password=client.sandbox.password,
        otp=old,
        caveat_id=caveat,
    )

    assert answer.status_code == 403


def test_a_careful_account_takes_each_code_once(client: Any) -> None:
    """Replay is refused where the account says so, until the next step."""
    account = client.sandbox.add_account(
        "al@example.com", "a password", totp=True, refuse_totp_replay=True
    )
    root = client.root()
    login = {"email": account.email, "password": "a password", "caveat_id": None}
    login["caveat_id"] = Macaroon.deserialize(root).third_party_caveats()[0].caveat_id
    login["otp"] = account.one_time_password()

    first, again = (client.sign_on("discharge", **login) for _ in range(2))
    client.sandbox.clock.advance(60)
    login["otp"] = account.one_time_password()
    later = client.sign_on("discharge", **login)

    assert [answer.status_code for answer in (first, again, later)] == [200, 403, 200]


def test_exchange_refuses_an_unbound_discharge(client: Any) -> None:
    """The signature chain is verified, binding included."""
    root = client.root()
    answer = client.exchange(root, client.discharge(root), bound=False)

    assert answer.status_code == 401
    assert answer.json()["error-list"][0]["code"] == "macaroon-authorization-required"


def test_exchange_refuses_the_discharge_of_another_root(client: Any) -> None:
    """A discharge completes only the root that it was made for."""
    first, second = client.root(), client.root()

    assert client.exchange(first, client.discharge(second)).status_code == 401


def test_exchange_refuses_a_root_that_the_client_extended(client: Any) -> None:
    """A condition that the gateway does not know is never met."""
    root = client.root()
    discharge = client.discharge(root)
    extended = Macaroon.deserialize(root)
    extended.add_first_party_caveat("only-on tuesdays")

    assert client.exchange(extended.serialize(), discharge).status_code == 401


def test_exchange_refuses_a_discharge_that_claims_another_account(client: Any) -> None:
    """What the holder appends to a discharge cannot change whose it is."""
    root = client.root()
    discharge = Macaroon.deserialize(client.discharge(root))
    host = client.sandbox.urls.sso.partition("//")[2]
    claim = base64.b64encode(b'{"openid": "someone-else"}').decode()
    discharge.add_first_party_caveat(f"{host}|account|{claim}")

    assert client.exchange(root, discharge.serialize()).status_code == 401


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Macaroon nonsense",
        "Macaroon root=AAAA, discharge=AAAA",
        "Macaroon root=AAAA",
        "Basic root=AAAA, discharge=AAAA",
    ],
)
def test_exchange_refuses_malformed_headers(client: Any, header: str) -> None:
    """Whatever the header holds, the answer is 401 with an error list."""
    answer = client.call(
        "POST", "/v1/tokens/usso/exchange", {}, token="", headers={"Authorization": header}
    )

    assert answer.status_code == 401
    assert answer.json()["error-list"][0]["code"]


def test_an_old_discharge_needs_a_refresh_and_gets_one(client: Any) -> None:
    """The exchange asks for a refresh; the renewed discharge works without the password."""
    root = client.root(ttl=1_000_000)
    discharge = client.discharge(root)
    client.sandbox.clock.advance(25 * 3600)

    refused = client.exchange(root, discharge)
    renewed = client.sign_on("refresh", discharge_macaroon=discharge).json()["discharge_macaroon"]
    accepted = client.exchange(root, renewed)

    assert refused.json()["error-list"][0]["code"] == "macaroon-needs-refresh"
    assert refused.headers["WWW-Authenticate"] == "Macaroon needs_refresh=1"
    assert accepted.status_code == 200


def test_an_expired_root_needs_a_new_login(client: Any) -> None:
    """The bakery's spelling says so."""
    root = client.root(ttl=10)
    discharge = client.discharge(root)
    client.sandbox.clock.advance(11)
    answer = client.exchange(root, discharge)

    assert answer.status_code == 401
    assert answer.json() == {
        "Code": "macaroon discharge required",
        "Message": "discharge required",
    }


def test_refresh_refuses_a_bound_discharge(client: Any) -> None:
    """Only the unbound form can be renewed."""
    root = client.root()
    bound = Macaroon.deserialize(root).prepare_for_request(
        Macaroon.deserialize(client.discharge(root))
    )
    answer = client.sign_on("refresh", discharge_macaroon=bound.serialize())

    assert (answer.status_code, answer.json()["code"]) == (401, "INVALID_CREDENTIALS")


def test_roots_and_discharges_work_directly(client: Any) -> None:
    """Old clients never exchange: the pair itself authorises each call."""
    root = client.root()
    bound = Macaroon.deserialize(root).prepare_for_request(
        Macaroon.deserialize(client.discharge(root))
    )
    value = f"root={root}, discharge={bound.serialize()}"

    assert client.call("GET", "/v1/tokens/whoami", token=value).status_code == 200


def test_dashboard_macaroons_have_an_exchange_of_their_own(client: Any) -> None:
    """Each exchange takes only roots of its kind."""
    root = client.sandbox.issue_dashboard_root()
    discharge = client.discharge(root)

    assert client.exchange(root, discharge, "dashboard").status_code == 200
    assert client.exchange(root, discharge, "usso").status_code == 401


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"ttl": 3}, "3 is less than the minimum of 10 at /ttl"),
        ({"ttl": 10**9}, "1000000000 is greater than the maximum of 31536000 at /ttl"),
        ({"permissions": []}, "at /permissions"),
        ({"permissions": ["fly"]}, "at /permissions/0"),
        ({"packages": [{"type": "charm"}]}, "at /packages/0"),
        ({"unknown": 1}, "Additional properties are not allowed"),
    ],
)
def test_schema_violations_read_as_the_gateway_writes_them(
    client: Any, body: dict[str, Any], message: str
) -> None:
    """400 api-error, with the JSON pointer of the fault."""
    sent = {"permissions": ["package-view"], **body}
    status, code, text = client.refused("POST", "/v1/tokens/usso", sent, token="")

    assert (status, code) == (400, "api-error")
    assert message in text
