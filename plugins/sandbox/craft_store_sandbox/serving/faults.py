"""Fault knobs: make the store misbehave the way real ones do.

Source: Publisher Gateway reference, section 19.

Two kinds: `Faults.add` queues a fault for the next requests that match, and the attributes of
`Faults` change what the store answers for as long as they are set::

    sandbox.faults.add(Fault(status=503, body=b"<html>"), method="POST", path="/releases$")
    sandbox.faults.duplicate_branches = True
"""

from __future__ import annotations

import io
import re
import socket
import struct
import threading
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from werkzeug.wsgi import ClosingIterator

from craft_store_core.testing import Fault
from craft_store_sandbox.state.settings import GatewaySwitches

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

REQUEST_KEY = "craft_store_sandbox.request"


@runtime_checkable
class ClosingIterable(Protocol):
    """An answer that wants to be closed, as WSGI has it."""

    def close(self) -> None:
        """Give back what the answer holds."""


@dataclass
class _Queued:
    fault: Fault
    method: str | None
    path: re.Pattern[str]
    left: int


class Faults(GatewaySwitches):
    """The queue of faults to come, and the switches of the gateway; by default nothing happens."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._queue: list[_Queued] = []

    def add(
        self, fault: Fault, *, method: str | None = None, path: str = "", count: int = 1
    ) -> None:
        """Queue a fault.

        Args:
            fault: What happens.
            method: Which requests; None is any.
            path: Regular expression that is searched in the path.
            count: How many requests; the fault is gone after them.
        """
        with self._lock:
            self._queue.append(_Queued(fault, method, re.compile(path), count))

    def clear(self) -> None:
        """Forget the queued faults."""
        with self._lock:
            self._queue.clear()

    def take(self, method: str, path: str) -> Fault:
        """Return the fault of a request: the first that matches, counted down."""
        with self._lock:
            for queued in self._queue:
                if queued.method in (None, method) and queued.path.search(path):
                    queued.left -= 1
                    if queued.left <= 0:
                        self._queue.remove(queued)
                    return queued.fault
        return Fault(merge={"sandbox-extra": {"unknown": True}}) if self.extra_fields else Fault()


class FaultMiddleware:
    """Apply faults between the socket and the application."""

    def __init__(self, app: WSGIApplication, faults: Faults, closing: threading.Event) -> None:
        self._app = app
        self._faults = faults
        self._closing = closing

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve a request."""
        fault = self._faults.take(environ["REQUEST_METHOD"], environ["PATH_INFO"])
        if fault == Fault():
            return self._app(environ, start_response)
        if self._closing.wait(min(fault.delay, threading.TIMEOUT_MAX)):
            return _end(environ, start_response)
        if fault.reset == "before":
            return _end(environ, start_response, reset=True)
        if fault.status is not None:
            line, headers, body = _line(fault.status), [*fault.headers.items()], fault.body
            if not fault.early:
                _drain(environ)
        else:
            line, headers, body = self._answer(environ)
        if fault.reset == "after" or fault.close == "unanswered":
            return _end(environ, start_response, reset=fault.reset is not None)
        body = fault.change(body)
        kept = [(name, value) for name, value in headers if name.lower() != "content-length"]
        start_response(line, [*kept, ("Content-Length", str(len(body)))])
        answer = fault.pieces(body, self._closing.wait)
        if not (fault.close or fault.early):
            return answer
        served = environ[REQUEST_KEY]
        # The server would read what is left of the request's body before it answers.
        served.close_connection = served.close_connection or fault.early
        return ClosingIterator(answer, lambda: _shut(served.conn))

    def _answer(self, environ: WSGIEnvironment) -> tuple[str, list[tuple[str, str]], bytes]:
        """Return status line, headers and body of the true answer."""
        line, headers = "", [("", "")]

        def remember(status: str, fields: list[tuple[str, str]], *_: Any) -> Any:
            nonlocal line, headers
            line, headers = status, fields

        answer = self._app(environ, remember)
        try:
            body = b"".join(answer)
        finally:
            # An answer from a file holds it open until then.
            if isinstance(answer, ClosingIterable):
                answer.close()
        return line, headers, body


def _line(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} Unknown"


def _drain(environ: WSGIEnvironment) -> None:
    while environ["wsgi.input"].read(1 << 16):
        pass


def _end(
    environ: WSGIEnvironment, start_response: StartResponse, *, reset: bool = False
) -> Iterable[bytes]:
    """End the connection so that the client gets no answer."""
    connection = environ[REQUEST_KEY].conn
    # The server will write an answer; on the broken socket that would fail again at collection.
    connection.wfile = io.BytesIO()
    if reset:
        with suppress(OSError):
            linger = struct.pack("ii", 1, 0)
            connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    _shut(connection)
    start_response("500 Connection Ended", [("Content-Length", "0"), ("Connection", "close")])
    return [b""]


def _shut(connection: Any) -> None:
    with suppress(OSError):
        connection.socket.shutdown(socket.SHUT_RDWR)
