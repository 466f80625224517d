"""The identity service, met by the real macaroonbakery client."""

from __future__ import annotations

import base64
import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from macaroonbakery import bakery, checkers, httpbakery
from macaroonbakery.httpbakery.agent import Agent, AgentInteractor, AuthInfo
from pymacaroons import Macaroon
from pymacaroons.serializers import JsonSerializer

from craft_store_sandbox.identity.candid_macaroons import split_set


def _root(client: Any, **body: Any) -> Any:
    """A root macaroon for the identity service."""
    answer = client.call("POST", "/v1/tokens", body, token="")
    assert answer.ok, answer.text
    return bakery.Macaroon.from_dict(json.loads(answer.json()["macaroon"]))


def _header(macaroons: list[Any], *, standard: bool = False) -> str:
    items = [json.loads(item.serialize(JsonSerializer())) for item in macaroons]
    encode = base64.b64encode if standard else base64.urlsafe_b64encode
    return encode(json.dumps(items).encode()).decode()


def _exchange(client: Any, header: str) -> Any:
    return client.call("POST", "/v1/tokens/exchange", {}, token="", headers={"Macaroons": header})


def _browser(*attempts: dict[str, str]) -> Any:
    """A browser of which somebody fills in the form."""

    def visit(url: str) -> None:
        with requests.Session() as session:
            page = session.get(url, timeout=30)
            assert page.headers["Content-Type"].startswith("text/html")
            for attempt in attempts:
                fields = re.findall(r'<input[^>]* name="(\w+)"', page.text)
                assert set(fields) == set(attempt)
                page = session.post(url, data=attempt, timeout=30)
        assert "You are logged in" in page.text

    return httpbakery.Client(interaction_methods=[httpbakery.WebBrowserInteractor(open=visit)])


def _login(client: Any) -> tuple[dict[str, str], ...]:
    account, password = client.sandbox.account, client.sandbox.password
    first = {"email": account.email, "password": password}
    return first, {**first, "otp": account.one_time_password()}


def _discharged(client: Any, root: Any) -> list[Any]:
    made: list[Any] = bakery.discharge_all(root, _browser(*_login(client)).acquire_discharge)
    return made


@pytest.mark.parametrize("standard", [True, False])
def test_the_browser_flow_gives_a_token(client: Any, standard: bool) -> None:
    """Page, password, one-time password, wait token, discharge, exchange."""
    root = _root(client, permissions=["package-view"], description="a laptop", ttl=600)
    answer = _exchange(client, _header(_discharged(client, root), standard=standard))
    token = answer.json()["macaroon"]
    me = client.call("GET", "/v1/tokens/whoami", token=token).json()

    assert me["account"]["username"] == "jo-example"
    assert me["permissions"] == ["package-view"]


def test_the_page_says_what_is_wrong(client: Any) -> None:
    """A wrong password leaves the form; the second factor keeps its field."""
    first, second = _login(client)
    attempts = (
        {**first, "password": "wrong"},
        first,
        {**second, "otp": "000000"},
        second,
    )
    root = _root(client)
    macaroons = bakery.discharge_all(root, _browser(*attempts).acquire_discharge)

    assert _exchange(client, _header(macaroons)).status_code == 200


def test_the_legacy_flow_gives_the_discharge_itself(client: Any) -> None:
    """Visit and wait, without a second request."""
    root = _root(client)
    (caveat,) = root.third_party_caveats()
    url = f"{client.sandbox.urls.candid}/discharge"
    body = {"id64": base64.b64encode(caveat.caveat_id_bytes).decode()}
    refused = client.session.post(url, data=body, timeout=30)
    info = refused.json()["Info"]
    methods = client.session.get(
        info["VisitURL"], headers={"Accept": "application/json"}, timeout=30
    ).json()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(client.session.get, info["WaitURL"], timeout=30)
        requests.post(methods["interactive"], data=_login(client)[1], timeout=30)
        discharge = bakery.Macaroon.from_dict(waiting.result().json()["Macaroon"])
    macaroons = bakery.discharge_all(root, lambda *_: discharge)

    assert refused.status_code == 407
    assert _exchange(client, _header(macaroons)).status_code == 200


def test_an_agent_logs_in_with_its_key(client: Any) -> None:
    """The agent proves its key, and its discharge names the account it works for."""
    key = bakery.generate_key()
    client.sandbox.add_agent("robot", str(key.public_key), client.sandbox.account)
    info = AuthInfo(key=key, agents=[Agent(url=client.sandbox.urls.candid, username="robot")])
    browser = httpbakery.Client(interaction_methods=[AgentInteractor(info)])
    macaroons = bakery.discharge_all(_root(client), browser.acquire_discharge)

    assert _exchange(client, _header(macaroons)).status_code == 200


