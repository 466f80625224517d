"""A real HTTP server on a loopback port whose answers are scripted, for tests of one exchange.

::

    def test_reads_the_account():
        with ScriptedServer() as server:
            server.expect("GET", "/v1/tokens/whoami", json={"account": {"username": "jo-example"}})
            assert my_client(server.url).whoami().username == "jo-example"
        assert server.requests[0].headers["Authorization"] == "Macaroon abc"

Leaving the ``with`` block fails the test when a request came that nobody expected, or when an
expected one did not come.
"""

from __future__ import annotations

import contextlib
import json as json_codec
import socket
import struct
import threading
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl

from craft_store_core.testing.exchanges import Fault, RecordedRequest

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping
    from types import TracebackType

    from typing_extensions import Self

__all__ = ["Fault", "RecordedRequest", "ScriptedServer"]


@dataclass
class _Expectation:
    method: str
    path: str
    query: Mapping[str, str] | None
    status: int
    body: bytes
    headers: Mapping[str, str]
    fault: Fault
    left: int

    def fits(self, request: RecordedRequest) -> bool:
        return (
            self.left > 0
            and (self.method, self.path) == (request.method, request.path)
            and (self.query is None or dict(self.query) == dict(request.query))
        )

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class _Script:
    """What was expected and what came; shared by the threads of a server."""

    def __init__(self) -> None:
        self.requests: list[RecordedRequest] = []
        self.expected: list[_Expectation] = []
        self.unexpected: list[RecordedRequest] = []
        self._lock = threading.Lock()

    def add(self, expectation: _Expectation) -> None:
        with self._lock:
            self.expected.append(expectation)

    def take(self, request: RecordedRequest) -> _Expectation | None:
        with self._lock:
            self.requests.append(request)
            for expectation in self.expected:
                if expectation.fits(request):
                    expectation.left -= 1
                    return expectation
            self.unexpected.append(request)
            return None

    def answers_early(self, request: RecordedRequest) -> bool:
        with self._lock:
            fitting = (wanted.fault for wanted in self.expected if wanted.fits(request))
            return next(fitting, Fault()).answers_early()


