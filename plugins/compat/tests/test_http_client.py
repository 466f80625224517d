"""Requests: retries, limits, what is refused, and answers as ``requests`` has them."""

from __future__ import annotations

import io
import logging
from typing import TYPE_CHECKING, Any

import pytest
import requests
from requests_toolbelt import MultipartEncoder, MultipartEncoderMonitor

from craft_store import HTTPClient, errors
from craft_store.http_client import REQUEST_BACKOFF, REQUEST_TOTAL_RETRIES
from craft_store_core.testing.scripted import Fault, ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def http() -> HTTPClient:
    """A client that repeats nothing."""
    return HTTPClient(user_agent="compat-tests/1")


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> HTTPClient:
    """A client that repeats twice, at once."""
    monkeypatch.setenv("CRAFT_STORE_RETRIES", "2")
    return HTTPClient(user_agent="compat-tests/1")


def test_answers_are_those_of_requests(http: HTTPClient, store: ScriptedServer) -> None:
    """Programs use what ``requests`` offers."""
    store.expect("GET", "/x", query={"q": "1"}, json={"a": 1}, headers={"X-Own": "yes"})
    response = http.request("GET", f"{store.url}/x", params={"q": "1"})

    assert isinstance(response, requests.Response)
    assert response.json() == {"a": 1}
    assert response.ok
    assert response.headers["x-own"] == "yes"
    assert store.requests[0].headers["User-Agent"] == "compat-tests/1"


def test_the_session_sends_in_the_same_way(http: HTTPClient, store: ScriptedServer) -> None:
    """Dependents read ``_session``; what they send with it goes the one way out."""
    store.expect("GET", "/x", status=404, json={})
    response = http._session.get(f"{store.url}/x")

    assert response.status_code == 404
    assert store.requests[0].headers["User-Agent"] == "compat-tests/1"
    http._session.close()


def test_answers_are_read_to_their_end(http: HTTPClient, store: ScriptedServer) -> None:
    """``stream=True`` is accepted, and reading on works as before."""
    store.expect("GET", "/x", body=b"content")
    response = http.get(f"{store.url}/x", stream=True)

    assert b"".join(response.iter_content(3)) == response.content == b"content"


@pytest.mark.parametrize(
    ("data", "sent"),
    [
        (b"bytes", b"bytes"),
        ("täxt", "täxt".encode()),
        ({"a": "b c"}, b"a=b+c"),
        (io.BytesIO(b"file"), b"file"),
        (io.StringIO("text file"), b"text file"),
        (iter([b"gene", b"rator"]), b"generator"),
        (b"", b""),
    ],
)
def test_bodies_of_every_kind_are_sent(
    http: HTTPClient, store: ScriptedServer, data: Any, sent: bytes
) -> None:
    """What ``requests`` takes as ``data`` is taken."""
    store.expect("POST", "/x")
    http.post(f"{store.url}/x", data=data)

    assert store.requests[0].body == sent
    assert store.requests[0].headers["Content-Length"] == str(len(sent))


def test_encoders_of_requests_toolbelt_are_sent(
    http: HTTPClient, store: ScriptedServer, tmp_path: Path
) -> None:
    """Dependents build such a body themselves, and watch it."""
    file = tmp_path / "web.charm"
    file.write_bytes(b"x" * 100_000)
    seen: list[int] = []
    with file.open("rb") as stream:
        encoder = MultipartEncoder({"binary": (file.name, stream, "application/octet-stream")})
        monitor = MultipartEncoderMonitor(encoder, lambda m: seen.append(m.bytes_read))
        store.expect("POST", "/x", json={})
        http.post(f"{store.url}/x", data=monitor, headers={"Content-Type": monitor.content_type})

    assert len(store.requests[0].body) == encoder.len == seen[-1]
    assert store.requests[0].headers["Content-Type"] == monitor.content_type