def test_an_agent_with_another_key_is_refused(client: Any) -> None:
    """The name alone opens nothing."""
    client.sandbox.add_agent("robot", str(bakery.generate_key().public_key), client.sandbox.account)
    info = AuthInfo(
        key=bakery.generate_key(),
        agents=[Agent(url=client.sandbox.urls.candid, username="robot")],
    )
    browser = httpbakery.Client(interaction_methods=[AgentInteractor(info)])

    with pytest.raises(httpbakery.InteractionError, match="403"):
        bakery.discharge_all(_root(client), browser.acquire_discharge)


def test_an_agent_that_does_not_discharge_is_refused(client: Any) -> None:
    """Sending the agent's macaroon back undischarged proves nothing."""
    key = bakery.generate_key()
    client.sandbox.add_agent("robot", str(key.public_key), client.sandbox.account)
    (caveat,) = _root(client).third_party_caveats()
    url = f"{client.sandbox.urls.candid}/discharge"
    body = {"id64": base64.b64encode(caveat.caveat_id_bytes).decode()}
    info = client.session.post(url, data=body, timeout=30).json()["Info"]
    login = client.session.get(
        info["InteractionMethods"]["agent"]["login-url"],
        params={"username": "robot", "public-key": str(key.public_key)},
        timeout=30,
    ).json()
    token = bakery.Macaroon.from_dict(login["macaroon"]).macaroon.serialize()
    token64 = base64.b64encode(bakery.b64decode(token)).decode()

    for _ in range(2):
        sent = {**body, "token64": token64, "token-kind": "agent"}
        answer = client.session.post(url, data=sent, timeout=30)
        assert (answer.status_code, answer.json()["Code"]) == (401, "unauthorized")


def test_the_exchange_verifies_the_set(client: Any) -> None:
    """Undischarged, unbound, extended and mismatched sets are refused."""
    root = _root(client)
    macaroons = _discharged(client, root)
    extended = macaroons[0].copy()
    extended.add_first_party_caveat("only-on tuesdays")
    claimed = macaroons[0].copy()
    claimed.add_first_party_caveat("declared username al-other")
    foreign = Macaroon(location="x", identifier="y", key="z", version=2)

    for items in (
        [macaroons[0]],
        [extended, *macaroons[1:]],
        [claimed, *macaroons[1:]],
        [foreign],
        [_root(client).macaroon, *macaroons[1:]],
    ):
        assert _exchange(client, _header(items)).status_code == 401


@pytest.mark.parametrize(
    "claim", ["declared username al-other", "time-before whenever", "only-on tuesdays"]
)
def test_appended_claims_do_not_change_the_account(client: Any, claim: str) -> None:
    """A discharge that declares two names declares nobody; unknown conditions are never met."""
    root = _root(client)
    browser = _browser(*_login(client))

    def acquire(*arguments: Any) -> Any:
        made = browser.acquire_discharge(*arguments)
        made.macaroon.add_first_party_caveat(claim)
        return made

    assert _exchange(client, _header(bakery.discharge_all(root, acquire))).status_code == 401


def test_the_exchange_window_closes(client: Any) -> None:
    """An old discharge is refused with the message of the gateway; an old root by the bakery."""
    header = _header(_discharged(client, _root(client)))
    short = _header(_discharged(client, _root(client, ttl=600)))
    client.sandbox.clock.advance(2 * 3600)

    assert _exchange(client, header).json()["error-list"][0]["message"] == (
        "Exchange window expired"
    )
    assert _exchange(client, short).json()["Code"] == "macaroon discharge required"


@pytest.mark.parametrize("header", ["", "!!", "e30=", "W10=", "WzFd", "W3t9XQ=="])
def test_malformed_sets_are_bad_requests(client: Any, header: str) -> None:
    """Whatever the header holds."""
    answer = _exchange(client, header)

    assert answer.status_code in {400, 401}
    assert answer.json()["error-list"][0]["message"]


def test_an_anonymous_caller_gets_a_default_root(client: Any) -> None:
    """Version 2 JSON inside a JSON string, with one caveat for the identity service."""
    answer = client.call("GET", "/v1/tokens", token="").json()
    root = json.loads(answer["macaroon"])

    assert root["l"] == "api.snapcraft.io"
    conditions = [caveat["i"].split(" ")[0] for caveat in root["c"] if "i" in caveat]
    assert sorted(conditions) == ["session-id", "time-before", "time-since"]
    (third,) = [caveat for caveat in root["c"] if "l" in caveat]
    assert third["l"] == f"{client.sandbox.urls.candid}/"
    assert bakery.b64decode(third["i64"])[0] == 2


def test_the_public_key_is_published(client: Any) -> None:
    """Other services could address caveats to this one."""
    base = client.sandbox.urls.candid
    info = client.session.get(f"{base}/discharge/info", timeout=30).json()
    old = client.session.get(f"{base}/publickey", timeout=30).json()

    assert info == {**old, "Version": 3}
    assert len(base64.b64decode(info["PublicKey"])) == 32


