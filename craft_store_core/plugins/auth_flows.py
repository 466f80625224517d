"""Interfaces between auth flows, the store that issues tokens, and the person who logs in.

A flow obtains and renews credentials; the endpoint set of the store is the :class:`TokenIssuer`
that tells it where root macaroons and exchanged tokens come from. Any flow works with any issuer
that knows it by name.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Protocol

from craft_store_core.errors import UsageError

if TYPE_CHECKING:
    from craft_store_core.http import HTTPClient
    from craft_store_core.plugins.credentials import Credential
    from craft_store_core.plugins.offers import Question
    from craft_store_core.plugins.stores import Store

UBUNTU_ONE = "ubuntu-one"
"""Name by which an issuer knows the Ubuntu One flow."""
CANDID = "candid"
"""Name by which an issuer knows the Candid flow."""


@dataclass(frozen=True)
class LoginRequest:
    """What a login asks for.

    Attributes:
        permissions: Names of permissions (attenuations).
        description: Label of the token in the account's list, such as ``craft-store@build-01``.
        ttl: Lifetime in seconds.
        packages: Limit to these packages as (type, name) pairs; None for no limit.
        channels: Limit to these channels, shell-style patterns; None for no limit.
        answers: What the caller already knows of what the flow would ask for, by the name of the
            question, such as ``email`` or ``password``. A secret.
    """

    permissions: tuple[str, ...]
    description: str
    ttl: int
    packages: tuple[tuple[str, str], ...] | None = None
    channels: tuple[str, ...] | None = None
    answers: Mapping[str, str] = field(default_factory=dict, repr=False)


class Prompter(Protocol):
    """Asks the person at the terminal."""

    def ask(self, name: str, question: str, *, secret: bool = False) -> str:
        """Return the answer to a question.

        Args:
            name: The question's name, as in :attr:`LoginRequest.answers`.
            question: For people, as in ``"Ubuntu One e-mail"``.
            secret: Do not show what is typed.

        Raises:
            UsageError: Nobody can be asked.
        """

    def tell(self, text: str) -> None:
        """Show a line, never on standard output."""


class NoPrompter:
    """The prompter where nobody can be asked: every question is an error."""

    def ask(self, name: str, question: str, *, secret: bool = False) -> str:
        """Raise: there is nobody to ask.

        Raises:
            UsageError: Always.
        """
        raise UsageError(
            f"The login requires an answer to {question!r}.",
            why="The command cannot prompt: it has no terminal, or --non-interactive is set.",
            advice=f"Provide the answer {name!r} in advance, or set CRAFT_STORE_CREDENTIALS.",
        )

    def tell(self, text: str) -> None:
        """Show nothing."""


class TokenIssuer(Protocol):
    """The side of an endpoint set that auth flows talk to; none of it needs credentials."""

    def issue_root(self, flow: str, request: LoginRequest) -> str:
        """Return a fresh root macaroon, serialised as the flow's protocol has it.

        Raises:
            UnsupportedOperationError: The store does not know that flow.
            StoreError: The store refused.
        """

    def exchange(
        self, flow: str, root: str, discharges: Sequence[str], description: str
    ) -> str | None:
        """Swap a root macaroon and its bound discharges for one token.

        Returns:
            The token, or None when this store takes the macaroons themselves on every request.

        Raises:
            StoreError: The store refused.
        """


def utc_now() -> datetime:
    """Return the time, zone-aware."""
    return datetime.now(timezone.utc)


@dataclass(frozen=True)
class AuthContext:
    """What a flow is made from.

    Attributes:
        store: The store to log in to; its ``urls`` say where the identity service is.
        http: Sends requests without credentials.
        issuer: Issues root macaroons and exchanged tokens.
        prompter: Asks the person.
        now: The time, zone-aware.
        interactive: Whether a person can be asked, or can use a browser.
        environment: The environment variables.
    """

    store: Store
    http: HTTPClient
    issuer: TokenIssuer
    prompter: Prompter = field(default_factory=NoPrompter)
    now: Callable[[], datetime] = utc_now
    interactive: bool = False
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)

    def answer(self, question: Question, request: LoginRequest) -> str:
        """Return the answer to a question.

        It is what the request knows; else the value of the question's variable; else what the
        person types.

        Args:
            question: As in the offer of the flow.
            request: The login.

        Returns:
            The answer without spaces around it, where the question is no secret. A secret from a
            variable has no spaces around it either.

        Raises:
            UsageError: The answer is empty, or no person can be asked.
        """
        answer = request.answers.get(question.name)
        if not answer and question.variable:
            answer = self.environment.get(question.variable, "").strip()
        if not answer:
            answer = self.prompter.ask(question.name, question.prompt, secret=question.secret)
        if not answer.strip():
            raise UsageError(
                f"The login requires an answer to {question.prompt!r}.",
                why="The answer was empty.",
                advice="Log in again and enter it.",
            )
        return answer if question.secret else answer.strip()


class AuthFlow(ABC):
    """Obtains credentials and turns them into the ``Authorization`` header. Derive from it."""

    @abstractmethod
    def login(self, request: LoginRequest) -> Credential:
        """Identify the account and return a credential that is ready for use.

        Raises:
            AuthenticationError: The identity service refused.
            StoreError: The store refused.
            UsageError: An answer is missing, and no person can be asked.
        """

    def prepare(self, credential: Credential) -> Credential:
        """Complete a credential that was stored before it was ready, such as one not exchanged.

        Returns:
            The same object when nothing was missing, as here.

        Raises:
            CredentialsExpiredError: It can no longer be completed.
        """
        return credential

    @abstractmethod
    def authorization(self, credential: Credential) -> str:
        """Return the value of the ``Authorization`` header. Called once per credential."""

    def refresh(self, credential: Credential) -> Credential:
        """Renew a credential without asking a person; its scope stays the same.

        Returns:
            The renewed credential; the same object where the flow cannot renew, as here.

        Raises:
            CredentialsExpiredError: It cannot be renewed any more: log in again.
        """
        return credential


AuthFlowFactory = Callable[[AuthContext], AuthFlow]