def test_a_body_that_cannot_be_rewound_is_sent_once(
    patient: HTTPClient, store: ScriptedServer
) -> None:
    """What the store said is raised; nothing half is sent after it."""
    encoder = MultipartEncoder({"a": "b"})
    store.expect("PUT", "/x", status=503, json={})
    with pytest.raises(errors.StoreServerError):
        patient.put(f"{store.url}/x", data=encoder)

    assert len(store.requests) == 1


def test_a_body_that_cannot_be_rewound_is_not_redirected(
    http: HTTPClient, store: ScriptedServer
) -> None:
    """Nothing half is sent to the second place."""
    store.expect("PUT", "/x", status=307, headers={"Location": "/y"})

    with pytest.raises(errors.CraftStoreError, match="cannot be sent again"):
        http.put(f"{store.url}/x", data=MultipartEncoder({"a": "b"}))


def test_a_body_that_can_be_rewound_is_sent_again(
    patient: HTTPClient, store: ScriptedServer
) -> None:
    """From where it began."""
    stream = io.BytesIO(b"skipped|sent")
    stream.seek(8)
    store.expect("PUT", "/x", status=503, json={}).expect("PUT", "/x")
    patient.put(f"{store.url}/x", data=stream)

    assert [request.body for request in store.requests] == [b"sent", b"sent"]


@pytest.mark.parametrize("status", [503, 408])
def test_the_last_answer_is_not_lost(
    patient: HTTPClient, store: ScriptedServer, status: int
) -> None:
    """Programs that wait for either class get it, and what the store said."""
    body = {"error-list": [{"code": "down", "message": "Back soon."}]}
    store.expect("GET", "/x", status=status, json=body, times=3)
    with pytest.raises(errors.NetworkError) as caught:
        patient.get(f"{store.url}/x")
    error = caught.value

    assert isinstance(error, errors.StoreServerError)
    assert "down" in error.error_list
    assert error.response.status_code == status
    assert str(error).startswith("Maximum retries exceeded trying to reach the store.")
    assert "Back soon." in str(error)


@pytest.mark.parametrize("status", [502, 408])
def test_requests_with_an_effect_are_not_repeated(
    patient: HTTPClient, store: ScriptedServer, status: int
) -> None:
    """A failed POST may have been processed."""
    store.expect("POST", "/x", status=status, body=b"<html>")
    with pytest.raises(errors.StoreServerError) as caught:
        patient.post(f"{store.url}/x", json={})

    assert not isinstance(caught.value, errors.NetworkError)


