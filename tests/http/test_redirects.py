"""Redirects: followed by ourselves, and never with credentials to another origin."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from craft_store_core.errors import HostNotAllowedError, UnexpectedResponseError
from craft_store_core.http.upload import MultipartBody
from craft_store_core.origins import origin_of
from craft_store_core.testing.scripted import ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.http.conftest import Certificates, ClientFactory

SECRETS = {
    "Authorization": "Macaroon abc",
    "Macaroons": "W10=",
    "Cookie": "a=b",
    "Proxy-Authorization": "Basic eA==",
}


@pytest.fixture
def other_server() -> Iterator[ScriptedServer]:
    """Another origin: the same host, another port."""
    with ScriptedServer() as server:
        yield server


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_reading_follows(
    scripted_server: ScriptedServer, make_client: ClientFactory, method: str, status: int
) -> None:
    """Within one origin a redirected reading request goes on with its credentials and method."""
    scripted_server.expect(method, "/a", status=status, headers={"Location": "/b?x=1"})
    scripted_server.expect(method, "/b", query={"x": "1"})
    answer = make_client().request(
        method, f"{scripted_server.url}/a", params={"y": "2"}, headers=SECRETS
    )
    assert answer.url == f"{scripted_server.url}/b?x=1"
    assert scripted_server.requests[1].headers["Authorization"] == "Macaroon abc"


@pytest.mark.parametrize("status", [307, 308])
def test_bodies_are_sent_again(
    scripted_server: ScriptedServer, make_client: ClientFactory, status: int
) -> None:
    """A redirect that keeps the request sends JSON and files again, from their beginning."""
    there = {"Location": f"{scripted_server.url}/b"}
    scripted_server.expect("POST", "/a", status=status, headers=there, times=2)
    scripted_server.expect("POST", "/b", times=2)
    client = make_client()
    body = MultipartBody(io.BytesIO(b"x" * 500_000))
    client.request("POST", f"{scripted_server.url}/a", data=body)
    client.request("POST", f"{scripted_server.url}/a", json={"n": 1})
    first, second, third, fourth = scripted_server.requests
    assert (first.path, second.path, third.path, fourth.path) == ("/a", "/b", "/a", "/b")
    assert second.body == first.body
    assert b"x" * 500_000 in second.body
    assert fourth.json() == {"n": 1}


@pytest.mark.parametrize("status", [301, 302, 303])
@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE"])
def test_an_effect_is_never_turned_into_reading(
    scripted_server: ScriptedServer, make_client: ClientFactory, method: str, status: int
) -> None:
    """A redirect by which the request would lose its effect is an error with advice."""
    scripted_server.expect(
        method, "/a", status=status, headers={"Location": "/b", "x-request-id": "5eed"}
    )
    with pytest.raises(UnexpectedResponseError) as caught:
        make_client().request(method, f"{scripted_server.url}/a", json={}, check=False)
    assert f"redirected a {method}" in (caught.value.why or "")
    assert caught.value.advice
    assert caught.value.request_id == "5eed"


def test_credentials_stay_behind(
    scripted_server: ScriptedServer, other_server: ScriptedServer, make_client: ClientFactory
) -> None:
    """To another allowed origin the request goes without anything secret in its headers."""
    scripted_server.expect("GET", "/a", status=302, headers={"Location": f"{other_server.url}/b"})
    other_server.expect("GET", "/b")
    origins = frozenset({origin_of(scripted_server.url), origin_of(other_server.url)})
    make_client(origins=origins).request(
        "GET", f"{scripted_server.url}/a", headers={**SECRETS, "X-Harmless": "1"}
    )
    (arrived,) = other_server.requests
    assert not {name.lower() for name in SECRETS} & {name.lower() for name in arrived.headers}
    assert arrived.headers["X-Harmless"] == "1"


def test_credentials_stay_behind_for_good(
    scripted_server: ScriptedServer, other_server: ScriptedServer, make_client: ClientFactory
) -> None:
    """Credentials that were dropped on the way do not come back with the way back."""
    scripted_server.expect("GET", "/a", status=302, headers={"Location": f"{other_server.url}/b"})
    other_server.expect("GET", "/b", status=302, headers={"Location": f"{scripted_server.url}/c"})
    scripted_server.expect("GET", "/c")
    make_client().request("GET", f"{scripted_server.url}/a", headers=SECRETS)
    assert "Authorization" not in scripted_server.requests[1].headers


def test_other_origins_are_not_contacted(
    scripted_server: ScriptedServer, other_server: ScriptedServer, make_client: ClientFactory
) -> None:
    """A redirect to an origin that is none of the store's is refused before anything is sent."""
    scripted_server.expect("GET", "/a", status=307, headers={"Location": f"{other_server.url}/b"})
    client = make_client(origins=frozenset({origin_of(scripted_server.url)}))
    with pytest.raises(HostNotAllowedError, match=str(other_server.port)):
        client.request("GET", f"{scripted_server.url}/a")
    assert other_server.requests == []


