"""The HTTP client of a store.

It uses the adapter of ``requests`` alone, without a session. A session reads ``.netrc`` and the
environment, keeps cookies and follows redirects; here all that happens is written below.
"""

from __future__ import annotations

import copy
import json as json_codec
import random as random_numbers
import re
import threading
import time
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode, urljoin, urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.exceptions import InvalidSchema, RequestException

from craft_store_core.errors import (
    ConfigurationError,
    DeadlinePassedError,
    HostNotAllowedError,
    RateLimitedError,
    StoreTimeoutError,
    StoreUnavailableError,
    StoreUnreachableError,
    UnexpectedResponseError,
    UsageError,
)
from craft_store_core.http.error_bodies import store_error
from craft_store_core.http.failures import Failure, explain
from craft_store_core.http.logs import log_answer, log_failure, log_request
from craft_store_core.http.proxies import ProxyRules, is_loopback_host
from craft_store_core.http.responses import Download, Response, host_of
from craft_store_core.http.retries import (
    REPEATABLE_METHODS,
    Attempts,
    RetryPolicy,
    Timeouts,
    may_repeat_answer,
    retry_after,
)
from craft_store_core.http.tls import make_tls_context
from craft_store_core.http.upload import SentBody
from craft_store_core.http.work import Work
from craft_store_core.origins import origin_of
from craft_store_core.redaction import redact_url

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path
    from types import TracebackType

    from craft_store_core.errors import CraftStoreError, TransportError
    from craft_store_core.http.upload import RequestBody

T = TypeVar("T")

MAX_REDIRECTS = 5
"""How many redirects in a row are followed."""

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CREDENTIAL_HEADERS = ("Authorization", "Macaroons", "Cookie", "Proxy-Authorization")
_HEADER_VALUE = re.compile(r"([!-~\x80-\xff]([ -~\t\x80-\xff]*[!-~\x80-\xff])?)?")
_UNSENT = (
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.ConnectTimeoutError,
    urllib3.exceptions.ProxyError,
)


