"""Requests of one store, against a real server."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from craft_store_core.errors import (
    AuthenticationRequiredError,
    ConfigurationError,
    CredentialsExpiredError,
    CredentialsNotFoundError,
    HostNotAllowedError,
    PermissionRequiredError,
)
from craft_store_core.http import HTTPClient, Work
from craft_store_core.http.upload import MultipartBody
from craft_store_core.plugins.session import StoreSession, path
from craft_store_core.plugins.stores import Store
from craft_store_core.testing.scripted import ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REFUSED = {"error-list": [{"code": "macaroon-authorization-required", "message": "expired"}]}


class Headers:
    """An authenticator with a row of headers; records what it is asked."""

    def __init__(self, *headers: str) -> None:
        self.headers = list(headers)
        self.asked = 0
        self.rejected: list[str] = []

    def authorization(self) -> str:
        self.asked += 1
        if not self.headers:
            raise CredentialsNotFoundError("There are no credentials.")
        return self.headers[0]

    def renew(self, rejected: str) -> bool:
        self.rejected.append(rejected)
        if len(self.headers) > 1:
            self.headers.pop(0)
            return True
        return False


@pytest.fixture
def storage() -> Iterator[ScriptedServer]:
    """The storage host, on a port of its own."""
    with ScriptedServer() as server:
        yield server


@pytest.fixture
def store(scripted_server: ScriptedServer, storage: ScriptedServer) -> Store:
    return Store(
        name="acme",
        title="Acme",
        endpoint_set="publisher-gateway",
        urls={"api": scripted_server.url, "storage": f"{storage.url}/files"},
        auth_flows=(),
    )


@pytest.fixture
def http(store: Store) -> Iterator[HTTPClient]:
    with HTTPClient(user_agent="tests/1", origins=store.origins, proxies={}) as client:
        yield client


@pytest.fixture
def api(scripted_server: ScriptedServer) -> ScriptedServer:
    return scripted_server


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (("v1", "charm"), "/v1/charm"),
        (("v1", "a/b", 7), "/v1/a%2Fb/7"),
        (("a?b#c", "ü", "a b", "%41"), "/a%3Fb%23c/%C3%BC/a%20b/%2541"),
        (("https://attacker.example", "..x"), "/https%3A%2F%2Fattacker.example/..x"),
        (("a\r\nX: 1",), "/a%0D%0AX%3A%201"),
    ],
)
def test_path_parts_are_encoded(parts: tuple[str | int, ...], expected: str) -> None:
    """Whatever a name holds, it stays one part of the path."""
    assert path(*parts) == expected


@pytest.mark.parametrize("part", ["", ".", ".."])
def test_parts_that_would_change_the_path_are_refused(part: str) -> None:
    """A dot segment would lead to another resource, and an empty part to another route."""
    with pytest.raises(ValueError, match="cannot be part of a path"):
        path("v1", part, "x")


@given(parts=st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), min_size=1))
def test_encoded_parts_can_be_told_apart_again(parts: list[str]) -> None:
    """Encoding loses nothing and merges nothing."""
    parts = [part for part in parts if part not in {".", ".."}] or ["x"]

    encoded = path(*parts)

    assert encoded.isascii()
    assert [unquote(part) for part in encoded[1:].split("/")] == parts


@pytest.mark.parametrize("target", ["/v1/tokens", "v1/tokens", "/v1/tokens?a=b:c//d"])
def test_a_path_leads_to_the_api(store: Store, http: HTTPClient, target: str) -> None:
    """With or without a slash at its beginning."""
    session = StoreSession(store, http, Headers())

    assert session.url(target) == f"{store.url('api')}/{target.lstrip('/')}"


def test_a_path_is_added_to_the_path_of_the_api(store: Store, http: HTTPClient) -> None:
    """A gateway behind a prefix keeps its prefix."""
    prefixed = store.with_urls({"api": f"{store.url('api')}/gateway/"})
    session = StoreSession(prefixed, http, Headers())

    assert session.url("/v1/x") == f"{store.url('api')}/gateway/v1/x"


def test_an_absolute_url_of_the_api_is_taken(store: Store, http: HTTPClient) -> None:
    """Stores may send a status URL in full."""
    session = StoreSession(store, http, Headers())
    url = f"{store.url('api')}/v1/charm/x/revisions/review?upload-id=1"

    assert session.url(url) == url
    assert session.url(url.replace("http://", "HTTP://"))


@pytest.mark.parametrize(
    "target",
    [
        "https://attacker.example/v1/x",
        "//attacker.example/v1/x",
        "HTTPS://attacker.example",
        "https://127.0.0.1/v1/x",
        "http://127.0.0.1:1/v1/x",
        "http://127.0.0.1.attacker.example",
        "https://[::1",
        "//[",
        "ftp://127.0.0.1/x",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "http://127.0.0.1:99999/",
        "http://jo:hunter2@127.0.0.1/",
    ],
)
def test_a_url_that_leads_away_is_refused_before_anything_is_sent(
    store: Store, http: HTTPClient, api: ScriptedServer, target: str
) -> None:
    """Not even the credentials are looked up for it."""
    headers = Headers("Macaroon abc")
    session = StoreSession(store, http, headers)

    with pytest.raises(HostNotAllowedError) as caught:
        session.request("GET", target)

    assert caught.value.message == "The store 'acme' sent a URL that leads to another host."
    assert "hunter2" not in (caught.value.why or "")
    assert headers.asked == 0
    assert api.requests == []


def test_the_storage_host_is_another_host(
    store: Store, http: HTTPClient, storage: ScriptedServer
) -> None:
    """A URL that the store sends may not lead credentials to its own storage either."""
    session = StoreSession(store, http, Headers("Macaroon abc"))

    with pytest.raises(HostNotAllowedError):
        session.request("GET", f"{storage.url}/files/x")

    assert storage.requests == []


def test_a_request_carries_the_credentials(
    store: Store, http: HTTPClient, api: ScriptedServer
) -> None:
    """Method, path, query, body and headers arrive as they were given."""
    api.expect("POST", "/v1/charm/a%2Fb", json={"ok": 1})
    session = StoreSession(store, http, Headers("Macaroon abc"))

    answer = session.request(
        "POST",
        path("v1", "charm", "a/b"),
        params={"q": "a b"},
        json={"x": [1]},
        headers={"X-More": "1", "authorization": "Macaroon forged"},
    )

    assert answer.status == 200
    (request,) = api.requests
    assert request.headers.get_all("Authorization") == ["Macaroon abc"]
    assert request.headers["X-More"] == "1"
    assert (request.query, request.json()) == ({"q": "a b"}, {"x": [1]})


def test_a_request_without_authentication_asks_for_no_credentials(
    store: Store, http: HTTPClient, api: ScriptedServer
) -> None:
    """Public information can be had without a login."""
    api.expect("GET", "/v1/public", json={})
    session = StoreSession(store, http, Headers())

    session.request("GET", "/v1/public", authenticated=False)

    assert "Authorization" not in api.requests[0].headers


def test_a_refused_request_without_authentication_renews_nothing(
    store: Store, http: HTTPClient, api: ScriptedServer
) -> None:
    """There is nothing to renew."""
    api.expect("GET", "/v1/public", status=401, json=REFUSED)
    headers = Headers("Macaroon abc", "Macaroon def")

    with pytest.raises(AuthenticationRequiredError):
        StoreSession(store, http, headers).request("GET", "/v1/public", authenticated=False)

    assert headers.rejected == []


def test_without_credentials_nothing_is_sent(
    store: Store, http: HTTPClient, api: ScriptedServer
) -> None:
    """The error of the authenticator is what the caller gets."""
    with pytest.raises(CredentialsNotFoundError):
        StoreSession(store, http, Headers()).request("GET", "/v1/tokens/whoami")

    assert api.requests == []


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_refused_credentials_are_renewed_once_and_the_request_repeated(
    store: Store, http: HTTPClient, api: ScriptedServer, method: str
) -> None:
    """The store did nothing with the first request, so that repeating it is safe."""
    api.expect(method, "/v1/x", status=401, json=REFUSED).expect(method, "/v1/x", json={"ok": 1})
    headers = Headers("Macaroon old", "Macaroon new")
    body: Any = {"x": 1} if method == "POST" else None

    answer = StoreSession(store, http, headers).request(method, "/v1/x", json=body)

    assert answer.status == 200
    assert [request.headers["Authorization"] for request in api.requests] == [
        "Macaroon old",
        "Macaroon new",
    ]
    assert [request.body for request in api.requests] == [api.requests[0].body] * 2
    assert headers.rejected == ["Macaroon old"]


def test_credentials_that_are_refused_again_are_not_renewed_again(
    store: Store, http: HTTPClient, api: ScriptedServer
) -> None:
    """A store that refuses everything is not asked for ever."""
    api.expect("GET", "/v1/x", status=401, json=REFUSED, times=2)
    headers = Headers("Macaroon 1", "Macaroon 2", "Macaroon 3")

    with pytest.raises(AuthenticationRequiredError):
        StoreSession(store, http, headers).request("GET", "/v1/x")

    assert len(api.requests) == 2
    assert headers.rejected == ["Macaroon 1"]


def test_credentials_that_cannot_be_renewed_are_sent_once(
    store: Store, http: HTTPClient, api: ScriptedServer
) -> None:
    """The caller gets the store's refusal."""
    api.expect("GET", "/v1/x", status=401, json=REFUSED)

    with pytest.raises(AuthenticationRequiredError) as caught:
        StoreSession(store, http, Headers("Macaroon only")).request("GET", "/v1/x")

    assert caught.value.codes == ("macaroon-authorization-required",)
    assert len(api.requests) == 1


