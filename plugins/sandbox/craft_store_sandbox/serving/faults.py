"""Fault knobs: make the store misbehave the way real ones do.

Source: Publisher Gateway reference, section 19.

Two kinds: `Faults.add` queues a fault for the next requests that match, and the attributes of
`Faults` change what the store answers for as long as they are set::

    sandbox.faults.add(Fault(status=503, body=b"<html>"), method="POST", path="/releases$")
    sandbox.faults.duplicate_branches = True
"""

from __future__ import annotations

import io
import json
import re
import socket
import struct
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from craft_store_sandbox.serving.errors import SingleSignOnError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

CONNECTION_KEY = "craft_store_sandbox.connection"


@runtime_checkable
class ClosingIterable(Protocol):
    """An answer that wants to be closed, as WSGI has it."""

    def close(self) -> None:
        """Give back what the answer holds."""


@dataclass(frozen=True)
class Fault:
    """What happens to one request.

    Attributes:
        status: answer with this status, and do not process the request; None processes it.
        headers: headers of that answer.
        body: body of that answer.
        reset: cut the connection: ``before`` the request is processed or ``after``.
        truncate: cut the true answer's body in the middle, with a length that fits.
        delay: seconds of real time before the request is processed.
        pause: seconds of real time in the middle of the true answer's body.
        merge: keys that are put into the true answer's JSON object.
    """

    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    reset: str | None = None
    truncate: bool = False
    delay: float = 0.0
    pause: float = 0.0
    merge: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def errors(cls, status: int, *items: Mapping[str, Any], **headers: str) -> Fault:
        """An error list; items may lack a code or a message, or have a null one.

        Args:
            status: HTTP status.
            items: what ``error-list`` holds.
            headers: response headers, with underscores for hyphens.
        """
        return cls.json(status, {"error-list": [dict(item) for item in items]}, **headers)

    @classmethod
    def json(cls, status: int, document: Any, **headers: str) -> Fault:
        """Any document: older forms of errors, or an answer of a shape that nobody expects.

        Args:
            status: HTTP status.
            document: what the body holds.
            headers: response headers, with underscores for hyphens.
        """
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        body = json.dumps(document).encode()
        return cls(status, {"Content-Type": "application/json", **named}, body)

    @classmethod
    def single_sign_on(cls, status: int, code: str, message: str) -> Fault:
        """A refusal of single sign-on, such as ``TOO_MANY_REQUESTS``, in both its vocabularies."""
        return cls.json(status, SingleSignOnError(status, code, message).body())

    @classmethod
    def shaped(cls, shape: str, status: int, code: str, message: str) -> Fault:
        """A refusal in one of the forms that bodies of errors have had.

        Args:
            shape: ``E1`` to ``E11`` (Snap Store reference, section 3.1).
            status: HTTP status.
            code: what the shapes that have codes say.
            message: what all but the last say; that is an empty body.

        Raises:
            ValueError: there is no such shape.
        """
        if shape == "E11":
            return cls(status)
        item = {"code": code, "message": message}
        problem = {"status": status, "title": message, "detail": message, "type": "about:blank"}
        documents: dict[str, Mapping[str, Any]] = {
            "E1": {"error_list": [item]},
            "E2": {"error-list": [item]},
            "E3": {**problem, "code": code, "error_list": [item]},
            "E4": SingleSignOnError(status, code, message).body(),
            "E5": {"errors": message},
            "E6": {"success": False, "errors": {"__all__": [message]}, "error_list": [item]},
            "E7": {"error_message": message},
            "E8": problem,
            "E9": {"Code": code, "Message": message, "Info": {}},
            "E10": {"error": message},
        }
        if shape not in documents:
            raise ValueError(f"Unknown error shape {shape!r}: the shapes are E1 to E11")
        return cls.json(status, documents[shape])

    @classmethod
    def html(cls, status: int = 503) -> Fault:
        """A proxy's page instead of an answer."""
        page = f"<html><body><h1>{status} {_phrase(status)}</h1></body></html>"
        return cls(status, {"Content-Type": "text/html"}, page.encode())

    @classmethod
    def rate_limit(cls, retry_after: int | None = None) -> Fault:
        """429, with or without ``Retry-After`` in seconds."""
        headers = {} if retry_after is None else {"Retry_After": str(retry_after)}
        item = {"code": "rate-limit-exceeded", "message": "Too many requests"}
        return cls.errors(429, item, **headers)

    @classmethod
    def needs_refresh(cls) -> Fault:
        """401 that asks for a new discharge (section 3.16)."""
        item = {"code": "macaroon-needs-refresh", "message": "Expired macaroon"}
        return cls.errors(401, item, WWW_Authenticate="Macaroon needs_refresh=1")


