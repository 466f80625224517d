"""The auth flow ``candid``: root macaroon, discharge with a browser or as an agent, exchange.

Source: Publisher Gateway reference, sections 3.6, 3.7 and 4.
"""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

from craft_store_candid.browser import open_browser as _open_browser
from craft_store_candid.discharging import (
    DischargeClient,
    expiry_of,
    host_check,
    json_text,
    read_root,
    username_of,
)
from craft_store_candid.interactors import AgentInteractor, BrowserInteractor, Surroundings
from craft_store_candid.plugin import AGENT_FILE, TIMEOUT
from craft_store_core.errors import CredentialsExpiredError, UnsupportedOperationError, UsageError
from craft_store_core.plugins import CANDID, MACAROON, AuthFlow, Credential, unreadable

if TYPE_CHECKING:
    from collections.abc import Callable

    from craft_store_core.plugins import AuthContext, LoginRequest

DEFAULT_TIMEOUT = 300.0
"""How long a login waits for the person at the browser, in seconds."""


class CandidFlow(AuthFlow):
    """Logs in by Candid. What it makes, a ``macaroon`` credential, cannot be renewed.

    Args:
        context: The store, its issuer and the person. Nothing is sent until a method is called.
        open_browser: Opens a URL for the person; False when it cannot.
        monotonic: A clock that only goes forward, in seconds.
        sleep: Waits for a number of seconds.
    """

    def __init__(
        self,
        context: AuthContext,
        *,
        open_browser: Callable[[str], bool] = _open_browser,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._context = context
        self._open_browser = open_browser
        self._monotonic = monotonic
        self._sleep = sleep

    def login(self, request: LoginRequest) -> Credential:
        """Identify the account at Candid and exchange the result for a token.

        Uses the answers ``agent-file``, the path of an agent's key, to log in without a person;
        and ``timeout``, how many seconds to wait for a person at the browser (300).

        Raises:
            AuthenticationError: Candid refused, nobody logged in, or there is no way to.
            AgentFileError: The agent file cannot be used.
            HostNotAllowedError: The store wants an identity from another host.
            StoreError: The store refused.
            UnexpectedResponseError: The store or Candid sent something unreadable.
            UnsupportedOperationError: The store does not exchange what Candid discharged.
        """
        context = self._context
        check_host = host_check(context.store.url("candid"))
        interactor = self._interactor(request, check_host)
        requested_at = context.now()
        root = read_root(context.issuer.issue_root(CANDID, request))
        client = DischargeClient(context.http, check_host, [interactor])
        primary, *discharges = client.discharge_all(root)
        token = context.issuer.exchange(
            CANDID,
            json_text(primary),
            [json_text(discharge) for discharge in discharges],
            request.description,
        )
        if token is None:
            raise UnsupportedOperationError(context.store.name, "exchange of Candid macaroons")
        ends = [requested_at + timedelta(seconds=request.ttl), expiry_of(primary)]
        return Credential(
            kind=MACAROON,
            secret=token,
            host=context.store.host,
            account=username_of(discharges),
            expires_at=min(end for end in ends if end is not None),
        )

    def prepare(self, credential: Credential) -> Credential:
        """Return the credential: it is complete since the login.

        Raises:
            CredentialsExpiredError: It is past its lifetime.
        """
        if credential.has_expired(self._context.now()):
            ended = credential.expires_at
            raise CredentialsExpiredError(
                f"The credentials for {self._context.store.host} have expired.",
                why=f"They were valid until {ended:%Y-%m-%d %H:%M} UTC." if ended else None,
                advice="Log in again with 'craft-store login'.",
            )
        return credential

    def authorization(self, credential: Credential) -> str:
        """Return ``Macaroon`` and the token.

        Raises:
            CredentialsUnreadableError: There is no token in it that can be put into a header.

        Source: Publisher Gateway reference, section 3.2.
        """
        if credential.kind != MACAROON:
            raise unreadable(f"The Candid login cannot use credentials of kind {credential.kind}.")
        token = credential.token
        if not token or not token.isascii() or not token.isprintable() or token != token.strip():
            raise unreadable("Their token is not one line of ASCII text.")
        return f"Macaroon {token}"

    def _interactor(
        self, request: LoginRequest, check_host: Callable[[str], None]
    ) -> AgentInteractor | BrowserInteractor:
        surroundings = Surroundings(
            http=self._context.http,
            check_host=check_host,
            prompter=self._context.prompter,
            open_browser=self._open_browser,
            timeout=_timeout(request.answers.get(TIMEOUT.name)),
            monotonic=self._monotonic,
            sleep=self._sleep,
        )
        agent_file = request.answers.get(AGENT_FILE.name)
        if agent_file:
            return AgentInteractor(surroundings, agent_file)
        return BrowserInteractor(surroundings)


def _timeout(answer: str | None) -> float:
    if answer is None:
        return DEFAULT_TIMEOUT
    try:
        seconds = float(answer)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 24 * 3600:
        raise UsageError(
            f"{answer!r} is not a valid time to wait for a login.",
            why=(
                "The answer 'timeout' must be a number of seconds, greater than 0 and at most one "
                "day."
            ),
            advice="Omit the answer to wait 300 seconds.",
        )
    return seconds
