"""The two ways of logging in to Candid, as interactors of macaroonbakery's client.

The stock ones print on standard output, send requests of their own and wait for ever; these
implement the same public interface over the project's HTTP client.

Source: Publisher Gateway reference, sections 4.5 and 4.6.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from macaroonbakery import bakery, httpbakery
from macaroonbakery.httpbakery import agent as bakery_agent
from pymacaroons.serializers import BinarySerializer

from craft_store_candid.errors import (
    AgentFileError,
    BrowserUnavailableError,
    DischargeRefusedError,
    LoginTimeoutError,
)
from craft_store_core.errors import (
    CraftStoreError,
    RateLimitedError,
    StoreTimeoutError,
    StoreUnavailableError,
    StoreUnreachableError,
    UnexpectedResponseError,
)
from craft_store_core.plugins import NoPrompter, Timeouts, parse_error_body, store_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from craft_store_core.plugins import HTTPClient, Prompter, Response

_WAIT_FAILURES = 5
_WAIT_PAUSE = 1.0
_BUSY = frozenset({502, 503, 504})


@dataclass(frozen=True)
class Surroundings:
    """What interactors work with.

    Attributes:
        http: Sends the requests.
        check_host: Raises ``HostNotAllowedError`` for a URL that leads away from the store's
            Candid.
        prompter: Shows the address to visit.
        open_browser: Opens a URL; False when it cannot.
        timeout: How long to wait for a person, in seconds.
        monotonic: A clock that only goes forward, in seconds.
        sleep: Waits for a number of seconds.
    """

    http: HTTPClient
    check_host: Callable[[str], None]
    prompter: Prompter
    open_browser: Callable[[str], bool]
    timeout: float
    monotonic: Callable[[], float]
    sleep: Callable[[float], None]


class BrowserInteractor(httpbakery.Interactor):  # type: ignore[misc]  # macaroonbakery has no types
    """A person logs in with a browser while we wait for the token (section 4.5)."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._around = surroundings

    def kind(self) -> str:
        """Return the name of the method."""
        return str(httpbakery.WEB_BROWSER_INTERACTION_KIND)

    def interact(self, client: Any, location: str, required: Any) -> Any:
        """Send the person to the login page and wait for the discharge token.

        Raises:
            BrowserUnavailableError: There is neither a browser nor a person to show the address to.
            DischargeRefusedError: The login failed.
            LoginTimeoutError: It took too long.
        """
        around = self._around
        info = required.interaction_method(self.kind(), httpbakery.WebBrowserInteractionInfo)
        visit_url = _resolve(location, info.visit_url, "VisitURL")
        wait_url = _resolve(location, info.wait_token_url, "WaitTokenURL")
        around.check_host(visit_url)
        around.check_host(wait_url)
        around.prompter.tell("Log in with your browser. If it does not open, go to this address:")
        around.prompter.tell(visit_url)
        if not around.open_browser(visit_url) and isinstance(around.prompter, NoPrompter):
            raise BrowserUnavailableError(
                "The login requires a browser, but no browser could be opened.",
                why="The command cannot show the address, because it has no terminal.",
                advice=(
                    "Log in at a terminal, or as an agent with --agent-file, or set "
                    "CRAFT_STORE_CREDENTIALS."
                ),
            )
        return _token(self._wait(wait_url))

    def _wait(self, url: str) -> Response:
        around = self._around
        deadline = around.monotonic() + around.timeout
        failures = 0
        while (left := deadline - around.monotonic()) > 0:
            answer = self._ask_for_token(url, left)
            if answer is None:
                continue
            if not isinstance(answer, CraftStoreError):
                return answer
            # A proxy that gives up on the open request is no reason to do so too.
            failures += 1
            if failures == _WAIT_FAILURES:
                raise answer
            around.sleep(_WAIT_PAUSE)
        raise LoginTimeoutError(
            f"The browser login did not finish within {around.timeout:g} seconds.",
            advice="Log in again, or set a longer time with the answer 'timeout' (seconds).",
        )

    def _ask_for_token(self, url: str, seconds: float) -> Response | CraftStoreError | None:
        """Return the answer; what went wrong on the way to it; or None when time was up."""
        try:
            response = self._around.http.request(
                "GET", url, timeout=Timeouts(read=seconds), repeatable=False, check=False
            )
        except StoreTimeoutError:
            return None
        except StoreUnreachableError as error:
            return error
        if response.status in _BUSY or (
            response.status == 408 and not _is_word_of_candid(response)
        ):
            return refused("Candid failed during the login.", response)
        return response


@dataclass(frozen=True)
class _AgentInteraction:
    login_url: object

    @classmethod
    def from_dict(cls, entry: dict[str, object]) -> _AgentInteraction:
        return cls(entry.get("login-url"))


