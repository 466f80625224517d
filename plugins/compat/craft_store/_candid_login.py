"""Discharging a root macaroon at Candid, with a browser: the plugin's parts, put together.

Apart from the client, because macaroonbakery is slow to import and only a login needs it.
"""

from __future__ import annotations

import base64
import sys
import time
from typing import TYPE_CHECKING, Any, cast

from craft_store import errors
from craft_store._sending import make_core_client
from craft_store._translation import as_documented
from craft_store.http_client import patience_from_environment
from craft_store_candid.browser import open_browser
from craft_store_candid.discharging import (
    DischargeClient,
    host_check,
    json_text,
    locations,
    read_root,
)
from craft_store_candid.errors import LoginTimeoutError
from craft_store_candid.flow import DEFAULT_TIMEOUT
from craft_store_candid.interactors import BrowserInteractor, Surroundings
from craft_store_core.errors import StoreUnavailableError, UnexpectedResponseError, UsageError
from craft_store_core.plugins.auth_flows import NoPrompter
from craft_store_core.streams import SafeStream

if TYPE_CHECKING:
    from collections.abc import Callable

    from craft_store_core.http import HTTPClient as CoreClient
    from craft_store_core.http import Response


class _Announcer:
    """Shows where to log in, on standard error; asks nothing."""

    def ask(self, name: str, question: str, *, secret: bool = False) -> str:
        return NoPrompter().ask(name, question, secret=secret)

    def tell(self, text: str) -> None:
        # A browser may be open all the same: no login fails for want of this line.
        stream = SafeStream(sys.stderr)
        stream.write(f"{text}\n")
        stream.flush()


class _SameHost:
    """Allows the host that it is asked about first: that of the store's own caveat."""

    def __init__(self) -> None:
        self._check: Callable[[str], None] | None = None

    def __call__(self, url: str) -> None:
        if self._check is None:
            self._check = host_check(url)
        self._check(url)


class _Listening:
    """The core's client, which remembers the last answer."""

    def __init__(self, http: CoreClient) -> None:
        self._http = http
        self.url = ""
        self.answer: Response | None = None

    def request(self, method: str, url: str, **options: Any) -> Response:
        self.url, self.answer = url, None
        self.answer = self._http.request(method, url, **options)
        return self.answer


class WebBrowserWaitingInteractor(BrowserInteractor):
    """Opens a browser and waits until somebody has logged in with it.

    Args:
        user_agent: Value of the ``User-Agent`` header of what it sends.

    Attributes:
        failure: Why the last login failed; the client that it works for does not hand that on.
    """

    # Where the documented library has it, and where it is found here, too.
    __module__ = "craft_store.store_client"

    def __init__(self, user_agent: str) -> None:
        self.user_agent = user_agent
        self.failure: errors.CraftStoreError | None = None
        self._http = _Listening(make_core_client(user_agent, patience_from_environment()))
        super().__init__(
            Surroundings(
                http=cast("CoreClient", self._http),
                check_host=_SameHost(),
                prompter=_Announcer(),
                open_browser=open_browser,
                timeout=DEFAULT_TIMEOUT,
                monotonic=time.monotonic,
                sleep=time.sleep,
            )
        )

    def interact(self, client: Any, location: str, required: Any) -> Any:
        """Send the person to the login page and wait for the discharge token.

        Raises:
            CandidTokenTimeoutError: Nobody logged in.
            CandidTokenKindError: The token is of no kind.
            CandidTokenValueError: The token is empty.
        """
        try:
            return super().interact(client, location, required)
        except (LoginTimeoutError, StoreUnavailableError) as error:
            if isinstance(error, StoreUnavailableError) and error.status != 408:
                raise
            self.failure = errors.CandidTokenTimeoutError(self._http.url)
            raise self.failure from error
        except UnexpectedResponseError as error:
            answer = self._http.answer
            if answer is None:
                raise
            if not _object_of(answer).get("kind"):
                self.failure = errors.CandidTokenKindError(self._http.url)
            else:
                self.failure = errors.CandidTokenValueError(self._http.url)
            raise self.failure from error


class BakeryClient(DischargeClient):
    """Discharges root macaroons with a browser.

    Args:
        user_agent: Value of the ``User-Agent`` header of what it sends.
    """

    def __init__(self, user_agent: str) -> None:
        self._interactor = WebBrowserWaitingInteractor(user_agent)
        http = make_core_client(user_agent, patience_from_environment())
        super().__init__(http, _SameHost(), [self._interactor])

    def macaroons_header(self, root_macaroon: str) -> str:
        """Return a root macaroon and its discharges as the ``Macaroons`` header has them.

        Args:
            root_macaroon: Its JSON text.

        Raises:
            CraftStoreError: It cannot be discharged.
        """
        with as_documented():
            root = read_root(root_macaroon)
            if not locations(root):
                raise UsageError(
                    "The store sent a root macaroon that asks for no identity.",
                    advice="Check that the store still offers Candid.",
                )
            try:
                discharged = self.discharge_all(root)
            except UnexpectedResponseError as error:
                raise self._interactor.failure or error from error
        texts = ",".join(json_text(part) for part in discharged)
        return base64.urlsafe_b64encode(f"[{texts}]".encode()).decode("ascii")


def _object_of(answer: Response) -> dict[str, Any]:
    try:
        return answer.json_object()
    except UnexpectedResponseError:
        return {}
