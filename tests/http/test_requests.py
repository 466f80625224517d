"""What is sent, and what comes back."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from craft_store_core.errors import (
    ConfigurationError,
    HostNotAllowedError,
    NotFoundError,
    UnexpectedResponseError,
    UsageError,
)
from craft_store_core.http import HTTPClient
from craft_store_core.origins import origin_of

if TYPE_CHECKING:
    from pathlib import Path

    from craft_store_core.testing.scripted import ScriptedServer
    from tests.http.conftest import ClientFactory


def test_names_itself_and_asks_for_json(
    scripted_server: ScriptedServer, make_client: ClientFactory
) -> None:
    """Every request carries the product's User-Agent and asks for JSON, unless told otherwise."""
    scripted_server.expect("GET", "/a").expect("GET", "/b")
    client = make_client(user_agent="craft-store/0.1.0 (Linux)")
    client.request("GET", f"{scripted_server.url}/a")
    client.request("GET", f"{scripted_server.url}/b", headers={"accept": "text/plain"})
    first, second = scripted_server.requests
    assert first.headers["User-Agent"] == "craft-store/0.1.0 (Linux)"
    assert first.headers["Accept"] == "application/json"
    assert second.headers.get_all("Accept") == ["text/plain"]


@pytest.mark.parametrize(
    ("options", "body", "kind"),
    [
        ({}, b"", None),
        ({"json": {}}, b"{}", "application/json"),
        ({"json": []}, b"[]", "application/json"),
        ({"json": [{"revision": None}]}, b'[{"revision":null}]', "application/json"),
        ({"json": {"n": "é"}}, b'{"n":"\\u00e9"}', "application/json"),
        ({"form": {"a b": "é&c"}}, b"a+b=%C3%A9%26c", "application/x-www-form-urlencoded"),
        ({"form": {}}, b"", "application/x-www-form-urlencoded"),
    ],
)
def test_bodies(
    scripted_server: ScriptedServer,
    make_client: ClientFactory,
    options: dict[str, Any],
    body: bytes,
    kind: str | None,
) -> None:
    """No body, an empty object, explicit nulls and forms arrive as what they are."""
    scripted_server.expect("POST", "/a")
    make_client().request("POST", f"{scripted_server.url}/a", **options)
    (request,) = scripted_server.requests
    assert (request.body, request.headers["Content-Type"]) == (body, kind)
    assert request.headers["Content-Length"] == str(len(body))


def test_one_body_only(make_client: ClientFactory) -> None:
    """Two kinds of body at once are a mistake of the caller."""
    with pytest.raises(TypeError, match="one body"):
        make_client().request("POST", "http://127.0.0.1:9/", json={}, form={})


def test_query_is_added(scripted_server: ScriptedServer, make_client: ClientFactory) -> None:
    """Parameters are encoded and added to the query that the URL has."""
    scripted_server.expect("GET", "/a", query={"x": "1", "fields": "id,name", "q": "a b&c"})
    make_client().request(
        "GET", f"{scripted_server.url}/a?x=1", params={"fields": "id,name", "q": "a b&c"}
    )


def test_percent_encoding_is_kept(
    scripted_server: ScriptedServer, make_client: ClientFactory
) -> None:
    """A path part that was encoded because it holds a slash stays one part."""
    scripted_server.expect("GET", "/v1/charm/a%2Fb")
    make_client().request("GET", f"{scripted_server.url}/v1/charm/a%2Fb")


def test_compressed_answers_are_read(
    scripted_server: ScriptedServer, make_client: ClientFactory
) -> None:
    """A gzipped answer arrives unpacked."""
    import gzip

    scripted_server.expect(
        "GET", "/a", body=gzip.compress(b'{"a":1}'), headers={"Content-Encoding": "gzip"}
    )
    assert make_client().request("GET", f"{scripted_server.url}/a").json() == {"a": 1}


def test_answers_that_claim_a_compression_they_lack(
    scripted_server: ScriptedServer, make_client: ClientFactory
) -> None:
    """An answer that cannot be unpacked is an error of this project, after the usual attempts."""
    from craft_store_core.errors import StoreUnreachableError

    scripted_server.expect("GET", "/a", body="plain", headers={"Content-Encoding": "gzip"}, times=3)
    with pytest.raises(StoreUnreachableError):
        make_client().request("GET", f"{scripted_server.url}/a")