class ScriptedServer:
    """Answers expected requests as scripted and records all that come.

    Args:
        tls: Serve https with this context.
    """

    def __init__(self, *, tls: ssl.SSLContext | None = None) -> None:
        self._script = _Script()
        self._server = _Server(self._script, tls)
        self._scheme = "https" if tls else "http"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self._thread.start()

    @property
    def requests(self) -> list[RecordedRequest]:
        """What came so far, in the order of arrival.

        A request that is reset or answered early has no body here. One that the client breaks off
        is no request: it is neither here nor does it count as unexpected.
        """
        return self._script.requests

    @property
    def url(self) -> str:
        """Base URL, without a trailing slash."""
        return f"{self._scheme}://127.0.0.1:{self.port}"

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self._server.server_address[1])

    def wait_until_idle(self, timeout: float = 10.0) -> None:
        """Wait until every connection has ended, as after ``Fault.HANG_UP``.

        Args:
            timeout: Seconds.

        Raises:
            TimeoutError: A connection is still open then.
        """
        if not self._server.wait_until_idle(timeout):
            raise TimeoutError("a connection to the scripted server is still open")

    def expect(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        status: int = 200,
        json: Any = None,
        body: bytes | str = b"",
        headers: Mapping[str, str] | None = None,
        fault: Fault = Fault(),  # noqa: B008 - frozen
        times: int = 1,
    ) -> Self:
        """Add an expected request and its answer, behind those that were added before.

        A request gets the answer of the first expectation that fits and is not used up. So equal
        requests are answered in the order of the script, and different ones may come in any.

        Args:
            method: The method.
            path: The path as it is sent, percent-encoded, without the query.
            query: The whole query, decoded; None takes any.
            status: The status of the answer.
            json: Sent as a JSON body (None sends none; use ``body=b"null"`` for that).
            body: Sent as it is, where ``json`` is None.
            headers: Headers of the answer; ``Content-Type`` of JSON is added.
            fault: What to do instead of answering well.
            times: How often it is expected.

        Returns:
            The server, so that calls can be chained.
        """
        content = body.encode() if isinstance(body, str) else body
        sent = dict(headers or {})
        if json is not None:
            content = json_codec.dumps(json).encode()
            sent.setdefault("Content-Type", "application/json")
        self._script.add(_Expectation(method, path, query, status, content, sent, fault, times))
        return self

    def verify(self) -> None:
        """Check that all expected requests came, and no others.

        Raises:
            AssertionError: Something is missing or was not expected.
        """
        script = self._script
        missing = [f"{wanted} ({wanted.left} more)" for wanted in script.expected if wanted.left]
        strange = [f"{came.method} {came.path} {dict(came.query)}" for came in script.unexpected]
        if strange or missing:
            raise AssertionError(
                f"requests that nobody expected: {strange}; expected but not come: {missing}"
            )

    def close(self) -> None:
        """Stop serving and end all connections, also those that wait for an answer."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
        if kind is None:
            self.verify()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # Threads are joined in server_close(), once their connections were ended there.
    block_on_close = True

    def __init__(self, script: _Script, tls: ssl.SSLContext | None) -> None:
        self.script = script
        self.tls = tls
        self.closing = threading.Event()
        self._connections: set[socket.socket] = set()
        self._ended = threading.Condition()
        super().__init__(("127.0.0.1", 0), _Handler)

    def wait_until_idle(self, timeout: float) -> bool:
        with self._ended:
            return self._ended.wait_for(lambda: not self._connections, timeout)

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        if self.tls is not None:
            # The handshake comes with the first read, in the connection's own thread.
            connection = self.tls.wrap_socket(
                connection, server_side=True, do_handshake_on_connect=False
            )
        with self._ended:
            self._connections.add(connection)
        return connection, address

    def finish_request(self, request: Any, client_address: Any) -> None:
        # The client may go away or refuse the certificate: its own test says what it saw.
        with contextlib.suppress(OSError):
            super().finish_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        # Closed at once: the usual shutdown before would keep a connection from being reset.
        self.close_request(request)
        with self._ended:
            self._connections.discard(request)
            self._ended.notify_all()

    def server_close(self) -> None:
        self.closing.set()
        with self._ended:
            open_ones = list(self._connections)
        for connection in open_ones:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        super().server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        server = cast("_Server", self.server)
        path, _, query_text = self.path.partition("?")
        query = dict(parse_qsl(query_text, keep_blank_values=True))
        port = self.client_address[1]
        request = RecordedRequest(self.command, path, query, self.headers, b"", port)
        if server.script.answers_early(request):
            self._answer(server, request, server.script.take(request))
            return
        try:
            request = replace(request, body=self._read_body())
        except EOFError:
            self.close_connection = True
            return
        self._answer(server, request, server.script.take(request))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base class's name
        # Tests look at what was recorded; the standard error stream belongs to them.
        pass

    def _read_body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self._read(int(self.headers.get("Content-Length") or 0))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0] or b"0", 16):
            body += self._read(size)
            self._read(2)
        self.rfile.readline()
        return body

    def _read(self, size: int) -> bytes:
        block = self.rfile.read(size)
        if len(block) < size:
            raise EOFError
        return block

    def _answer(
        self, server: _Server, request: RecordedRequest, script: _Expectation | None
    ) -> None:
        if script is None:
            text = f"nobody expected {request.method} {request.path}"
            script = _Expectation("", "", None, 501, text.encode(), {}, Fault(), 0)
        fault = script.fault
        if server.closing.wait(min(fault.delay, threading.TIMEOUT_MAX)):
            self.close_connection = True
            return
        if fault.reset:
            self._reset()
            return
        if fault.close or fault.early:
            self.close_connection = True
        if fault.close == "unanswered":
            return
        status, headers, body = script.status, script.headers, script.body
        if fault.status is not None:
            status, headers, body = fault.status, fault.headers, fault.body
        body = fault.change(body)
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        for piece in fault.pieces(b"" if request.method == "HEAD" else body, server.closing.wait):
            self.wfile.write(piece)
            self.wfile.flush()

    def _reset(self) -> None:
        # A socket that does not linger is reset when it is closed.
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