class AdvisingHeaders(Headers):
    """An authenticator that knows what to do."""

    advice = "Ask Jo for new ones."


@pytest.mark.parametrize("headers", [("one",), ("one", "two")])
def test_whoever_knows_where_credentials_come_from_says_what_to_do(
    store: Store, http: HTTPClient, api: ScriptedServer, headers: tuple[str, ...]
) -> None:
    """In the error of a store that refuses them, renewed or not."""
    api.expect("GET", "/v1/whoami", status=401, json=REFUSED, times=len(headers))

    with pytest.raises(AuthenticationRequiredError) as caught:
        StoreSession(store, http, AdvisingHeaders(*headers)).request("GET", "/v1/whoami")

    assert caught.value.advice == "Ask Jo for new ones."


def test_a_failing_renewal_is_what_the_caller_sees(
    store: Store, http: HTTPClient, api: ScriptedServer
) -> None:
    """Past its lifetime a credential asks for a new login rather than showing a refusal."""
    api.expect("GET", "/v1/x", status=401, json=REFUSED)

    class Ended(Headers):
        def renew(self, rejected: str) -> bool:
            raise CredentialsExpiredError("Log in again.")

    with pytest.raises(CredentialsExpiredError):
        StoreSession(store, http, Ended("Macaroon old")).request("GET", "/v1/x")


