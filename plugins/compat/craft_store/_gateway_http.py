"""Requests to one Publisher Gateway: through the core, with whatever authorizes them."""

from __future__ import annotations

import json as json_codec
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

from requests.exceptions import RequestException
from requests.structures import CaseInsensitiveDict

from craft_store import __version__, errors
from craft_store._sending import make_session
from craft_store._translation import as_documented
from craft_store.http_client import patience_from_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    import requests

USER_AGENT = f"craft-store/{__version__}"
"""What requests of the gateway say of themselves."""

_HTTPX_ONLY = frozenset(
    {"host", "connection", "accept-encoding", "content-length", "user-agent", "transfer-encoding"}
)


class RequestAuth(Protocol):
    """What authorizes requests: ``httpx.Auth``, or the classes of :mod:`craft_store`."""

    def auth_flow(self, request: Any, /) -> Generator[Any, Any, None]:
        """Yield requests, put right, and be sent their answers."""


class _Headers:
    """As much of a request as an auth object changes: its headers."""

    def __init__(self) -> None:
        self.headers: CaseInsensitiveDict[str] = CaseInsensitiveDict()


class GatewayHTTP:
    """Sends requests to one gateway; an answer of any status is returned.

    Args:
        base_url: Of the gateway; a path in it is kept.
        auth: Called with a request, into which it puts a header; or an ``httpx.Auth``. None sends
            no credentials.

    Raises:
        TypeError: ``auth`` is none of these.
    """

    def __init__(self, base_url: str, auth: Any = None) -> None:
        flow = getattr(auth, "sync_auth_flow", None)
        if auth is not None and not callable(auth) and flow is None:
            raise TypeError(f"{type(auth).__name__!r} objects cannot authorize requests")
        self.base_url = base_url.rstrip("/")
        self._auth: Callable[[Any], Any] | None = auth if callable(auth) else None
        self._flow = None if callable(auth) else flow
        self._session = make_session(USER_AGENT, patience_from_environment())

    def request(
        self,
        method: str,
        target: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Send a request.

        Args:
            method: The HTTP method.
            target: A path.
            params: The query.
            json: The body; None sends none.
            headers: More headers.

        Raises:
            NetworkError: There was no answer.
        """
        url = f"{self.base_url}{target}"
        merged = dict(headers or {})
        if self._flow is not None:
            return self._follow(method, url, params, json, merged)
        if self._auth is not None:
            authorized = _Headers()
            self._auth(authorized)
            merged.update(authorized.headers)
        return self._send(method, url, params=params, json=json, headers=merged)

    def _send(self, method: str, url: str, **options: Any) -> requests.Response:
        try:
            with as_documented():
                return self._session.request(method, url, **options)
        except RequestException as error:
            raise errors.NetworkError(error) from error

    def _follow(
        self, method: str, url: str, params: Any, json: Any, headers: dict[str, str]
    ) -> requests.Response:
        """Let an ``httpx.Auth`` see requests and answers, and send what it asks for."""
        httpx = import_module("httpx")
        content = None if json is None else json_codec.dumps(json).encode()
        if content is not None:
            headers["Content-Type"] = "application/json"
        first = httpx.Request(method, url, params=params, content=content, headers=headers)
        assert self._flow is not None  # noqa: S101  # the caller looked
        flow = self._flow(first)
        try:
            outgoing = next(flow)
            while True:
                response = self._send(
                    outgoing.method,
                    str(outgoing.url),
                    data=outgoing.content,
                    headers={
                        name: value
                        for name, value in outgoing.headers.items()
                        if name.lower() not in _HTTPX_ONLY
                    },
                )
                try:
                    outgoing = flow.send(_as_httpx(httpx, response, outgoing))
                except StopIteration:
                    return response
        finally:
            flow.close()


def _as_httpx(httpx: Any, response: requests.Response, request: Any) -> Any:
    headers = {
        name: value
        for name, value in response.headers.items()
        # The body is no longer encoded.
        if name.lower() not in {"content-encoding", "content-length", "transfer-encoding"}
    }
    return httpx.Response(
        response.status_code, headers=headers, content=response.content, request=request
    )
