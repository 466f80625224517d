"""What clients sent: a record of each request, for tests to assert on."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote

from werkzeug.datastructures import EnvironHeaders, Headers, MultiDict
from werkzeug.sansio.utils import get_content_length
from werkzeug.wrappers import Request

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


@dataclass(frozen=True)
class RecordedRequest:
    """One request as it arrived.

    Attributes:
        service: ``api``, ``storage``, ``sso`` or ``candid``, or ``all`` on a single origin.
        method: in capitals.
        path: decoded, without the query.
        query: the query's arguments.
        headers: looked up without case; secrets are kept, so this is for tests alone.
        body_size: bytes, as ``Content-Length`` says; None for a chunked body.
    """

    service: str
    method: str
    path: str
    query: MultiDict[str, str] = field(repr=False)
    headers: Headers = field(repr=False)
    body_size: int | None


class RequestLog:
    """The requests of a sandbox, in order of arrival."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: list[RecordedRequest] = []

    def snapshot(self) -> list[RecordedRequest]:
        """A copy of the record so far."""
        with self._lock:
            return list(self._requests)

    def clear(self) -> None:
        """Forget what was recorded."""
        with self._lock:
            self._requests.clear()

    def add(self, service: str, environ: WSGIEnvironment) -> None:
        """Record a request."""
        request = Request(environ)
        recorded = RecordedRequest(
            service=service,
            method=request.method,
            path=request.path,
            query=MultiDict(request.args),
            headers=Headers(EnvironHeaders(environ)),
            body_size=get_content_length(
                environ.get("CONTENT_LENGTH"), environ.get("HTTP_TRANSFER_ENCODING")
            ),
        )
        with self._lock:
            self._requests.append(recorded)


class RecordingMiddleware:
    """Record each request, then pass it on with leading slashes folded into one."""

    def __init__(self, app: WSGIApplication, log: RequestLog, service: str) -> None:
        self._app = app
        self._log = log
        self._service = service

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve a request."""
        # Clients that glue a base URL and a path together send "//v1/..." (Publisher Gateway
        # reference, section 19).
        uri: str = environ["REQUEST_URI"]
        if uri.startswith("//"):
            environ["PATH_INFO"] = unquote("/" + uri.partition("?")[0].lstrip("/"), "latin-1")
        self._log.add(self._service, environ)
        return self._app(environ, start_response)