def test_a_missing_permission_renews_nothing(
    store: Store, http: HTTPClient, api: ScriptedServer
) -> None:
    """The credentials are good; newer ones would not allow more."""
    refusal = {"error-list": [{"code": "permission-required", "message": "no"}]}
    api.expect("GET", "/v1/x", status=401, json=refusal)
    headers = Headers("Macaroon old", "Macaroon new")

    with pytest.raises(PermissionRequiredError):
        StoreSession(store, http, headers).request("GET", "/v1/x")

    assert headers.rejected == []


def test_a_file_goes_to_storage_without_credentials(
    store: Store, http: HTTPClient, storage: ScriptedServer, tmp_path: Path
) -> None:
    """The storage host gets the file and nothing that belongs to the account."""
    file = tmp_path / "a.charm"
    file.write_bytes(b"content of the charm")
    storage.expect("POST", "/files/unscanned-upload/", json={"successful": True})
    headers = Headers("Macaroon abc")
    session = StoreSession(store, http, headers)

    with MultipartBody(file) as body:
        answer = session.upload("/unscanned-upload/", body)

    assert answer.status == 200
    (request,) = storage.requests
    assert {"authorization", "macaroons", "cookie"}.isdisjoint(
        name.lower() for name in request.headers
    )
    assert request.headers["Accept"] == "application/json"
    assert request.headers["Content-Type"].startswith("multipart/form-data; boundary=")
    assert b"content of the charm" in request.body
    assert headers.asked == 0