class AgentInteractor(httpbakery.Interactor):  # type: ignore[misc]  # macaroonbakery has no types
    """A program logs in with its private key (section 4.6).

    Args:
        surroundings: What it works with.
        path: The agent file, as Candid's tools write it.

    Raises:
        AgentFileError: The file is missing or not what it should be.
    """

    def __init__(self, surroundings: Surroundings, path: str) -> None:
        self._around = surroundings
        self._path = path
        self._auth_info = _read_agent_file(path)

    def kind(self) -> str:
        """Return the name of the method."""
        return "agent"

    def interact(self, client: Any, location: str, required: Any) -> Any:
        """Prove the possession of the private key and return the discharge token.

        Raises:
            AgentFileError: The file has no agent for this Candid.
            DischargeRefusedError: Candid does not know the agent.
        """
        info = required.interaction_method(self.kind(), _AgentInteraction)
        login_url = _resolve(location, info.login_url, "login-url")
        self._around.check_host(login_url)
        response = self._around.http.request(
            "GET",
            login_url,
            params={
                "username": self._username(location),
                "public-key": str(self._auth_info.key.public_key),
            },
            headers={httpbakery.BAKERY_PROTOCOL_HEADER: str(bakery.LATEST_VERSION)},
            check=False,
        )
        if not is_success(response):
            raise refused("Candid did not accept the agent.", response)
        macaroon = bakery.Macaroon.from_dict(response.json_object().get("macaroon"))
        proof = bakery.discharge_all(macaroon, None, self._auth_info.key)
        raw = BinarySerializer()
        return httpbakery.DischargeToken(
            kind="agent", value=b"".join(raw.serialize_raw(part) for part in proof)
        )

    def _username(self, location: str) -> str:
        for entry in self._auth_info.agents:
            if entry.url.rstrip("/") == location.rstrip("/"):
                return str(entry.username)
        known = ", ".join(sorted(entry.url for entry in self._auth_info.agents)) or "none"
        raise AgentFileError(
            f"The agent file {self._path} has no agent for {location}.",
            why=f"It has agents for: {known}.",
            advice="Add the agent's entry for this Candid to the file, or pass another file.",
        )


def is_success(response: Response) -> bool:
    """Tell whether an answer is a success; every 2xx is (section 21.12)."""
    return 200 <= response.status < 300


def refused(message: str, response: Response) -> CraftStoreError:
    """Return the error for an answer of Candid that says no."""
    error = store_error(response.status, response.headers, response.content, url=response.url)
    if isinstance(error, (RateLimitedError, StoreUnavailableError)):
        return error
    body = parse_error_body(response.content, response.headers.get("Content-Type", ""))
    reason = ", ".join(entry.message for entry in body.entries if entry.message) or body.text
    return DischargeRefusedError(
        message,
        why=f"Candid answered with status {response.status}" + (f": {reason}" if reason else "."),
        advice=(
            "Log in again. If the error persists, report it to the operators of the identity "
            "service."
        ),
    )


def _resolve(location: str, url: object, name: str) -> str:
    if not isinstance(url, str) or not url:
        raise UnexpectedResponseError(
            "Candid did not send the address of the login.",
            why=f"The key {name!r} is missing in its response.",
            advice="Check the 'candid' URL of the store.",
        )
    return urljoin(location if location.endswith("/") else f"{location}/", url)


def _is_word_of_candid(response: Response) -> bool:
    """Tell whether Candid itself answered, in JSON, and not a proxy before it."""
    try:
        response.json_object()
    except UnexpectedResponseError:
        return False
    return True


def _token(response: Response) -> Any:
    if response.status == 408:
        raise LoginTimeoutError(
            "The browser login did not finish before Candid stopped waiting.",
            advice="Log in again.",
        )
    if not is_success(response):
        raise refused("Candid refused the login.", response)
    document = response.json_object()
    kind, text, encoded = (document.get(key) for key in ("kind", "token", "token64"))
    value: bytes | None = None
    if isinstance(encoded, str):
        try:
            value = base64.b64decode(encoded.replace("-", "+").replace("_", "/"), validate=True)
        except (binascii.Error, ValueError):
            value = None
    elif isinstance(text, str):
        value = text.encode()
    if not isinstance(kind, str) or not value:
        raise UnexpectedResponseError(
            "Candid did not send a valid token after the login.",
            request_id=response.request_id,
            why="'kind' or 'token64' is missing in its response, or is not base64.",
            advice=(
                "Log in again. If the error persists, report it to the operators of the identity "
                "service."
            ),
        )
    return httpbakery.DischargeToken(kind=kind, value=value)


def _read_agent_file(path: str) -> Any:
    try:
        auth_info = bakery_agent.load_auth_info(path)
        usable = all(
            isinstance(entry.url, str) and isinstance(entry.username, str)
            for entry in auth_info.agents
        )
    except OSError as error:
        raise AgentFileError(
            f"The agent file {path} cannot be read.",
            why=error.strerror,
            advice="Pass the path of the file with the agent's key.",
        ) from None
    except (bakery_agent.AgentFileFormatError, ValueError, AttributeError):
        usable = False
    if not usable:
        # The cause is left out: a parser's error may quote the private key.
        raise AgentFileError(
            f"The file {path} is not an agent file.",
            why="It is not JSON with a 'key' and a list of 'agents', or the key is malformed.",
            advice="Create it with Candid's own tool ('candid put-agent' or 'bhttp').",
        )
    return auth_info
