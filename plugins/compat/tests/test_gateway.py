"""The Publisher Gateway and its auth objects."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import requests
from pydantic import ValidationError

from craft_store import (
    CandidAuth,
    DeveloperTokenAuth,
    PublisherGateway,
    UbuntuOneAuth,
    errors,
    publisher,
)
from craft_store.auth import Auth
from craft_store.models import MarshableModel
from craft_store_core.plugins.credentials import Credential
from craft_store_core.testing.scripted import ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

WHOAMI = {"account": {"username": "jo-example"}}
EXCHANGE = "/v1/tokens/usso/exchange"
ROW = {
    "created-at": "2026-03-01T09:12:44Z",
    "revision": 7,
    "size": 20,
    "status": "released",
    "version": "7",
}


@pytest.fixture
def gateway(store: ScriptedServer, kept: Callable[[str | None], Auth]) -> PublisherGateway:
    """A gateway with the token ``tok-en``."""
    return PublisherGateway(store.url, "charm", CandidAuth(auth=kept("tok-en")))


def test_gateway_errors_carry_the_codes(gateway: PublisherGateway, store: ScriptedServer) -> None:
    """Programs need not match texts."""
    listed = [{"code": "a", "message": "A."}, {"code": "b", "message": "B."}]
    store.expect("GET", "/v1/charm/web", status=400, json={"error-list": listed})
    with pytest.raises(errors.CraftStoreError, match="Error 400 returned from store") as caught:
        gateway.get_package_metadata("web")

    assert caught.value.store_errors is not None
    assert "b" in caught.value.store_errors


def test_gateway_revisions_keep_their_fields(
    gateway: PublisherGateway, store: ScriptedServer
) -> None:
    """Each is of the class of its kind, and all are revisions."""
    rows = [{**ROW, "bases": [None]}, {**ROW, "apps": ["tool"]}, ROW]
    store.expect("GET", "/v1/charm/web/revisions", json={"revisions": rows})
    found = gateway.list_revisions("web")

    assert [type(row) for row in found] == [
        publisher.CharmRevision,
        publisher.SnapRevision,
        publisher.Revision,
    ]
    assert all(isinstance(row, publisher.Revision) for row in found)


def test_rows_that_are_none_are_refused(gateway: PublisherGateway, store: ScriptedServer) -> None:
    """As the documented library refuses them."""
    store.expect("GET", "/v1/charm/web/revisions", json={"revisions": [{"revision": 1}]})

    with pytest.raises(ValidationError):
        gateway.list_revisions("web")


def test_a_path_in_the_base_url_is_kept(
    store: ScriptedServer, kept: Callable[[str | None], Auth]
) -> None:
    """Also with a slash at its end."""
    store.expect("GET", "/gateway/v1/tokens/whoami", json=WHOAMI)
    auth = CandidAuth(auth=kept("tok-en"))

    assert PublisherGateway(f"{store.url}/gateway/", "charm", auth).whoami() == WHOAMI


def test_names_cannot_lead_elsewhere(gateway: PublisherGateway, store: ScriptedServer) -> None:
    """They are one part of the path."""
    store.expect("DELETE", "/v1/charm/a%2Fb", json={"package-id": "i"})

    assert gateway.unregister_name("a/b") == "i"


@pytest.mark.parametrize(
    ("payload", "make", "header"),
    [
        ('{"t": "macaroon", "v": "abc"}', CandidAuth, "Macaroon abc"),
        ("abc", CandidAuth, "Macaroon abc"),
        ('{"macaroon": "abc"}', CandidAuth, "Macaroon abc"),
        ('{"macaroon": "abc"}', DeveloperTokenAuth, "Bearer abc"),
        ('{"t": "developer-token", "v": "abc"}', DeveloperTokenAuth, "Bearer abc"),
    ],
)
def test_tokens_are_sent_under_their_scheme(
    store: ScriptedServer,
    kept: Callable[[str | None], Auth],
    payload: str,
    make: Callable[..., Any],
    header: str,
) -> None:
    """The keyring is read once, not for each request."""
    auth = kept(payload)
    gateway = PublisherGateway(store.url, "charm", make(auth=auth))
    store.expect("GET", "/v1/tokens/whoami", json=WHOAMI, times=2)
    gateway.whoami()
    auth.del_credentials()
    gateway.whoami()

    assert [request.headers["Authorization"] for request in store.requests] == [header] * 2


def test_other_kinds_are_no_developer_token(kept: Callable[[str | None], Auth]) -> None:
    """The documented words say what was expected."""
    with pytest.raises(errors.CredentialsNotParseable, match="valid developer token"):
        DeveloperTokenAuth(auth=kept("raw-token")).get_token_from_keyring()


def test_the_same_objects_authorize_requests_of_requests(
    store: ScriptedServer, kept: Callable[[str | None], Auth]
) -> None:
    """They are what ``requests`` takes as ``auth``, and flows as httpx has them."""
    auth = CandidAuth(auth=kept("abc"), auth_type="bearer")
    store.expect("GET", "/x", json={})
    requests.get(f"{store.url}/x", auth=auth, timeout=30)
    request = requests.Request("GET", store.url)
    (sent,) = auth.auth_flow(request)
    auth._update_headers(request)

    assert store.requests[0].headers["Authorization"] == "Bearer abc"
    assert sent.headers["Authorization"] == "Bearer abc"
    with pytest.raises(ValueError, match="bearer, macaroon"):
        CandidAuth(auth=kept("abc"), auth_type="basic")  # type: ignore[arg-type]  # that is the test


def test_what_cannot_authorize_is_refused(store: ScriptedServer) -> None:
    """When the gateway is made, not at the first request."""
    with pytest.raises(TypeError, match="'str' objects cannot authorize"):
        PublisherGateway(store.url, "charm", "token")  # type: ignore[arg-type]  # that is the test


def test_a_login_is_exchanged_once(
    store: ScriptedServer, kept: Callable[[str | None], Auth], pair: tuple[str, str]
) -> None:
    """The token is kept in place of the macaroons, as text that other clients send as it is."""
    auth = kept(json.dumps({"r": pair[0], "d": pair[1]}))
    gateway = PublisherGateway.with_ubuntu_one(store.url, "charm", auth=auth)
    store.expect("POST", EXCHANGE, json={"macaroon": "abc"})
    store.expect("GET", "/v1/tokens/whoami", json=WHOAMI, times=2)
    gateway.whoami()
    gateway.whoami()

    assert auth.get_credentials() == "abc"
    header = store.requests[0].headers["Authorization"]
    assert header.startswith(f"Macaroon root={pair[0]}, discharge=")
    assert pair[1] not in header
    assert store.requests[2].headers["Authorization"] == "Macaroon abc"


def test_a_login_in_the_keyring_is_the_default(store: ScriptedServer) -> None:
    """Under the name of the application."""
    host = store.url.partition("//")[2]
    Auth("own-app", host).set_credentials("abc")
    store.expect("GET", "/v1/tokens/whoami", json=WHOAMI)
    PublisherGateway.with_ubuntu_one(store.url, "charm", application_name="own-app").whoami()

    assert store.requests[0].headers["Authorization"] == "Macaroon abc"


def test_a_login_of_the_command_line_is_ready(
    store: ScriptedServer, kept: Callable[[str | None], Auth], pair: tuple[str, str]
) -> None:
    """What it exchanged already is not exchanged again."""
    credential = Credential("u1-macaroon", {"r": pair[0], "d": pair[1]}, exchanged="abc")
    auth = kept(Auth.decode_credentials(credential.encode()))

    assert UbuntuOneAuth(auth=auth, api_base_url=store.url).get_token_from_keyring() == "abc"


@pytest.mark.parametrize("payload", ['{"t": "u1-macaroon", "v": {"r": "a", "d": "b"}}', "a\nb"])
def test_damaged_logins_are_documented_errors(
    store: ScriptedServer, kept: Callable[[str | None], Auth], payload: str
) -> None:
    """Nothing is sent."""
    auth = UbuntuOneAuth(auth=kept(payload), api_base_url=store.url)

    with pytest.raises(errors.CredentialsNotParseable):
        auth.get_token_from_keyring()


@pytest.mark.parametrize(
    ("status", "body", "kind", "details"),
    [
        (
            401,
            b'{"error-list": [{"code": "a", "message": "Old."}]}',
            errors.CraftStoreError,
            "Old.",
        ),
        (503, b"<html>", errors.CraftStoreError, None),
        (200, b"<html>", errors.InvalidResponseError, "The answer is not JSON."),
        (200, b"{}", errors.InvalidResponseError, "The answer has no 'macaroon'."),
    ],
)
def test_a_refused_exchange_is_a_documented_error(
    store: ScriptedServer,
    kept: Callable[[str | None], Auth],
    pair: tuple[str, str],
    status: int,
    body: bytes,
    kind: type[errors.CraftStoreError],
    details: str | None,
) -> None:
    """And the login is kept."""
    auth = kept(json.dumps({"r": pair[0], "d": pair[1]}))
    store.expect("POST", EXCHANGE, status=status, body=body)
    with pytest.raises(kind) as caught:
        UbuntuOneAuth(auth=auth, api_base_url=store.url).get_token_from_keyring()

    assert caught.value.details == details
    assert pair[1] in auth.get_credentials()


def test_an_unreachable_gateway_is_a_network_error(kept: Callable[[str | None], Auth]) -> None:
    """As everywhere else."""
    with ScriptedServer() as gone:
        url = gone.url
    auth = CandidAuth(auth=kept("abc"))

    for address in (url, "no-url"):
        with pytest.raises(errors.NetworkError):
            PublisherGateway(address, "charm", auth).whoami()


def test_checks_take_answers_of_either_library() -> None:
    """Tests of dependents call them with their own."""
    response = requests.Response()
    response.status_code = 200
    response._content = b'{"a": 1}'
    PublisherGateway._check_error(response)

    assert PublisherGateway._check_keys(response, {"a"}) == {"a": 1}
    with pytest.raises(errors.InvalidResponseError) as caught:
        PublisherGateway._check_keys(response, {"a", "b"})
    assert caught.value.details == "The answer has no 'b'."


def test_an_auth_object_of_httpx_is_taken(store: ScriptedServer) -> None:
    """It sees each answer, and may ask for another request."""

    class Renewing(httpx.Auth):
        requires_response_body = True

        def auth_flow(self, request: Any) -> Generator[Any, Any, None]:
            request.headers["Authorization"] = "Macaroon old"
            response = yield request
            if response.status_code == 401:
                request.headers["Authorization"] = f"Macaroon {response.json()['new']}"
                yield request

    auth: Any = Renewing()
    gateway = PublisherGateway(store.url, "charm", auth)
    store.expect("POST", "/v1/charm", status=401, json={"new": "newer"})
    store.expect("POST", "/v1/charm", json={"id": "i"})
    store.expect("GET", "/v1/charm", query={"include-collaborations": "true"}, json={"results": []})

    assert gateway.register_name("web", entity_type="charm") == "i"
    assert gateway.list_registered_names(include_collaborations=True) == []
    assert [request.headers["Authorization"] for request in store.requests] == [
        "Macaroon old",
        "Macaroon newer",
        "Macaroon old",
    ]
    assert store.requests[1].json() == {"name": "web", "private": False, "type": "charm"}
    assert store.requests[0].headers["User-Agent"].startswith("craft-store/")


def test_responses_are_models() -> None:
    """What is answered is made and written like every model."""
    result = publisher.ReleaseResult.unmarshal({"channel": "edge", "resources": None})

    assert isinstance(result, MarshableModel)
    assert result.marshal() == {"channel": "edge", "resources": None}
