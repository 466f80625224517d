"""Threaded HTTP servers on sockets of their own, one for each origin."""

from __future__ import annotations

import logging
import socket
import threading
import traceback
from concurrent.futures import Future
from contextlib import suppress
from typing import TYPE_CHECKING

from cheroot.errors import FatalSSLAlert, NoSSLError
from cheroot.server import HTTPConnection, HTTPRequest
from cheroot.ssl.builtin import BuiltinSSLAdapter
from cheroot.wsgi import Gateway_10, Server

from craft_store_sandbox.serving.faults import REQUEST_KEY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from craft_store_sandbox.state.settings import TLSFiles


_LOGGER = logging.getLogger(__name__)
_THREADS = 16
_IDLE_SECONDS = 60
_MAX_IDLE_CONNECTIONS = 1000
_MAX_HEADER_BYTES = 1 << 20
_PLAIN_TEXT = b"This port speaks HTTPS, and the request was plain HTTP."
_PLAIN_ANSWER = (
    b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain\r\n"
    b"Content-Length: %d\r\n\r\n%s" % (len(_PLAIN_TEXT), _PLAIN_TEXT)
)
_PLAIN_SECONDS = 1.0


class _Gateway(Gateway_10):
    """The WSGI gateway that also shows the request, for faults that cut it."""

    def get_environ(self) -> WSGIEnvironment:  # type: ignore[override]  # its stub says None
        environ: WSGIEnvironment = super().get_environ()  # type: ignore[no-untyped-call]  # cheroot's stub
        environ[REQUEST_KEY] = self.req
        return environ


class _Request(HTTPRequest):
    """A request whose path may begin with two slashes (Publisher Gateway reference, section 19)."""

    def __init__(self, server: Server, conn: HTTPConnection) -> None:
        # The strict mode takes such a path for an absolute URL and refuses it.
        super().__init__(server, conn, strict_mode=False)


class _Connection(HTTPConnection):
    RequestHandlerClass = _Request

    def close(self) -> None:
        """Close the writer too: the library leaves it, unflushed, to the garbage collector."""
        # When the client broke the connection off there is nobody to flush it to.
        with suppress(OSError, ValueError):
            self.wfile.close()
        super().close()


class _TLSAdapter(BuiltinSSLAdapter):
    """TLS that answers a plain HTTP request with 400, as web servers do.

    The library answers on the socket that the handshake closed: nothing arrives, and the writer
    with the unsent answer fails when it is collected.
    """

    def wrap(self, sock: socket.socket) -> tuple[socket.socket, WSGIEnvironment]:
        """Return the socket with TLS, and what a request's environment says of it.

        Raises:
            FatalSSLAlert: There was no handshake; the socket is closed.
        """
        with sock.dup() as plain:
            try:
                secured: tuple[socket.socket, WSGIEnvironment] = super().wrap(sock)  # type: ignore[no-untyped-call]  # cheroot's stub
            except NoSSLError as error:
                with suppress(OSError):
                    plain.settimeout(_PLAIN_SECONDS)
                    plain.sendall(_PLAIN_ANSWER)
                    plain.shutdown(socket.SHUT_WR)
                    # Closing while there is something to read would reset the connection, and
                    # the client might lose the answer.
                    while plain.recv(_MAX_HEADER_BYTES):
                        pass
                raise FatalSSLAlert(*error.args) from error
        return secured


class _Server(Server):
    ConnectionClass = _Connection
    # How long a stop waits for the selector; the usual half second adds up over many tests.
    expiration_interval = 0.05
    keep_alive_conn_limit = _MAX_IDLE_CONNECTIONS
    max_request_header_size = _MAX_HEADER_BYTES

    @staticmethod
    def bind_socket(socket_: socket.socket, bind_addr: tuple[str, int]) -> socket.socket:
        """Bind; a socket that cannot be bound is closed, which the library forgets."""
        try:
            bound: socket.socket = Server.bind_socket(socket_, bind_addr)  # type: ignore[no-untyped-call]  # its stub
        except OSError:
            socket_.close()
            raise
        return bound

    def error_log(self, msg: str = "", level: int = 20, traceback: bool = False) -> None:
        """Send the server's own messages to logging instead of stderr."""
        _LOGGER.log(level, "%s%s", msg, f"\n{_trace()}" if traceback else "")


def _trace() -> str:
    return traceback.format_exc()


class OriginServer:
    """One origin: a listening socket and the threads behind it.

    Args:
        host: Address to bind.
        port: 0 picks a free one.
        tls: Certificate and key; None serves plain HTTP.
    """

    def __init__(self, host: str, port: int, tls: TLSFiles | None) -> None:
        self._app: WSGIApplication | None = None
        self._app_given = threading.Event()
        self._server = _Server(
            (host, port), self._serve, numthreads=_THREADS, request_queue_size=128,
            timeout=_IDLE_SECONDS,
        )  # fmt: skip
        self._server.gateway = _Gateway
        if tls is not None:
            self._server.ssl_adapter = _TLSAdapter(str(tls.certificate), str(tls.private_key))
        prepared: Future[None] = Future()
        self._thread = threading.Thread(
            target=self._run, args=(prepared,), name="sandbox-server", daemon=True
        )
        self._thread.start()
        prepared.result()
        scheme = "https" if tls is not None else "http"
        bound_host, bound_port = self._server.bind_addr[:2]
        shown = f"[{bound_host}]" if ":" in bound_host else bound_host
        self.url = f"{scheme}://{shown}:{bound_port}"

    def start(self, app: WSGIApplication) -> None:
        """Serve an application; requests that came before wait for it."""
        self._app = app
        self._app_given.set()

    def stop(self) -> None:
        """Stop serving and wait for the threads."""
        self._app_given.set()
        self._server.stop()
        self._thread.join()

    def _run(self, prepared: Future[None]) -> None:
        try:
            # The worker threads are made here, so they are daemons like this thread is.
            self._server.prepare()
        except BaseException as error:  # the constructor raises it
            prepared.set_exception(error)
            return
        prepared.set_result(None)
        self._server.serve()

    def _serve(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self._app_given.wait()
        if self._app is None:
            raise RuntimeError("The sandbox was stopped before it was started")
        return self._app(environ, start_response)