def test_an_upload_is_repeated_when_storage_fails(
    store: Store, storage: ScriptedServer, tmp_path: Path
) -> None:
    """A blob that nothing refers to is never visible, so that sending it twice is safe."""
    file = tmp_path / "a.charm"
    file.write_bytes(b"content of the charm")
    storage.expect("POST", "/files/up", status=503).expect("POST", "/files/up", json={})
    waits: list[float] = []

    with (
        HTTPClient(
            user_agent="tests/1", origins=store.origins, proxies={}, work=Work(sleep=waits.append)
        ) as client,
        MultipartBody(file) as body,
    ):
        StoreSession(store, client, Headers()).upload("up", body)

    assert len(waits) == 1
    assert storage.requests[0].body == storage.requests[1].body != b""


def test_a_body_of_another_kind_is_sent_again_from_its_beginning(
    store: Store, http: HTTPClient, api: ScriptedServer, tmp_path: Path
) -> None:
    """After a renewal a file arrives whole, as it would have before."""
    file = tmp_path / "a.bin"
    file.write_bytes(b"the whole content")
    api.expect("POST", "/v1/x", status=401, json=REFUSED).expect("POST", "/v1/x", json={})
    headers = Headers("Macaroon old", "Macaroon new")

    with MultipartBody(file) as body:
        StoreSession(store, http, headers).request("POST", "/v1/x", data=body)

    assert b"the whole content" in api.requests[1].body
    assert api.requests[0].body == api.requests[1].body


def test_another_service_of_the_store_can_be_asked(
    store: Store, http: HTTPClient, storage: ScriptedServer
) -> None:
    """Its base URL counts, and what looks like an absolute URL is only a path there."""
    storage.expect("GET", "/files/v1/x", json={})
    storage.expect("GET", "/files/https://attacker.example/x", json={})
    session = StoreSession(store, http, Headers())

    session.request("GET", "/v1/x", service="storage", authenticated=False)
    session.request("GET", "https://attacker.example/x", service="storage", authenticated=False)

    assert len(storage.requests) == 2


def test_credentials_go_only_to_services_that_may_have_them(
    store: Store, http: HTTPClient, storage: ScriptedServer
) -> None:
    """A store says which of its services get them; by default that is its API alone."""
    headers = Headers("Macaroon secret", "Macaroon other")
    with pytest.raises(HostNotAllowedError, match="must not be sent to its 'storage'"):
        StoreSession(store, http, headers).request("GET", "/v1/x", service="storage")
    assert headers.asked == 0
    assert storage.requests == []

    trusting = replace(store, credential_services=("api", "storage"))
    storage.expect("GET", "/files/v1/x", json={})
    StoreSession(trusting, http, headers).request("GET", "/v1/x", service="storage")
    assert storage.requests[0].headers["Authorization"] == "Macaroon secret"


def test_a_store_without_storage_is_an_error(
    store: Store, http: HTTPClient, tmp_path: Path
) -> None:
    """The error names the URL that the configuration lacks."""
    file = tmp_path / "a.charm"
    file.write_bytes(b"x")
    bare = Store("acme", "Acme", "x", {"api": store.url("api")}, ())

    with (
        MultipartBody(file) as body,
        pytest.raises(ConfigurationError, match="no 'storage' URL"),
    ):
        StoreSession(bare, http, Headers()).upload("up", body)
