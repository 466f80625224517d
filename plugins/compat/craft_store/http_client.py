"""Sending requests, with answers as ``requests`` has them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from requests.exceptions import RequestException

from craft_store import errors
from craft_store._sending import Patience, make_session
from craft_store._translation import as_documented
from craft_store_core.http.retries import TRANSIENT_STATUSES

if TYPE_CHECKING:
    import requests

REQUEST_TOTAL_RETRIES = 8
"""How often a request is repeated when the variable ``CRAFT_STORE_RETRIES`` is not set."""
REQUEST_BACKOFF = 1
"""Seconds before the first repetition when the variable ``CRAFT_STORE_BACKOFF`` is not set."""


def _get_retry_value(environment_var: str, default_value: int) -> int:
    """Return a number from the environment; the default where it is no number or negative."""
    try:
        value = int(os.environ.get(environment_var, ""))
    except ValueError:
        return default_value
    return value if value >= 0 else default_value


def patience_from_environment() -> Patience:
    """Return how requests are repeated, as the environment says now."""
    return Patience(
        retries=_get_retry_value("CRAFT_STORE_RETRIES", REQUEST_TOTAL_RETRIES),
        backoff=_get_retry_value("CRAFT_STORE_BACKOFF", REQUEST_BACKOFF),
    )


class HTTPClient:
    """Sends requests; repeats those that may be repeated.

    Args:
        user_agent: Value of the ``User-Agent`` header.
    """

    def __init__(self, *, user_agent: str) -> None:
        self.user_agent = user_agent
        self._patience = patience_from_environment()
        self._session = make_session(user_agent, self._patience)

    def get(self, *args: Any, **kwargs: Any) -> requests.Response:
        """Send a GET request, see :meth:`request`."""
        return self.request("GET", *args, **kwargs)

    def post(self, *args: Any, **kwargs: Any) -> requests.Response:
        """Send a POST request, see :meth:`request`."""
        return self.request("POST", *args, **kwargs)

    def put(self, *args: Any, **kwargs: Any) -> requests.Response:
        """Send a PUT request, see :meth:`request`."""
        return self.request("PUT", *args, **kwargs)

    def request(
        self,
        method: str,
        url: str,
        params: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        **kwargs: Any,
    ) -> requests.Response:
        """Send a request.

        Args:
            method: The HTTP method.
            url: An absolute URL.
            params: The query.
            headers: More headers.
            **kwargs: As :func:`requests.request` takes them: ``json``, ``data``, ``files``,
                ``timeout`` (seconds) and so on.

        Raises:
            StoreServerError: The answer is a refusal (status 400 and more).
            NetworkError: There was no answer, or the request cannot be sent.
            TypeError: ``verify``, ``cert``, ``proxies`` or ``allow_redirects`` ask for something
                that is done otherwise.
        """
        if kwargs.get("allow_redirects") is False:
            raise TypeError("redirects are followed, within what is safe; that cannot be changed")
        merged = {"User-Agent": self.user_agent, **(headers or {})}
        try:
            with as_documented():
                response = self._session.request(
                    method, url, params=params, headers=merged, **kwargs
                )
        except RequestException as error:
            raise errors.NetworkError(error) from error
        if response.status_code >= 400:
            raise self._refusal(method, response)
        return response

    def _refusal(self, method: str, response: requests.Response) -> errors.StoreServerError:
        repeated = method.upper() in {"GET", "HEAD", "PUT", "DELETE", "OPTIONS"}
        transient = response.status_code in TRANSIENT_STATUSES - {429}
        if repeated and transient:
            return errors.StoreUnavailableError(response)
        return errors.StoreServerError(response)