class HTTPClient:
    """Sends requests to the hosts of one store. May be used by several threads at once.

    Constructing one touches neither the network nor any file.

    Args:
        user_agent: Value of the ``User-Agent`` header.
        timeouts: How long to wait for a host.
        retries: How often and how patiently to repeat.
        ca_bundle: Trusted certificates, instead of those of the system.
        proxies: Proxies by scheme, see :class:`~craft_store_core.http.proxies.ProxyRules`; None
            reads the environment, once. Loopback hosts are never reached through one.
        allow_http: Plain http is allowed to hosts that are not loopback.
        origins: The only origins that are ever contacted, see
            :func:`~craft_store_core.origins.origin_of`; None for no such limit.
        work: Ends what the client does: by its deadline, or when it is cancelled.
        random: Returns a random number from 0 to 1.

    Attributes:
        work: The same.
    """

    def __init__(
        self,
        *,
        user_agent: str,
        timeouts: Timeouts = Timeouts(),  # noqa: B008  # frozen, so it may be shared
        retries: RetryPolicy = RetryPolicy(),  # noqa: B008  # the same
        ca_bundle: Path | None = None,
        proxies: Mapping[str, str] | None = None,
        allow_http: bool = False,
        origins: frozenset[str] | None = None,
        work: Work | None = None,
        random: Callable[[], float] = random_numbers.random,
    ) -> None:
        self.work = work or Work()
        self._user_agent = user_agent
        self._timeouts = timeouts
        self._retries = retries
        self._ca_bundle = ca_bundle
        self._proxies = ProxyRules(proxies)
        self._allow_http = allow_http
        self._origins = origins
        self._random = random
        self._lock = threading.Lock()
        self._adapters: dict[bool, _Adapter] = {}

    def request(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        data: RequestBody | None = None,
        repeatable: bool | None = None,
        once: bool = False,
        timeout: Timeouts | None = None,
        check: bool = True,
        download: Download | None = None,
    ) -> Response:
        """Send a request and return the answer, read to its end.

        Redirects are followed within the allowed origins; credentials never go along to another
        origin, and a request with an effect is only repeated as it is (307, 308), never turned
        into a GET.

        Args:
            method: The HTTP method.
            url: An absolute URL.
            params: The query, added to that of ``url``.
            headers: More headers; ``Accept`` is ``application/json`` unless given here.
            json: Sent as a JSON body; None sends none, ``{}`` and ``[]`` do.
            form: Sent as an URL-encoded form.
            data: Sent as it is, rewound first.
            repeatable: Sending twice does no harm. None decides by the method: GET, HEAD, PUT,
                DELETE and OPTIONS.
            once: Whatever the host answers is final: the request holds a secret that works once.
                It is sent again only where nothing of it can have arrived.
            timeout: Other timeouts for this request; data is still sent under those of the client.
            check: Raise for a refusal (400 and more), after retries. False returns it.
            download: Where the body goes when the status is 200, block by block.

        Raises:
            StoreError: The answer is a refusal.
            TransportError: There was no answer, or the request may not be sent there.
            UnexpectedResponseError: A redirect that cannot be followed.
            UsageError: The URL or a header cannot be sent.
        """
        return self.send(
            self._prepare(method, url, params, headers, json, form, data),
            repeatable=repeatable,
            once=once,
            timeout=timeout,
            check=check,
            download=download,
        )

    def send(
        self,
        prepared: requests.PreparedRequest,
        *,
        repeatable: bool | None = None,
        once: bool = False,
        timeout: Timeouts | None = None,
        check: bool = True,
        download: Download | None = None,
    ) -> Response:
        """Send a request that ``requests`` prepared; see :meth:`request`.

        Args:
            prepared: The request; a body that is read begins where it is.
            repeatable: As of :meth:`request`, like the others.
            once: Whatever the host answers is final.
            timeout: Other timeouts for this request.
            check: Raise for a refusal.
            download: Where the body goes.
        """
        body = self._checked_body(prepared)
        retries = self._retries if body is None else body.limited(self._retries)
        if repeatable is None:
            repeatable = prepared.method in REPEATABLE_METHODS
        repeatable = repeatable and not once
        attempts, redirects = Attempts(retries, self.work, self._random), 0
        while True:
            url = prepared.url or ""
            # The HTTP library reads a URL in its own way: what it will contact must be allowed.
            self._check_destination(url)
            self.work.check()
            if body is not None:
                body.rewind()
            proxy = self._proxies.proxy_for(url)
            log_request(prepared, attempts.number)
            begun = time.monotonic()
            try:
                raw = self._adapter(url, proxy).send(
                    prepared,
                    stream=True,
                    timeout=(timeout or self._timeouts).within(self.work.remaining()),
                    proxies={urlsplit(url).scheme: proxy} if proxy else {},
                )
                try:
                    response = Response(raw, self.work, download)
                finally:
                    raw.close()
            except (RequestException, urllib3.exceptions.HTTPError) as error:
                failure = self._failure(error, url)
                log_failure(prepared, failure, attempts.number)
                if failure.may_repeat(repeatable=repeatable) and attempts.again():
                    continue
                raise self._last(failure.finished(attempts.number, repeatable=repeatable)) from None
            log_answer(response, prepared.method or "", time.monotonic() - begun, attempts.number)
            if (
                not once
                and may_repeat_answer(response.status, response.headers, repeatable=repeatable)
                and attempts.again(retry_after(response.headers))
            ):
                continue
            if response.status not in _REDIRECTS or redirects == MAX_REDIRECTS:
                break
            prepared = self._redirected(prepared, response)
            attempts, redirects = Attempts(retries, self.work, self._random), redirects + 1
        _refuse_redirect(response)
        if check and response.status >= 400:
            raise store_error(response.status, response.headers, response.content, url=response.url)
        return response

    def retry(self, work: Callable[[], T]) -> T:
        """Do several requests as one, from the beginning again after a failure that may pass.

        For work that does no harm when it is done twice although its requests may not be repeated
        one by one, such as sending the parts of a blob.

        Args:
            work: Sends the requests; what it returns is returned.
        """
        attempts = Attempts(self._retries, self.work, self._random)
        while True:
            try:
                return work()
            except (
                RateLimitedError,
                StoreTimeoutError,
                StoreUnavailableError,
                StoreUnreachableError,
            ) as error:
                failure = error
            if not attempts.again():
                raise failure

    def within(self, work: Work) -> HTTPClient:
        """Return the same client, with the same connections, for a part of its work."""
        other = copy.copy(self)
        other.work = work
        return other

    def for_origins(self, origins: frozenset[str] | None) -> HTTPClient:
        """Return a client with the same settings for hosts that are not the store's.

        It has connections of its own, is to be closed, and never sends plain http to a host that
        is not loopback.

        Args:
            origins: The only origins that it contacts; None for no such limit: then credentials
                and content are never sent on by a redirect to another origin.
        """
        other = HTTPClient(
            user_agent=self._user_agent,
            timeouts=self._timeouts,
            retries=self._retries,
            ca_bundle=self._ca_bundle,
            proxies={},
            origins=origins,
            work=self.work,
            random=self._random,
        )
        # As they were read from the environment, once.
        other._proxies = self._proxies
        return other

    def close(self) -> None:
        """Close the connections. The client can still be used and opens new ones."""
        with self._lock:
            adapters = list(self._adapters.values())
            self._adapters.clear()
        for adapter in adapters:
            adapter.close()

    def __enter__(self) -> HTTPClient:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _prepare(
        self,
        method: str,
        url: str,
        params: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
        json: Any,
        form: Mapping[str, str] | None,
        data: RequestBody | None,
    ) -> requests.PreparedRequest:
        if sum(body is not None for body in (json, form, data)) > 1:
            raise TypeError("a request has one body: json, form or data")
        self._check_destination(url)
        merged = requests.structures.CaseInsensitiveDict(
            {
                "User-Agent": self._user_agent,
                "Accept": "application/json",
                "Accept-Encoding": "gzip, deflate",
            }
        )
        content: Any = None
        if data is not None:
            content = SentBody(data, 0, self.work)
            merged["Content-Type"] = data.content_type
        elif form is not None:
            content = urlencode(form).encode("ascii")
            merged["Content-Type"] = "application/x-www-form-urlencoded"
        elif json is not None:
            content = json_codec.dumps(json, separators=(",", ":"), allow_nan=False).encode("ascii")
            merged["Content-Type"] = "application/json"
        merged.update(headers or {})
        _check_headers(merged)
        try:
            prepared = requests.Request(method, url, headers=merged, params=params).prepare()
        except (RequestException, UnicodeError) as error:
            raise ConfigurationError(
                f"{redact_url(url)} is not a URL that can be requested.", why=f"{error}."
            ) from None
        if content is not None:
            prepared.body = content
            prepared.headers["Content-Length"] = str(len(content) if data is None else data.len)
        return prepared

    def _checked_body(self, prepared: requests.PreparedRequest) -> SentBody | None:
        """Return the body of a request that can be sent, if it is read block by block."""
        _check_headers(prepared.headers)
        body: Any = prepared.body
        if body is None or isinstance(body, (bytes, str)):
            return None
        if isinstance(body, SentBody):
            return body
        sought = hasattr(body, "tell") and hasattr(body, "seek")
        sent = SentBody(body, body.tell() if sought else None, self.work)
        prepared.body = sent  # type: ignore[assignment]  # the types know no bodies that are read
        return sent

    def _check_destination(self, url: str) -> None:
        origin = origin_of(url)
        if self._origins is not None and origin not in self._origins:
            raise HostNotAllowedError(
                f"A request to {host_of(url)} was not sent.",
                why=(
                    "The host does not belong to the store. The hosts of the store are: "
                    f"{', '.join(sorted(host_of(known) for known in self._origins))}."
                ),
                advice="If the store has moved, change its URLs in the configuration file.",
            )
        parts = urlsplit(url)
        if parts.scheme == "http" and not (
            self._allow_http or is_loopback_host(parts.hostname or "")
        ):
            raise HostNotAllowedError(
                f"A request to {host_of(url)} was not sent.",
                why="Plain http sends everything unencrypted, including credentials.",
                advice="Use an https URL, or allow http for this store in the configuration file.",
            )

    def _redirected(
        self, prepared: requests.PreparedRequest, response: Response
    ) -> requests.PreparedRequest:
        location = response.headers.get("Location", "")
        if not location:
            raise _no_redirect(
                response, "The server redirected the request without a 'Location' header."
            )
        if response.status not in {307, 308} and prepared.method not in {"GET", "HEAD"}:
            raise _no_redirect(
                response,
                (
                    f"The server redirected a {prepared.method} with status "
                    f"{response.status}, which "
                    "would drop the method and the body of the request."
                ),
            )
        following = prepared.copy()
        try:
            target = urljoin(response.url, location)
            self._check_destination(target)
            following.prepare_url(target, None)
            # As above: what the HTTP library makes of it counts.
            target = following.url or ""
            self._check_destination(target)
            other_origin = origin_of(target) != origin_of(response.url)
        except (ConfigurationError, ValueError):
            raise _no_redirect(
                response, "The server redirected the request to a URL that is not http or https."
            ) from None
        if other_origin and prepared.body is not None and self._origins is None:
            raise HostNotAllowedError(
                f"The body of a request to {host_of(response.url)} was not sent to another host.",
                why=f"The server redirected the request to {host_of(target)}.",
                advice="If the store has moved, change its URLs in the configuration file.",
            )
        if other_origin:
            for name in _CREDENTIAL_HEADERS:
                following.headers.pop(name, None)
        return following

    def _last(self, error: TransportError) -> CraftStoreError:
        """Return what to raise when there is no other attempt after a failure."""
        ended = self.work.error
        if isinstance(ended, DeadlinePassedError):
            ended.may_have_arrived = error.may_have_arrived
        return ended or error

    def _failure(self, error: Exception, url: str) -> Failure:
        proxy = self._proxies.proxy_for(url)
        if isinstance(error, InvalidSchema) and proxy:
            raise ConfigurationError(
                f"The proxy {host_of(proxy)} cannot be used.",
                why="SOCKS proxies require the library PySocks, which is not installed.",
                advice=(
                    "Install PySocks, or set an http proxy with HTTPS_PROXY, HTTP_PROXY or "
                    "ALL_PROXY."
                ),
            ) from None
        if isinstance(error, urllib3.exceptions.LocationValueError):
            raise ConfigurationError(
                f"{host_of(url)} is not a host name.", advice="Check the URL."
            ) from None
        causes = list(_causes(error))
        unsent = any(isinstance(cause, _UNSENT) for cause in causes)
        at_proxy = any(isinstance(cause, urllib3.exceptions.ProxyError) for cause in causes)
        return explain(
            causes,
            host=host_of(url),
            proxy=host_of(proxy) if proxy and at_proxy else None,
            unsent=unsent,
            late=any(isinstance(cause, urllib3.exceptions.TimeoutError) for cause in causes)
            and not any(
                isinstance(cause, urllib3.exceptions.NewConnectionError) for cause in causes
            ),
        )

    def _adapter(self, url: str, proxy: str | None) -> _Adapter:
        tls = any(place.lower().startswith("https:") for place in (url, proxy or ""))
        with self._lock:
            if tls not in self._adapters:
                context = make_tls_context(self._ca_bundle) if tls else None
                self._adapters[tls] = _Adapter(context, self._timeouts.read)
            return self._adapters[tls]