@pytest.mark.parametrize("value", ["", "x", "1.5", "-1"])
def test_odd_numbers_in_the_environment_are_as_if_unset(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The defaults are the documented ones."""
    monkeypatch.setenv("CRAFT_STORE_RETRIES", value)
    monkeypatch.setenv("CRAFT_STORE_BACKOFF", value)
    patience = HTTPClient(user_agent="u")._patience

    assert (
        (patience.retries, patience.backoff) == (REQUEST_TOTAL_RETRIES, REQUEST_BACKOFF) == (8, 1)
    )


def test_an_idle_host_is_given_up(http: HTTPClient, store: ScriptedServer) -> None:
    """After the time that was given, or that of the core."""
    store.expect("GET", "/x", fault=Fault.SILENCE, times=2)
    for timeout in (0.2, (5, 0.2)):
        with pytest.raises(errors.NetworkError, match="did not answer in time"):
            http.get(f"{store.url}/x", timeout=timeout)
    store.expect("GET", "/y")

    assert http.get(f"{store.url}/y", timeout=(None, None)).ok


def test_an_unreachable_host_is_a_network_error(http: HTTPClient) -> None:
    """With what is known about it."""
    with ScriptedServer() as gone:
        url = gone.url
    with pytest.raises(errors.NetworkError, match="could not be reached") as caught:
        http.get(url)

    assert caught.value.resolution


@pytest.mark.parametrize("url", ["/x", "http://", "ftp://example.com/x", "https://exa mple.com"])
def test_transport_errors_are_documented(http: HTTPClient, url: str) -> None:
    """Also where the URL is none."""
    with pytest.raises(errors.NetworkError):
        http.get(url)


def test_plain_http_leaves_this_machine_only_when_allowed(
    http: HTTPClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It shows credentials to the network."""
    with pytest.raises(errors.NetworkError, match="was not sent"):
        http.get("http://store.invalid/x")
    monkeypatch.setenv("CRAFT_STORE_ALLOW_HTTP", "1")
    monkeypatch.setenv("NO_PROXY", "*")
    with pytest.raises(errors.NetworkError, match="could not be reached"):
        HTTPClient(user_agent="u").get("http://store.invalid/x")


@pytest.mark.parametrize(
    "option",
    [
        {"verify": False},
        {"verify": "/bundle.pem"},
        {"cert": "/client.pem"},
        {"proxies": {"https": "http://proxy.invalid"}},
        {"allow_redirects": False},
    ],
)
def test_options_that_would_weaken_the_rules_are_refused(
    http: HTTPClient, option: dict[str, Any]
) -> None:
    """Silently ignored they would be worse."""
    with pytest.raises(TypeError, match=r"cannot be (given|changed)"):
        http.get("https://store.invalid/x", **option)


def test_a_bundle_from_the_environment_is_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As ``requests`` uses it; one that cannot be read is an error."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "missing.pem"))

    with pytest.raises(errors.NetworkError, match="CA bundle"):
        HTTPClient(user_agent="u").get("https://127.0.0.1:9/x")


@pytest.fixture
def elsewhere() -> Iterator[ScriptedServer]:
    """Another host."""
    with ScriptedServer() as server:
        yield server


def test_redirects_do_not_carry_credentials(
    http: HTTPClient, store: ScriptedServer, elsewhere: ScriptedServer
) -> None:
    """To another origin; and a POST does not become a GET."""
    store.expect("GET", "/x", status=302, headers={"Location": f"{elsewhere.url}/y"})
    elsewhere.expect("GET", "/y", json={})
    response = http.get(f"{store.url}/x", headers={"Authorization": "Macaroon secret"})
    store.expect("POST", "/x", status=302, headers={"Location": f"{elsewhere.url}/y"})
    with pytest.raises(errors.NetworkError, match="cannot be followed"):
        http.post(f"{store.url}/x", json={})

    assert response.url == f"{elsewhere.url}/y"
    assert store.requests[0].headers["Authorization"] == "Macaroon secret"
    assert "Authorization" not in elsewhere.requests[0].headers


def test_netrc_is_not_read(
    http: HTTPClient, store: ScriptedServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A password that another program keeps is not sent."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login jo password secret\n", encoding="utf-8")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    store.expect("GET", "/x")
    http.get(f"{store.url}/x")

    assert "Authorization" not in store.requests[0].headers


def test_nothing_secret_is_logged(
    http: HTTPClient, store: ScriptedServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Headers and bodies with credentials are hidden."""
    store.expect("POST", "/x", json={"macaroon": "secret-answer"})
    with caplog.at_level(logging.DEBUG):
        http.post(
            f"{store.url}/x",
            headers={"Authorization": "Macaroon secret-header", "Macaroons": "secret-set"},
            json={"password": "secret-password"},
        )

    assert "/x" in caplog.text
    assert "secret" not in caplog.text


def test_a_file_of_unknown_length_is_sent(http: HTTPClient, store: ScriptedServer) -> None:
    """It is read first."""

    class Pipe:
        left = b"from a pipe"

        def read(self, _: int = -1) -> bytes:
            part, self.left = self.left, b""
            return part

    store.expect("POST", "/x")
    http.post(f"{store.url}/x", data=Pipe())

    assert store.requests[0].body == b"from a pipe"


def test_header_values_in_bytes_are_sent(http: HTTPClient, store: ScriptedServer) -> None:
    """As ``requests`` takes them."""
    store.expect("GET", "/x")
    http.get(f"{store.url}/x", headers={"X-Own": b"bytes"})

    assert store.requests[0].headers["X-Own"] == "bytes"