@dataclass
class _Queued:
    fault: Fault
    method: str | None
    path: re.Pattern[str]
    left: int


class Faults:
    """Faults to come; an untouched one changes nothing.

    Attributes:
        absolute_status_url: R1 and E3 answer with scheme and host.
        short_channel_names: L2 answers ``edge`` for ``latest/edge``.
        zoned_created_at: L1 spells ``revisions[].created-at`` with ``Z``.
        duplicate_branches: L1 lists each branch twice.
        null_base: L1 has null for every base.
        release_lag: L1 does not show releases of the last so many seconds of the sandbox's clock.
        reject_content: bytes to message: archives that hold the bytes are rejected with it.
        manual_review: reviews stay at ``needs-manual-review`` until this is unset.
        extra_fields: every JSON object of the API has a field that nobody knows.
    """

    def __init__(self) -> None:
        self.absolute_status_url = False
        self.short_channel_names = False
        self.zoned_created_at = False
        self.duplicate_branches = False
        self.null_base = False
        self.release_lag = 0.0
        self.reject_content: dict[bytes, str] = {}
        self.manual_review = False
        self.extra_fields = False
        self._lock = threading.Lock()
        self._queue: list[_Queued] = []

    def add(
        self, fault: Fault, *, method: str | None = None, path: str = "", count: int = 1
    ) -> None:
        """Queue a fault.

        Args:
            fault: what happens.
            method: which requests; None is any.
            path: regular expression that is searched in the path.
            count: how many requests; the fault is gone after them.
        """
        with self._lock:
            self._queue.append(_Queued(fault, method, re.compile(path), count))

    def clear(self) -> None:
        """Forget the queued faults."""
        with self._lock:
            self._queue.clear()

    def take(self, method: str, path: str) -> Fault:
        """The fault of a request: the first that matches, counted down."""
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
        self._closing.wait(fault.delay)
        if fault.reset == "before":
            return _reset(environ, start_response)
        if fault.status is not None:
            _drain(environ)
            return _answer(fault, start_response)
        return self._altered(fault, environ, start_response)

    def _altered(
        self, fault: Fault, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """The true answer, changed."""
        status, headers = "", [("", "")]

        def remember(line: str, fields: list[tuple[str, str]], *_: Any) -> Any:
            nonlocal status, headers
            status, headers = line, fields

        answer = self._app(environ, remember)
        try:
            body = b"".join(answer)
        finally:
            # An answer from a file holds it open until then.
            if isinstance(answer, ClosingIterable):
                answer.close()
        if fault.reset == "after":
            return _reset(environ, start_response)
        if fault.merge:
            body = _merged(body, fault.merge)
        if fault.truncate:
            body = body[: len(body) // 2]
        kept = [(name, value) for name, value in headers if name.lower() != "content-length"]
        start_response(status, [*kept, ("Content-Length", str(len(body)))])
        return self._in_halves(body, fault.pause) if fault.pause else [body]

    def _in_halves(self, body: bytes, pause: float) -> Iterator[bytes]:
        middle = len(body) // 2
        yield body[:middle]
        self._closing.wait(pause)
        yield body[middle:]


def _answer(fault: Fault, start_response: StartResponse) -> Iterable[bytes]:
    status = fault.status or 500
    line = f"{status} {_phrase(status)}"
    start_response(line, [*fault.headers.items(), ("Content-Length", str(len(fault.body)))])
    return [fault.body]


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def _merged(body: bytes, keys: Mapping[str, Any]) -> bytes:
    try:
        value = json.loads(body)
    except ValueError:
        return body
    if not isinstance(value, dict):
        return body
    return json.dumps({**value, **keys}).encode() + b"\n"


def _drain(environ: WSGIEnvironment) -> None:
    while environ["wsgi.input"].read(1 << 16):
        pass


def _reset(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Cut the connection so that the client gets a reset and no answer."""
    connection = environ[CONNECTION_KEY]
    # The server will write an answer; on the broken socket that would fail again at collection.
    connection.wfile = io.BytesIO()
    with suppress(OSError):
        connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.socket.shutdown(socket.SHUT_RDWR)
    start_response("500 Connection Reset", [("Content-Length", "0"), ("Connection", "close")])
    return [b""]