class _PatientSending:
    """Gives sending the idle timeout; urllib3 would send under the one for connecting."""

    idle: float

    def send(self, data: Any) -> None:
        connection: Any = self
        if connection.sock is None:
            connection.connect()
        connection.sock.settimeout(self.idle)
        super().send(data)  # type: ignore[misc]  # mixed into an HTTP connection


class _Adapter(HTTPAdapter):
    """The adapter of ``requests`` with one TLS context, and sending under the idle timeout."""

    def __init__(self, context: ssl.SSLContext | None, idle: float) -> None:
        self._context = context
        self._pools = _pool_classes(idle)
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._context, **options)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        if not proxy.lower().startswith("socks"):
            options["proxy_ssl_context"] = self._context
        manager = super().proxy_manager_for(proxy, ssl_context=self._context, **options)
        if not proxy.lower().startswith("socks"):
            manager.pool_classes_by_scheme = self._pools
        return manager

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        # requests would load its own bundle into the shared context, on each new connection.
        if urlsplit(url).scheme == "https":
            conn.cert_reqs = "CERT_REQUIRED"
            conn.ca_certs = conn.ca_cert_dir = None


def _pool_classes(idle: float) -> dict[str, type[urllib3.HTTPConnectionPool]]:
    class HTTPConnection(_PatientSending, urllib3.connection.HTTPConnection):
        pass

    class HTTPSConnection(_PatientSending, urllib3.connection.HTTPSConnection):
        pass

    class HTTPPool(urllib3.HTTPConnectionPool):
        ConnectionCls = HTTPConnection

    class HTTPSPool(urllib3.HTTPSConnectionPool):
        ConnectionCls = HTTPSConnection

    HTTPConnection.idle = HTTPSConnection.idle = idle
    return {"http": HTTPPool, "https": HTTPSPool}


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and all that caused it; the HTTP libraries hide them in arguments."""
    pending, seen = [error], set()
    while pending:
        cause = pending.pop(0)
        if id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        inner = [*cause.args, getattr(cause, "reason", None), cause.__cause__]
        pending += [item for item in inner if isinstance(item, BaseException)]


def _check_headers(headers: Mapping[str, str]) -> None:
    for name, value in headers.items():
        if not _HEADER_VALUE.fullmatch(value):
            raise UsageError(
                f"The header {name!r} cannot be sent.",
                why=(
                    "Its value starts or ends with white space, or contains characters that a "
                    "header cannot contain."
                ),
            )


def _refuse_redirect(response: Response) -> None:
    if response.status in _REDIRECTS:
        raise _no_redirect(
            response, f"The server redirected the request more than {MAX_REDIRECTS} times."
        )
    if 300 <= response.status < 400:
        raise _no_redirect(response, f"The server answered with status {response.status}.")


def _no_redirect(response: Response, why: str) -> UnexpectedResponseError:
    return UnexpectedResponseError(
        f"The redirect from {host_of(response.url)} cannot be followed.",
        why=why,
        advice=(
            "Check the URLs of the store in the configuration file, for example https instead of "
            "http."
        ),
        request_id=response.request_id,
    )
