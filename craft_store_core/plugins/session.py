"""Requests of one store: base URLs, credentials only where they belong, renewal once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable
from urllib.parse import quote, urlsplit

from craft_store_core.errors import (
    AuthenticationRequiredError,
    ConfigurationError,
    HostNotAllowedError,
)
from craft_store_core.origins import origin_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from craft_store_core.http import HTTPClient, Response, Work
    from craft_store_core.http.upload import MultipartBody, RequestBody
    from craft_store_core.plugins.stores import Store

_ABSOLUTE = re.compile(r"//|[a-z][a-z0-9+.-]*:", re.IGNORECASE)


class Authenticator(Protocol):
    """Supplies the ``Authorization`` header of the store's API."""

    def authorization(self) -> str:
        """Return the header's value.

        Raises:
            CredentialError: There are no usable credentials.
        """

    def renew(self, rejected: str) -> bool:
        """Renew after the store refused the header ``rejected``.

        Returns:
            True when :meth:`authorization` now gives another value.
        """


@runtime_checkable
class AdvisingAuthenticator(Authenticator, Protocol):
    """An authenticator that knows where the credentials come from."""

    @property
    def advice(self) -> str:
        """What to do when the store does not accept them any more."""


def path(*parts: str | int) -> str:
    """Join parts to a URL path, each percent-encoded.

    Example:
        ``path("v1", "charm", "a/b")`` is ``"/v1/charm/a%2Fb"``.

    Raises:
        ValueError: A part is empty or a dot segment, which would change the meaning of the path.
    """
    texts = [str(part) for part in parts]
    for text in texts:
        if text in {"", ".", ".."}:
            raise ValueError(f"{text!r} is not a valid name: it cannot be part of a path")
    return "/" + "/".join(quote(text, safe="") for text in texts)


class StoreSession:
    """Sends the requests of one store.

    Args:
        store: Whose base URLs and origins apply.
        http: Does the sending, the retries and the errors.
        authenticator: Asked for the header of requests that need one, at the first of them.
    """

    def __init__(self, store: Store, http: HTTPClient, authenticator: Authenticator) -> None:
        self.store = store
        self._http = http
        self._authenticator = authenticator
        self._api_origin = origin_of(store.url("api"))

    def url(self, target: str) -> str:
        """Return the absolute URL of a path on the API, or of a URL that the store sent.

        Raises:
            HostNotAllowedError: It is absolute and leads away from the store's API.
        """
        if not _ABSOLUTE.match(target):
            return f"{self.store.url('api')}/{target.lstrip('/')}"
        absolute = f"https:{target}" if target.startswith("//") else target
        try:
            allowed = origin_of(absolute) == self._api_origin
            place = urlsplit(absolute).netloc
        except ConfigurationError:
            allowed, place = False, "a place that is not a host"
        if not allowed:
            raise HostNotAllowedError(
                f"The store {self.store.name!r} sent a URL that leads to another host.",
                why=f"The URL leads to {place}, but the store is {self.store.host}.",
                advice=(
                    "Nothing was sent there. If the store has moved, change its URLs in the "
                    "configuration file."
                ),
            )
        return absolute

    def request(
        self,
        method: str,
        target: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        data: RequestBody | None = None,
        authenticated: bool = True,
        repeatable: bool | None = None,
        service: str = "api",
    ) -> Response:
        """Send a request to the store's API.

        Args:
            method: The HTTP method.
            target: A path (see :func:`path`), or a URL that the store sent.
            params: The query.
            json: What is sent as the JSON body; None sends no body.
            headers: More headers.
            data: A body of another kind, in place of ``json``.
            authenticated: Send the account's credentials. False needs none at all.
            repeatable: Whether sending twice does no harm; None decides by the method.
            service: Which of the store's services is meant; for another than ``api``, ``target``
                is a path. The credentials are the same.

        Raises:
            HostNotAllowedError: Credentials would go to a service that must not have them.
            CredentialError: There are no usable credentials.
            StoreError: The store refused.
            TransportError: There was no answer.
        """
        if service == "api":
            url = self.url(target)
        else:
            url = f"{self.store.url(service)}/{target.lstrip('/')}"

        def send(**more: str) -> Response:
            return self._http.request(
                method,
                url,
                params=params,
                json=json,
                data=data,
                headers={**(headers or {}), **more},
                repeatable=repeatable,
            )

        if not authenticated:
            return send()
        if service not in self.store.credential_services:
            raise HostNotAllowedError(
                f"Credentials of the store {self.store.name!r} must not be sent to its {service!r} "
                "service.",
                why=f"They may be sent only to: {', '.join(self.store.credential_services)}.",
                advice=(
                    "Nothing was sent. Report this as a bug of the plugin that made the request."
                ),
            )
        header = self._authenticator.authorization()
        try:
            return send(Authorization=header)
        except AuthenticationRequiredError as error:
            if not self._authenticator.renew(header):
                self._advise(error)
                raise
        try:
            return send(Authorization=self._authenticator.authorization())
        except AuthenticationRequiredError as error:
            self._advise(error)
            raise

    def _advise(self, error: AuthenticationRequiredError) -> None:
        if isinstance(self._authenticator, AdvisingAuthenticator):
            error.advice = self._authenticator.advice

    @property
    def work(self) -> Work:
        """What ends the requests, by a deadline or by being cancelled."""
        return self._http.work

    def within(self, work: Work) -> StoreSession:
        """Return the same session for a part of its client's work."""
        return StoreSession(self.store, self._http.within(work), self._authenticator)

    def for_origins(self, origins: frozenset[str] | None) -> HTTPClient:
        """Return an HTTP client for hosts that are not the store's, such as a registry's.

        It has the user's settings and nothing of the account's credentials. It is to be closed.

        Args:
            origins: As for :meth:`~craft_store_core.http.HTTPClient.for_origins`.
        """
        return self._http.for_origins(origins)

    def upload(self, target: str, body: MultipartBody) -> Response:
        """Send a file to the storage host, without credentials.

        Safe to repeat: a blob that nothing refers to is never visible (Publisher Gateway
        reference, sections 8 and 21.3).

        Args:
            target: The path on the storage host.
            body: What is sent; rewound when it must be sent again.
        """
        return self._http.request(
            "POST",
            f"{self.store.url('storage')}/{target.lstrip('/')}",
            headers={"Accept": "application/json", "Content-Type": body.content_type},
            data=body,
            repeatable=True,
        )