def test_bodies_do_not_wander(
    scripted_server: ScriptedServer, other_server: ScriptedServer, make_client: ClientFactory
) -> None:
    """What is sent (a password, perhaps) goes to another origin only where that one is known."""
    scripted_server.expect(
        "POST", "/a", status=307, headers={"Location": f"{other_server.url}/b"}, times=2
    )
    other_server.expect("POST", "/b")
    url = f"{scripted_server.url}/a"
    with pytest.raises(HostNotAllowedError, match="was not sent to another host"):
        make_client().request("POST", url, json={"password": "hunter2"})
    assert other_server.requests == []
    origins = frozenset({origin_of(scripted_server.url), origin_of(other_server.url)})
    make_client(origins=origins).request("POST", url, json={})


def test_no_way_down_to_plain_http(
    certificates: Certificates, scripted_server: ScriptedServer, make_client: ClientFactory
) -> None:
    """From https to http another origin begins, even on the same host."""
    scripted_server.expect("GET", "/b")
    with ScriptedServer(tls=certificates.context) as secure:
        secure.expect("GET", "/a", status=302, headers={"Location": f"{scripted_server.url}/b"})
        secure.expect("GET", "/c", status=302, headers={"Location": "http://store.example.test/"})
        client = make_client(ca_bundle=certificates.authority)
        client.request("GET", f"{secure.url}/a", headers=SECRETS)
        with pytest.raises(HostNotAllowedError, match=r"store\.example\.test"):
            client.request("GET", f"{secure.url}/c", headers=SECRETS)
    assert "Authorization" not in scripted_server.requests[0].headers


def test_too_many(scripted_server: ScriptedServer, make_client: ClientFactory) -> None:
    """A circle of redirects ends after five."""
    scripted_server.expect("GET", "/a", status=302, headers={"Location": "/a"}, times=6)
    with pytest.raises(UnexpectedResponseError) as caught:
        make_client().request("GET", f"{scripted_server.url}/a")
    assert "more than 5 times" in (caught.value.why or "")


@pytest.mark.parametrize(
    ("status", "headers", "why"),
    [
        (302, {}, "without a 'Location' header"),
        (304, {}, "status 304"),
        (300, {"Location": "/b"}, "status 300"),
        (302, {"Location": "ftp://store.example.test/"}, "not http or https"),
        (302, {"Location": "https://jo:pw@store.example.test/"}, "not http or https"),
        (302, {"Location": "http://[::1"}, "not http or https"),
        (302, {"Location": "https://store.example.test:99999/"}, "not http or https"),
        (302, {"Location": "https://*.store.example.test/"}, "not http or https"),
    ],
)
def test_redirects_to_nowhere(
    scripted_server: ScriptedServer,
    make_client: ClientFactory,
    status: int,
    headers: dict[str, str],
    why: str,
) -> None:
    """A redirect that cannot be followed is an error that says why."""
    scripted_server.expect("GET", "/a", status=status, headers=headers)
    with pytest.raises(UnexpectedResponseError) as caught:
        make_client().request("GET", f"{scripted_server.url}/a")
    assert why in (caught.value.why or "")
