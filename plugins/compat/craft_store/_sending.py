"""The one way out: a ``requests.Session`` whose only transport is the core's HTTP client.

What programs do with the session of the documented library works here, too; retries, timeouts, TLS,
proxies, redirects and what is logged are the core's.
"""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import requests
from requests.adapters import BaseAdapter

from craft_store_core.errors import UsageError
from craft_store_core.http import HTTPClient as CoreClient
from craft_store_core.http import RetryPolicy, Timeouts
from craft_store_core.http.upload import MultipartBody

if TYPE_CHECKING:
    from collections.abc import Mapping


LONGEST_WAIT = 120.0
"""Longest pause between two attempts, in seconds."""

_BUNDLES = ("CRAFT_STORE_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_SET_BY_THE_CORE = frozenset({"content-length", "transfer-encoding", "accept-encoding"})


@dataclass(frozen=True)
class Patience:
    """How often, and after which pauses, requests are repeated.

    Attributes:
        retries: How often beside the first time.
        backoff: Seconds before the first repetition.
    """

    retries: int
    backoff: int


def make_core_client(user_agent: str, patience: Patience) -> CoreClient:
    """Return a client of the core, set up from the environment.

    ``CRAFT_STORE_CA_BUNDLE``, ``REQUESTS_CA_BUNDLE`` or ``CURL_CA_BUNDLE`` name trusted
    certificates; ``CRAFT_STORE_ALLOW_HTTP=1`` allows plain http to hosts that are not loopback.
    """
    bundle = next((os.environ[name] for name in _BUNDLES if os.environ.get(name)), None)
    return CoreClient(
        user_agent=user_agent,
        retries=RetryPolicy(
            attempts=patience.retries + 1, backoff=float(patience.backoff), longest=LONGEST_WAIT
        ),
        ca_bundle=Path(bundle) if bundle else None,
        allow_http=is_http_allowed(),
    )


def is_http_allowed() -> bool:
    """Tell whether the user allows plain http to hosts that are not loopback."""
    return os.environ.get("CRAFT_STORE_ALLOW_HTTP") == "1"


def make_session(user_agent: str, patience: Patience) -> requests.Session:
    """Return a session that sends through the core.

    Args:
        user_agent: Value of the ``User-Agent`` header.
        patience: How requests are repeated.
    """
    session = requests.Session()
    # Credentials of a .netrc file, and proxies that the core reads itself, are left alone.
    session.trust_env = False
    session.headers.clear()
    session.headers.update({"User-Agent": user_agent, "Accept": "*/*"})
    adapter = CoreAdapter(user_agent, patience)
    session.adapters.clear()
    for scheme in ("http://", "https://"):
        session.mount(scheme, adapter)
    return session


def sent_once(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Mark a request as one with a secret that works once; give it to ``requests`` as ``auth``."""
    request.once = True  # type: ignore[attr-defined]  # read by the adapter below
    return request


class CoreAdapter(BaseAdapter):
    """Sends what ``requests`` prepared through the core.

    Args:
        user_agent: Value of the ``User-Agent`` header.
        patience: How requests are repeated.
    """

    def __init__(self, user_agent: str, patience: Patience) -> None:
        super().__init__()
        self._user_agent = user_agent
        self._patience = patience
        self._clients: dict[int, CoreClient] = {}

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float, float] | tuple[float, None] | None = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Send a request; an answer of any status is returned, read to its end.

        Raises:
            CraftStoreError: Of the core; there was no answer.
            TypeError: Something is asked for that the core does otherwise.
        """
        _check_options(verify=verify, cert=cert, proxies=proxies)
        body = _body_of(request)
        rewinds = body is None or not isinstance(body, StreamBody) or body.rewinds
        response = self._client(self._patience.retries if rewinds else 0).request(
            request.method or "",
            request.url or "",
            headers=_text_headers(request.headers),
            data=cast("MultipartBody | None", body),
            # A stored upload to which nothing refers is never visible; twice does no harm.
            repeatable=True if isinstance(body, MultipartBody) else None,
            once=getattr(request, "once", False),
            timeout=_timeouts(timeout),
            check=False,
        )
        return response.raw

    def close(self) -> None:
        """Close the connections."""
        for client in self._clients.values():
            client.close()

    def _client(self, retries: int) -> CoreClient:
        if retries not in self._clients:
            patience = Patience(retries, self._patience.backoff)
            self._clients[retries] = make_core_client(self._user_agent, patience)
        return self._clients[retries]


class StreamBody:
    """A body from something that can be read, such as the encoder of requests-toolbelt.

    Args:
        source: Has ``read``; it can be sent twice when it has ``seek`` as well.
        length: Bytes of the body.
        content_type: Its media type, when it has one.
    """

    def __init__(self, source: Any, length: int, content_type: str | None) -> None:
        self._source = source
        self.len = length
        self.content_type = content_type
        self._was_read = False
        self._start = 0
        self.rewinds = hasattr(source, "seek") and hasattr(source, "tell")
        if self.rewinds:
            self._start = source.tell()

    def read(self, size: int = -1) -> bytes:
        """Return the next part."""
        self._was_read = True
        part: bytes = self._source.read(size)
        return part

    def seek(self, offset: int) -> None:
        """Rewind to the beginning of the body.

        Raises:
            UsageError: It was read, and its source cannot be read again.
        """
        if not self._was_read:
            return
        if not self.rewinds:
            raise UsageError(
                "The request cannot be sent again.",
                why="Its body can be read only once, and the store asked for it twice.",
                advice="Give a file or bytes as its body.",
            )
        self._source.seek(self._start + offset)


def _check_options(*, verify: bool | str, cert: Any, proxies: Any) -> None:
    for name, is_asked, instead in (
        ("verify", verify is not True, f"set {_BUNDLES[0]} to a file of certificates"),
        ("cert", cert is not None, "client certificates are not supported"),
        ("proxies", bool(proxies), "set HTTPS_PROXY, HTTP_PROXY or NO_PROXY"),
    ):
        if is_asked:
            raise TypeError(f"the option {name!r} of a request cannot be given: {instead}")


def _body_of(request: requests.PreparedRequest) -> StreamBody | MultipartBody | None:
    body: Any = request.body
    if body is None or isinstance(body, MultipartBody):
        return body
    kind = request.headers.get("Content-Type")
    if isinstance(body, str):
        body = body.encode("utf-8")
    if not isinstance(body, bytes) and not hasattr(body, "read"):
        body = b"".join(body)
    if isinstance(body, bytes):
        return StreamBody(io.BytesIO(body), len(body), kind) if body else None
    length = request.headers.get("Content-Length")
    if length is None:
        return _body_from_text(body.read(), kind)
    return StreamBody(body, int(length), kind)


def _body_from_text(content: str | bytes, kind: str | None) -> StreamBody:
    data = content.encode("utf-8") if isinstance(content, str) else content
    return StreamBody(io.BytesIO(data), len(data), kind)


def _text_headers(headers: Mapping[str, str | bytes]) -> dict[str, str]:
    return {
        name: value.decode("latin-1") if isinstance(value, bytes) else value
        for name, value in headers.items()
        if name.lower() not in _SET_BY_THE_CORE
    }


def _timeouts(timeout: Any) -> Timeouts | None:
    if timeout is None:
        return None
    connect, read = timeout if isinstance(timeout, tuple) else (timeout, timeout)
    default = Timeouts()
    return Timeouts(
        connect=default.connect if connect is None else float(connect),
        read=default.read if read is None else float(read),
    )