def test_netrc_is_ignored(
    scripted_server: ScriptedServer,
    make_client: ClientFactory,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A password for the host in ~/.netrc is never sent."""
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1\nlogin jo-example\npassword hunter2\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(netrc))
    scripted_server.expect("GET", "/a")
    make_client().request("GET", f"{scripted_server.url}/a")
    assert "Authorization" not in scripted_server.requests[0].headers


def test_cookies_are_not_kept(scripted_server: ScriptedServer, make_client: ClientFactory) -> None:
    """What a server sets as a cookie is not sent back."""
    scripted_server.expect("GET", "/a", headers={"Set-Cookie": "session=abc; Path=/"}, times=2)
    client = make_client()
    for _ in range(2):
        client.request("GET", f"{scripted_server.url}/a")
    assert len(scripted_server.requests) == 2
    assert "Cookie" not in scripted_server.requests[1].headers


def test_refusals_raise_or_are_returned(
    scripted_server: ScriptedServer, make_client: ClientFactory
) -> None:
    """A refusal is an error of its own class; with check=False it is an answer like any other."""
    missing = {"error-list": [{"code": "resource-not-found", "message": "No such name."}]}
    headers = {"X-Request-Id": "5eed"}
    scripted_server.expect("GET", "/a", status=404, json=missing, headers=headers, times=2)
    client = make_client()
    with pytest.raises(NotFoundError) as caught:
        client.request("GET", f"{scripted_server.url}/a")
    assert (caught.value.status, caught.value.request_id) == (404, "5eed")
    assert caught.value.codes == ("resource-not-found",)
    answer = client.request("GET", f"{scripted_server.url}/a", check=False)
    assert (answer.status, answer.json(), answer.request_id) == (404, missing, "5eed")


def test_any_success_is_a_success(
    scripted_server: ScriptedServer, make_client: ClientFactory
) -> None:
    """201 and 204 are as good as 200."""
    scripted_server.expect("POST", "/a", status=201, json={}).expect("POST", "/b", status=204)
    client = make_client()
    assert client.request("POST", f"{scripted_server.url}/a").status == 201
    assert client.request("POST", f"{scripted_server.url}/b").content == b""


@pytest.mark.parametrize(
    "url",
    [
        "ftp://store.example.test/",
        "store.example.test/a",
        "https:///a",
        "https://store.example.test:99999/",
        "https://store..example.test/",
        "https://*.example.test/",
        "https://jo:pw@store.example.test/",
        "https://store.example.test\\@evil.example.test/",
    ],
)
def test_strange_urls_are_refused(make_client: ClientFactory, url: str) -> None:
    """What is no plain http or https URL is refused unsent, and its secrets are not shown."""
    with pytest.raises(ConfigurationError) as caught:
        make_client().request("GET", url)
    assert "pw" not in f"{caught.value} {caught.value.why} {caught.value.advice}"


@pytest.mark.parametrize(
    "value", ["k3y\r\nX-B: c", "k3y\n", " k3y", "k3y ", "k3y\x00", "k3y\u20ac"]
)
def test_header_injection_is_refused(make_client: ClientFactory, value: str) -> None:
    """A header value that would make another header is refused, and not shown."""
    with pytest.raises(UsageError, match="Authorization") as caught:
        make_client().request("GET", "http://127.0.0.1:9/", headers={"Authorization": value})
    assert "k3y" not in f"{caught.value} {caught.value.why}"


@pytest.mark.parametrize(
    "host", ["store.example.test", "127.0.0.1.example.test", "127.evil.example.test", "0.0.0.0"]
)
def test_plain_http_only_to_this_machine(make_client: ClientFactory, host: str) -> None:
    """Plain http is refused to every host that is not surely this machine."""
    with pytest.raises(HostNotAllowedError, match=host) as caught:
        make_client().request("GET", f"http://{host}/", headers={"Authorization": "secret"})
    assert "http" in (caught.value.advice or "")


def test_plain_http_where_the_user_says_so() -> None:
    """With allow_http other hosts are asked by plain http; here it is seen by the failed search."""
    from craft_store_core.errors import StoreUnreachableError
    from craft_store_core.http import RetryPolicy

    with (
        HTTPClient(
            user_agent="t/1", allow_http=True, retries=RetryPolicy(attempts=1), proxies={}
        ) as client,
        pytest.raises(StoreUnreachableError, match=r"store\.invalid"),
    ):
        client.request("GET", "http://store.invalid/")


def test_only_the_given_origins(
    scripted_server: ScriptedServer, make_client: ClientFactory
) -> None:
    """With a set of origins no other host, port or scheme is ever contacted."""
    scripted_server.expect("GET", "/a")
    client = make_client(origins=frozenset({origin_of(scripted_server.url)}))
    client.request("GET", f"{scripted_server.url}/a")
    for url in ("http://127.0.0.1:9/a", f"https://127.0.0.1:{scripted_server.port}/a"):
        with pytest.raises(HostNotAllowedError) as caught:
            client.request("GET", url)
        assert str(scripted_server.port) in (caught.value.why or "")


def test_several_threads_share_a_client(
    scripted_server: ScriptedServer, make_client: ClientFactory
) -> None:
    """Requests of several threads through one client get their own answers."""
    names = [f"/{number}" for number in range(8)]
    for name in names:
        scripted_server.expect("GET", name, body=name, times=5)
    client = make_client()
    wrong: list[str] = []

    def work(name: str) -> None:
        for _ in range(5):
            text = client.request("GET", scripted_server.url + name).text
            if text != name:
                wrong.append(text)

    threads = [threading.Thread(target=work, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_close_and_go_on(scripted_server: ScriptedServer, make_client: ClientFactory) -> None:
    """A closed client opens new connections when it is used again."""
    scripted_server.expect("GET", "/a", times=2)
    client = make_client()
    client.request("GET", f"{scripted_server.url}/a")
    client.close()
    assert client.request("GET", f"{scripted_server.url}/a").status == 200


def test_connections_are_used_again(
    scripted_server: ScriptedServer, make_client: ClientFactory
) -> None:
    """Requests one after another go over one connection."""
    scripted_server.expect("GET", "/a", times=3)
    client = make_client()
    for _ in range(3):
        client.request("GET", f"{scripted_server.url}/a")
    assert len({request.connection for request in scripted_server.requests}) == 1


class TestAnswers:
    """Reading an answer."""

    @pytest.mark.parametrize(
        ("body", "kind", "seen"),
        [
            (
                "<!DOCTYPE html><title>Log in \n to the Wi-Fi</title>",
                "text/html",
                "an HTML page titled 'Log in to the Wi-Fi'",
            ),
            ("", "application/json", "nothing"),
            ('{"token": "s3cr3t', "application/json", "17 bytes that are not JSON"),
            ("[" * 200_000, "application/json", "200000 bytes that are not JSON"),
        ],
    )
    def test_not_json(
        self,
        scripted_server: ScriptedServer,
        make_client: ClientFactory,
        body: str,
        kind: str,
        seen: str,
    ) -> None:
        """A success that is no JSON says what came instead, the request id, and no content."""
        headers = {"Content-Type": kind, "x-request-id": "5eed"}
        scripted_server.expect("GET", "/a", body=body, headers=headers)
        answer = make_client().request("GET", f"{scripted_server.url}/a", params={"token": "abc"})
        with pytest.raises(UnexpectedResponseError) as caught:
            answer.json()
        assert seen in (caught.value.why or "")
        assert "s3cr3t" not in (caught.value.why or "")
        assert "abc" not in (caught.value.why or "")
        assert caught.value.request_id == "5eed"

    @pytest.mark.parametrize(
        ("document", "kind"), [([], "a list"), ("x", "a string"), (1, "bare"), (True, "bare")]
    )
    def test_json_of_another_kind(
        self,
        scripted_server: ScriptedServer,
        make_client: ClientFactory,
        document: object,
        kind: str,
    ) -> None:
        """Where an object is needed, anything else is an error that says what came."""
        scripted_server.expect("GET", "/a", json=document)
        answer = make_client().request("GET", f"{scripted_server.url}/a")
        assert answer.json() == document
        with pytest.raises(UnexpectedResponseError, match="cannot be read") as caught:
            answer.json_object()
        assert kind in (caught.value.why or "")

    def test_json_object(self, scripted_server: ScriptedServer, make_client: ClientFactory) -> None:
        """A JSON object arrives as a dictionary."""
        scripted_server.expect("GET", "/a", json={"name": "acme"})
        answer = make_client().request("GET", f"{scripted_server.url}/a")
        assert answer.json_object() == {"name": "acme"}

    @pytest.mark.parametrize(
        ("content", "kind", "text"),
        [
            ("é".encode(), "text/plain", "é"),
            ("é".encode("latin-1"), "text/plain; charset=ISO-8859-1", "é"),
            ("é".encode(), 'text/plain; charset="no-such-thing"', "é"),
            (b"\xff", "application/octet-stream", "\ufffd"),
        ],
    )
    def test_text(
        self,
        scripted_server: ScriptedServer,
        make_client: ClientFactory,
        content: bytes,
        kind: str,
        text: str,
    ) -> None:
        """Text is read as what it says it is, else as UTF-8, and never fails."""
        scripted_server.expect("GET", "/a", body=content, headers={"Content-Type": kind})
        assert make_client().request("GET", f"{scripted_server.url}/a").text == text

    def test_repr(self, scripted_server: ScriptedServer, make_client: ClientFactory) -> None:
        """The repr shows status and URL, without secrets."""
        scripted_server.expect("GET", "/a")
        answer = make_client().request("GET", f"{scripted_server.url}/a?token=abc")
        assert repr(answer) == f"<Response 200 {scripted_server.url}/a?token=<hidden>>"
