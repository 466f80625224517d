"""The scripted server that plugin authors test with."""

from __future__ import annotations

import http.client
import socket
from typing import TYPE_CHECKING

import pytest

from craft_store_core.testing import SHAPES, Fault, ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Mapping


def ask(
    server: ScriptedServer,
    method: str,
    target: str,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> tuple[int, bytes, Mapping[str, str]]:
    """Send one request with the standard library's client."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    try:
        connection.request(method, target, body, dict(headers or {}))
        answer = connection.getresponse()
        return answer.status, answer.read(), dict(answer.getheaders())
    finally:
        connection.close()


def test_answers_as_scripted_and_records() -> None:
    """A scripted answer arrives with its status, headers and JSON, and the request is kept."""
    with ScriptedServer() as server:
        server.expect("POST", "/v1/a%2Fb", status=201, json={"ok": True}, headers={"X-A": "1"})
        status, body, headers = ask(server, "POST", "/v1/a%2Fb?q=%C3%A9", b'{"n":1}', {"B": "2"})
    assert (status, body) == (201, b'{"ok": true}')
    assert (headers["X-A"], headers["Content-Type"]) == ("1", "application/json")
    (request,) = server.requests
    assert (request.method, request.path, request.query) == ("POST", "/v1/a%2Fb", {"q": "é"})
    assert request.json() == {"n": 1}
    assert request.headers["b"] == "2"


def test_equal_requests_are_answered_in_order() -> None:
    """The first expectation that fits and is not used up answers."""
    with ScriptedServer() as server:
        server.expect("GET", "/a", body="one", times=2).expect("GET", "/a", body=b"two")
        server.expect("GET", "/b", body="b", query={"x": "1"})
        answers = [ask(server, "GET", "/a")[1] for _ in range(2)]
        answers += [ask(server, "GET", "/b?x=1")[1], ask(server, "GET", "/a")[1]]
    assert answers == [b"one", b"one", b"b", b"two"]


def test_unexpected_request_fails_the_test() -> None:
    """A request that nobody expected is refused and named when the block is left."""
    server = ScriptedServer().expect("GET", "/b", query={"x": "1"})
    assert ask(server, "GET", "/b?x=2")[0] == 501
    with pytest.raises(AssertionError, match=r"GET /b \{'x': '2'\}"):
        server.__exit__(None, None, None)


def test_missing_request_fails_the_test() -> None:
    """An expected request that did not come is named when the block is left."""
    with pytest.raises(AssertionError, match=r"POST /a \(2 more\)"), ScriptedServer() as server:
        server.expect("POST", "/a", times=2)


def test_an_error_in_the_block_is_not_hidden() -> None:
    """What the test itself raised is seen, not the script that could not be finished."""
    with pytest.raises(ZeroDivisionError), ScriptedServer().expect("GET", "/a"):
        raise ZeroDivisionError


def test_reads_chunked_bodies_and_answers_head() -> None:
    """Bodies without a length are read; answers to HEAD have none but say its length."""
    with ScriptedServer() as server:
        server.expect("POST", "/a", status=204).expect("HEAD", "/a", body=b"12345")
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
        connection.request("POST", "/a", iter([b"abc", b"de"]), encode_chunked=True)
        assert connection.getresponse().read() == b""
        connection.close()
        assert ask(server, "HEAD", "/a")[2]["Content-Length"] == "5"
    assert server.requests[0].body == b"abcde"


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.RESET_EARLY])
def test_reset(fault: Fault) -> None:
    """A reset arrives as a reset, after or before the body was read."""
    with ScriptedServer() as server:
        server.expect("POST", "/a", fault=fault)
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            ask(server, "POST", "/a", b"x" * 3_000_000)
    assert len(server.requests[0].body) == (3_000_000 if fault is Fault.RESET else 0)


def test_close_without_an_answer() -> None:
    """The connection ends in order, but without an answer."""
    with ScriptedServer() as server:
        server.expect("GET", "/a", fault=Fault.CLOSE)
        with pytest.raises(http.client.RemoteDisconnected):
            ask(server, "GET", "/a")


def test_early_answer() -> None:
    """The answer comes without the body having been read."""
    with ScriptedServer() as server:
        server.expect("POST", "/a", status=413, body="too much", fault=Fault.EARLY)
        with socket.create_connection(("127.0.0.1", server.port), timeout=5) as waiting:
            waiting.sendall(b"POST /a HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n")
            assert waiting.recv(4096).startswith(b"HTTP/1.1 413")
    assert server.requests[0].body == b""


def test_hanging_up() -> None:
    """The answer is whole, and then the connection is over."""
    with ScriptedServer() as server:
        server.expect("GET", "/a", body="whole", fault=Fault.HANG_UP)
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
        connection.request("GET", "/a")
        answer = connection.getresponse()
        assert (answer.read(), answer.getheader("Connection")) == (b"whole", None)
        assert connection.sock.recv(1) == b""
        connection.close()
        server.wait_until_idle()


def test_waiting_for_the_end_of_connections() -> None:
    """A connection that stays open is told, not waited for without end."""
    with ScriptedServer() as server:
        server.expect("GET", "/a")
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
        connection.request("GET", "/a")
        connection.getresponse().read()
        with pytest.raises(TimeoutError, match="still open"):
            server.wait_until_idle(0.01)
        connection.close()
        server.wait_until_idle()


def test_truncated_answer() -> None:
    """The answer breaks off before the length that it announced."""
    with ScriptedServer() as server:
        server.expect("GET", "/a", body=b"12345678", fault=Fault.TRUNCATE)
        with pytest.raises(http.client.IncompleteRead) as caught:
            ask(server, "GET", "/a")
    assert caught.value.partial == b"1234"


def test_silence_ends_with_the_server() -> None:
    """No answer comes while the server lives, and closing it is not held up by that."""
    with ScriptedServer() as server:
        server.expect("GET", "/a", fault=Fault.SILENCE)
        with socket.create_connection(("127.0.0.1", server.port), timeout=5) as waiting:
            waiting.sendall(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
            waiting.settimeout(0.2)
            with pytest.raises(TimeoutError):
                waiting.recv(1)
            server.close()
            waiting.settimeout(5)
            assert waiting.recv(1) == b""


def test_nonsense_on_the_wire_is_refused() -> None:
    """What is not HTTP gets an answer of 400 and is not recorded."""
    with ScriptedServer() as server:
        with socket.create_connection(("127.0.0.1", server.port), timeout=5) as strange:
            strange.sendall(b"\x16\x03\x01 what is this\r\n\r\n")
            assert b"400" in strange.recv(4096)
        assert server.requests == []


@pytest.mark.parametrize(
    "framing", [b"Content-Length: 10\r\n\r\nabc", b"Transfer-Encoding: chunked\r\n\r\n5\r\nabc"]
)
def test_broken_off_requests_are_none(framing: bytes) -> None:
    """A request whose body ends too early is not answered and not recorded."""
    with ScriptedServer() as server:
        with socket.create_connection(("127.0.0.1", server.port), timeout=5) as leaving:
            leaving.sendall(b"POST /a HTTP/1.1\r\n" + framing)
            leaving.shutdown(socket.SHUT_WR)
            assert leaving.recv(1) == b""
        assert server.requests == []


def test_faults_change_answers() -> None:
    """A fault replaces, extends or halves what the script says, at once or with a pause."""
    with ScriptedServer() as server:
        for fault in (
            Fault.html(502),
            Fault(merge={"more": True}),
            Fault(truncate=True),
            Fault(pause=0.01, delay=0.01),
        ):
            server.expect("GET", "/a", json={"a": 1}, fault=fault)
        answers = [ask(server, "GET", "/a") for _ in range(4)]
    assert (answers[0][0], answers[0][2]["Content-Type"]) == (502, "text/html")
    assert [body for _, body, _ in answers[1:]] == [
        b'{"a": 1, "more": true}\n',
        b'{"a"',
        b'{"a": 1}',
    ]


def test_an_unknown_shape_is_refused() -> None:
    """The message lists the shapes that there are."""
    with pytest.raises(ValueError, match="'E5' of errors; shapes: underscore-list, hyphen-list"):
        Fault.shaped("E5", 400, "code", "message")


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_refuses(shape: str) -> None:
    """The message is in the body, where there is one."""
    fault = Fault.shaped(shape, 418, "some_code", "The message.")
    assert fault.status == 418
    assert (b"The message." in fault.body) == (shape != "empty")