def _foreign_caveat(client: Any, condition: str, version: int = bakery.VERSION_3) -> Any:
    """A macaroon of another service, with a caveat for this identity service."""
    base = client.sandbox.urls.candid
    key = client.session.get(f"{base}/discharge/info", timeout=30).json()["PublicKey"]
    locator = bakery.ThirdPartyStore()
    info = bakery.ThirdPartyInfo(version, bakery.PublicKey.deserialize(key))
    locator.add_info(base, info)
    namespace = checkers.Namespace({checkers.STD_NAMESPACE: ""})
    macaroon = bakery.Macaroon(b"root key", b"id", "elsewhere", version, namespace)
    macaroon.add_caveat(checkers.Caveat(condition, base), bakery.generate_key(), locator)
    return macaroon


@pytest.mark.parametrize("condition", ["is-authenticated-user", "<is-authenticated-user @x"])
def test_caveats_of_bakery_version_3_are_discharged(client: Any, condition: str) -> None:
    """Their payload comes beside the id."""
    browser = _browser(*_login(client))
    macaroons = bakery.discharge_all(_foreign_caveat(client, condition), browser.acquire_discharge)

    declared = [caveat.caveat_id_bytes for caveat in macaroons[1].first_party_caveats()]
    assert b"declared username jo-example" in declared


@pytest.mark.parametrize("condition", ["is-member-of admins", "need-declared user frobnicate"])
def test_unknown_conditions_are_refused(client: Any, condition: str) -> None:
    """Only authentication can be asked."""
    browser = httpbakery.Client(interaction_methods=[])

    with pytest.raises(httpbakery.DischargeError, match="not supported"):
        bakery.discharge_all(_foreign_caveat(client, condition), browser.acquire_discharge)


@pytest.mark.parametrize(
    "body", [{}, {"id": "nonsense"}, {"id64": "AAAA"}, {"id64": "!"}, {"id64": "Ag=="}]
)
def test_damaged_caveats_are_bad_requests(client: Any, body: dict[str, str]) -> None:
    """The bakery's error body, never a server error."""
    url = f"{client.sandbox.urls.candid}/discharge"
    answer = client.session.post(url, data=body, timeout=30)

    assert (answer.status_code, answer.json()["Code"]) == (400, "bad request")


def test_tokens_are_good_for_one_discharge(client: Any) -> None:
    """Neither an unknown token nor a used login earns anything."""
    (caveat,) = _root(client).third_party_caveats()
    base = client.sandbox.urls.candid
    body = {"id64": base64.b64encode(caveat.caveat_id_bytes).decode()}
    info = client.session.post(f"{base}/discharge", data=body, timeout=30).json()["Info"]
    wait = info["InteractionMethods"]["browser-window"]["WaitTokenURL"]
    client.session.post(
        info["InteractionMethods"]["browser-window"]["VisitURL"],
        data=_login(client)[1],
        timeout=30,
    )
    token = client.session.get(wait, timeout=30).json()["token64"]
    sent = {**body, "token64": token, "token-kind": "macaroon"}
    answers = [
        client.session.post(f"{base}/discharge", data=sent, timeout=30).status_code
        for _ in range(2)
    ]

    assert answers == [200, 401]
    assert client.session.get(wait, timeout=30).status_code == 404
    assert client.session.get(f"{base}/login?did=x", timeout=30).json()["Code"] == "not found"


def test_waiting_ends_when_the_sandbox_stops(client: Any) -> None:
    """A long poll does not keep the server from closing."""
    (caveat,) = _root(client).third_party_caveats()
    body = {"id64": base64.b64encode(caveat.caveat_id_bytes).decode()}
    url = f"{client.sandbox.urls.candid}/discharge"
    info = client.session.post(url, data=body, timeout=30).json()["Info"]
    wait = info["InteractionMethods"]["browser-window"]["WaitTokenURL"]
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(requests.get, wait, timeout=30)
        while not any(item.path.endswith("wait-token") for item in client.sandbox.requests):
            pass
        client.sandbox.close()

    assert waiting.result().status_code == 408


@pytest.mark.parametrize(
    "data", [b"", b"\x01", b"\x02", b"\x02\x01\x05ab", b"\x02\x01\xff\xff\xff\xff\xff\xff"]
)
def test_damaged_binary_sets_are_value_errors(data: bytes) -> None:
    """A set is read to its end or not at all."""
    with pytest.raises(ValueError, match="macaroon"):
        split_set(data)


def test_binary_sets_are_split_where_macaroons_end() -> None:
    """Two macaroons one after the other come back as they were."""
    first = Macaroon(location="a", identifier="one", key="k" * 200, version=2)
    first.add_first_party_caveat("x" * 300)
    second = Macaroon(location="b", identifier="two", key="k", version=2)
    data = b"".join(bakery.b64decode(item.serialize()) for item in (first, second))

    assert [item.signature for item in split_set(data)] == [first.signature, second.signature]
