"""The one way out: a ``requests.Session`` whose only transport is the core's HTTP client.

What programs do with the session of the documented library works here, too; retries, timeouts, TLS,
proxies, redirects and what is logged are the core's.
"""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import BaseAdapter

from craft_store_core.http import HTTPClient as CoreClient
from craft_store_core.http import RetryPolicy, Timeouts
from craft_store_core.http.upload import MultipartBody

if TYPE_CHECKING:
    from collections.abc import Mapping


LONGEST_WAIT = 120.0
"""Longest pause between two attempts, in seconds."""

_BUNDLES = ("CRAFT_STORE_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


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
    session.headers.update(
        {"User-Agent": user_agent, "Accept": "*/*", "Accept-Encoding": "gzip, deflate"}
    )
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
        self._client: CoreClient | None = None

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
        body = _complete(request)
        if self._client is None:
            self._client = make_core_client(self._user_agent, self._patience)
        response = self._client.send(
            request,
            # A stored upload to which nothing refers is never visible; twice does no harm.
            repeatable=True if isinstance(body, MultipartBody) else None,
            once=getattr(request, "once", False),
            timeout=_timeouts(timeout),
            check=False,
        )
        return response.raw

    def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            self._client.close()


def _check_options(*, verify: bool | str, cert: Any, proxies: Any) -> None:
    for name, is_asked, instead in (
        ("verify", verify is not True, f"set {_BUNDLES[0]} to a file of certificates"),
        ("cert", cert is not None, "client certificates are not supported"),
        ("proxies", bool(proxies), "set HTTPS_PROXY, HTTP_PROXY or NO_PROXY"),
    ):
        if is_asked:
            raise TypeError(f"the option {name!r} of a request cannot be given: {instead}")


def _complete(request: requests.PreparedRequest) -> Any:
    """Give a request a body of known length, and headers of text; return the body."""
    body: Any = request.body
    if isinstance(body, str):
        body = body.encode("utf-8")
    elif hasattr(body, "read"):
        if isinstance(body, io.TextIOBase) or "Content-Length" not in request.headers:
            content = body.read()
            body = content.encode("utf-8") if isinstance(content, str) else content
    elif body is not None and not isinstance(body, bytes):
        body = b"".join(body)
    if isinstance(body, bytes):
        request.headers["Content-Length"] = str(len(body))
    request.headers.pop("Transfer-Encoding", None)
    request.body = body or None
    for name, value in list(request.headers.items()):
        if isinstance(value, bytes):
            request.headers[name] = value.decode("latin-1")
    return body


def _timeouts(timeout: Any) -> Timeouts | None:
    if timeout is None:
        return None
    connect, read = timeout if isinstance(timeout, tuple) else (timeout, timeout)
    default = Timeouts()
    return Timeouts(
        connect=default.connect if connect is None else float(connect),
        read=default.read if read is None else float(read),
    )
