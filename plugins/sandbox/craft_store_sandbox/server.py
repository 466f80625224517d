"""Threaded HTTP servers on sockets of their own, one for each origin."""

from __future__ import annotations

import logging
import threading
import traceback
from concurrent.futures import Future
from contextlib import suppress
from typing import TYPE_CHECKING

from cheroot.server import HTTPConnection, HTTPRequest
from cheroot.ssl.builtin import BuiltinSSLAdapter
from cheroot.wsgi import Gateway_10, Server

from .faults import CONNECTION_KEY

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from .settings import TLSFiles


_LOGGER = logging.getLogger(__name__)
_THREADS = 16
_IDLE_SECONDS = 60
_MAX_IDLE_CONNECTIONS = 1000
_MAX_HEADER_BYTES = 1 << 20


class _Gateway(Gateway_10):
    """The WSGI gateway that also shows the connection, for faults that cut it."""

    def get_environ(self) -> WSGIEnvironment:  # type: ignore[override]  # its stub says None
        environ: WSGIEnvironment = super().get_environ()  # type: ignore[no-untyped-call]  # cheroot's stub
        environ[CONNECTION_KEY] = self.req.conn
        return environ


class _Request(HTTPRequest):
    """A request whose path may begin with two slashes (reference, section 19)."""

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
        host: address to bind.
        port: 0 picks a free one.
        tls: certificate and key; None serves plain HTTP.
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
            self._server.ssl_adapter = BuiltinSSLAdapter(str(tls.certificate), str(tls.private_key))
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
