"""What clients sent: a record of each request, for tests to assert on."""

from __future__ import annotations

import threading
from email.message import Message
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote

from werkzeug.wrappers import Request

from craft_store_core.testing import RecordedRequest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class RequestLog:
    """The requests of a sandbox, in order of arrival."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: list[RecordedRequest] = []

    def snapshot(self) -> list[RecordedRequest]:
        """Return a copy of the record so far."""
        with self._lock:
            return list(self._requests)

    def clear(self) -> None:
        """Forget what was recorded."""
        with self._lock:
            self._requests.clear()

    def add(self, service: str, environ: WSGIEnvironment) -> None:
        """Record a request."""
        request = Request(environ)
        headers = Message()
        for name, value in request.headers.items():
            headers[name] = value
        recorded = RecordedRequest(
            request.method,
            request.path,
            dict(parse_qsl(environ["QUERY_STRING"], keep_blank_values=True)),
            headers,
            connection=int(environ["REMOTE_PORT"]),
            service=service,
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
