"""Requests to one image of a registry: who asks, where it answers, what it says when it refuses.

A password goes to the registry that it is for, and to a token service only if that is at the same
origin, at one that the caller trusts, or at a host beside the registry's in one domain. A token
goes to its registry only. Where the registry names a place for an upload, it must be its own.

Source: Publisher Gateway reference, section 12.2; the OCI distribution specification, version 1.1.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from craft_store_charmhub.oci.challenges import Challenge, parse_challenges, share_a_domain
from craft_store_core.errors import (
    ConfigurationError,
    HostNotAllowedError,
    NotFoundError,
    PermissionRequiredError,
    StoreError,
    UnexpectedResponseError,
)
from craft_store_core.plugins import origin_of, store_error

if TYPE_CHECKING:
    from craft_store_core.plugins import Download, HTTPClient, RequestBody, Response


@dataclass(frozen=True)
class Login:
    """User name and password for one image. The repr hides the password."""

    username: str
    password: str = field(repr=False)

    @property
    def header(self) -> str:
        """Value of the ``Authorization`` header."""
        text = f"{self.username}:{self.password}".encode()
        return f"Basic {base64.b64encode(text).decode('ascii')}"


class ImageRegistry:
    """One image of a registry.

    Args:
        http: Sends the requests; knows nothing of the store's credentials.
        url: Base URL of the registry, without a path.
        name: Path of the image there.
        actions: What is going to be done: ``pull`` or ``pull,push``.
        login: Who does it; None for anybody.
        token_origins: Origins beside the registry's own to whose token service the login may go.
    """

    def __init__(
        self,
        http: HTTPClient,
        url: str,
        name: str,
        *,
        actions: str,
        login: Login | None = None,
        token_origins: frozenset[str] = frozenset(),
    ) -> None:
        self._http = http
        self._url = url.rstrip("/")
        self._origin = origin_of(url)
        self.name = name
        self._actions = actions
        self._login = login
        self._token_origins = token_origins | {self._origin}
        self._authorization: str | None = None

    @property
    def host(self) -> str:
        """Host and port, for people."""
        return urlsplit(self._url).netloc

    def check(self) -> None:
        """Ask whether it is a registry, and authenticate: before the first big request.

        Raises:
            NotFoundError: It is none.
            PermissionRequiredError: It does not take the login.
        """
        self.request("GET", f"{self._url}/v2/")

    def request(
        self,
        method: str,
        target: str,
        *,
        headers: dict[str, str] | None = None,
        data: RequestBody | None = None,
        repeatable: bool | None = None,
        missing: bool = False,
        download: Download | None = None,
    ) -> Response:
        """Send a request; authenticate once when the registry asks for it.

        Args:
            method: The HTTP method.
            target: A path below the image, or a URL of the registry.
            headers: More headers.
            data: The body.
            repeatable: As for :meth:`~craft_store_core.http.HTTPClient.request`.
            missing: Return the answer that it is not there (404) instead of raising.
            download: Where the body goes.

        Raises:
            HostNotAllowedError: The registry sent a URL of another host.
            NotFoundError: It does not have it.
            PermissionRequiredError: It does not allow it.
            StoreError: It refuses for another reason.
            TransportError: There was no answer.
        """
        url = self.url(target)

        def send() -> Response:
            known = {} if self._authorization is None else {"Authorization": self._authorization}
            return self._http.request(
                method,
                url,
                headers={"Accept": "*/*", **(headers or {}), **known},
                data=data,
                repeatable=repeatable,
                check=False,
                download=download,
            )

        response = send()
        if response.status == 401 and self._authenticate(response):
            response = send()
        if response.status >= 400 and not (missing and response.status == 404):
            raise self._refused(response)
        return response

    def url(self, target: str) -> str:
        """Return the URL of a path below the image, or one that the registry sent.

        Raises:
            HostNotAllowedError: It leads to another origin.
        """
        base = f"{self._url}/v2/{self.name}/"
        url = urljoin(base, target)
        try:
            same = origin_of(url) == self._origin
        except ConfigurationError:
            same = False
        if not same:
            raise HostNotAllowedError(
                f"The registry {self.host} sent a URL that leads to another host.",
                why=f"The URL leads to {urlsplit(url).netloc.rpartition('@')[2] or 'no host'}.",
                advice=(
                    "Nothing was sent there. If the error persists, report it to the "
                    "operators of the "
                    "registry."
                ),
            )
        return url

    def _authenticate(self, response: Response) -> bool:
        """Answer a challenge; False when there is no other answer than the one that was given."""
        before = self._authorization
        if origin_of(response.url) != self._origin:
            # Storage to which the registry redirected has nothing to ask for.
            return False
        challenges = parse_challenges(response.headers.get("WWW-Authenticate", ""))
        by_scheme = {challenge.scheme: challenge for challenge in reversed(challenges)}
        if "bearer" in by_scheme:
            self._authorization = self._token(by_scheme["bearer"])
        elif "basic" in by_scheme and self._login is not None:
            self._authorization = self._login.header
        return self._authorization not in {None, before}

    def _token(self, challenge: Challenge) -> str | None:
        realm = challenge.parameters.get("realm", "")
        self._check_realm(realm)
        params = {"scope": f"repository:{self.name}:{self._actions}"}
        if "service" in challenge.parameters:
            params["service"] = challenge.parameters["service"]
        headers = {}
        if self._login is not None:
            params["account"] = self._login.username
            headers["Authorization"] = self._login.header
        response = self._http.request("GET", realm, params=params, headers=headers, check=False)
        if response.status >= 400:
            raise self._refused(response)
        document = response.json_object()
        token = document.get("token") or document.get("access_token")
        if not isinstance(token, str):
            raise UnexpectedResponseError(
                f"The token service of {self.host} did not send a token.",
                why="Its response has neither 'token' nor 'access_token'.",
                advice=(
                    "Try again. If the error persists, report it to the operators of the registry."
                ),
            )
        return f"Bearer {token}"

    def _check_realm(self, realm: str) -> None:
        try:
            origin = origin_of(realm)
        except ConfigurationError:
            origin = ""
        # Whoever is asked by TLS must not have somebody else asked without it.
        schemes = ("https:", self._origin.partition("//")[0])
        if not origin.startswith(schemes):
            raise UnexpectedResponseError(
                f"The registry {self.host} did not send a valid URL of a token service.",
                why="The 'realm' of its challenge is not an https URL.",
                advice="Check that the host is a registry.",
            )
        hosts = urlsplit(self._origin).hostname or "", urlsplit(origin).hostname or ""
        if not (self._login is None or origin in self._token_origins or share_a_domain(*hosts)):
            raise HostNotAllowedError(
                f"The password for {self.host} was not sent to {urlsplit(realm).netloc}.",
                why=(
                    "The registry sent this host as its token service. The host is not "
                    "in the domain "
                    "of the registry, and it is not a host of the store."
                ),
                advice=(
                    "If the host is correct, set the store's URL 'registry-token' to it in the "
                    "configuration file."
                ),
            )

    def _refused(self, response: Response) -> StoreError:
        error = store_error(response.status, response.headers, response.content, url=response.url)
        if response.status in {401, 403}:
            anonymous = self._login is None
            return PermissionRequiredError(
                f"The registry {self.host} does not allow {self._actions} of {self.name}.",
                status=response.status,
                entries=error.entries,
                request_id=error.request_id,
                why=error.why,
                advice=(
                    "craft-store reads only public images from registries. Copy the image with "
                    "'skopeo copy docker://... oci-archive:image.tar', and pass the file."
                )
                if anonymous
                else "Try again. The store issues a new password for each upload.",
            )
        if isinstance(error, NotFoundError):
            return NotFoundError(
                f"The registry {self.host} does not have {self.name}.",
                status=response.status,
                entries=error.entries,
                request_id=error.request_id,
                why=error.why,
                advice="Check the host, name and tag of the image.",
            )
        return error
