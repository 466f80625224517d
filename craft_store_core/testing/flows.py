"""What every auth flow must do, as test classes to derive from.

::

    from craft_store_core.testing.flows import AuthFlowConformance

    class TestAcmeFlow(AuthFlowConformance):
        kinds = ("acme",)

        @pytest.fixture
        def factory(self):
            return AcmeFlow

        @pytest.fixture
        def context(self, acme_server):
            return AuthContext(store=..., http=..., issuer=...)

        @pytest.fixture
        def request_for_login(self, acme_server):
            return LoginRequest(..., answers={"password": acme_server.password})

Derive from :class:`RefreshableAuthFlowConformance` where the flow can renew.

The fixture ``context`` leads to an identity service that works, real or emulated, and
``request_for_login`` holds every answer that a login there needs: the suite runs where nobody can
be asked. Each test logs in by itself, so one-time passwords must be fresh for each. Override the
fixture ``harmless_answers`` to name the answers that are no secrets.
"""

# ruff: noqa: S101  # assertions are what a test suite is made of

from __future__ import annotations

import locale
import logging
import os
import re
import signal
import socket
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from craft_store_core.errors import CredentialsExpiredError, CredentialsUnreadableError
from craft_store_core.plugins.auth_flows import AuthFlow
from craft_store_core.plugins.credentials import Credential, decode_credential

if TYPE_CHECKING:
    from collections.abc import Iterator

    from craft_store_core.plugins.auth_flows import AuthContext, AuthFlowFactory, LoginRequest

_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+ [!-~](?:[ -~]*[!-~])?")


class _Untouchable:
    """Stands for something that may be kept but not used."""

    def __getattr__(self, name: str) -> Any:
        pytest.fail(f"making the flow used {name!r} of what it was given")


class AuthFlowConformance:
    """For auth flows; see :class:`RefreshableAuthFlowConformance` for those that can renew.

    Attributes:
        kinds: The credential kinds that the flow is offered for.
    """

    kinds: ClassVar[tuple[str, ...]]

    @pytest.fixture
    def harmless_answers(self) -> frozenset[str]:
        """Names of answers that may be shown."""
        return frozenset({"email", "agent-file", "timeout"})

    @pytest.fixture
    def flow(self, factory: AuthFlowFactory, context: AuthContext) -> AuthFlow:
        """A fresh flow."""
        return factory(context)

    @pytest.fixture
    def credential(self, flow: AuthFlow, request_for_login: LoginRequest) -> Credential:
        """What a login gives."""
        return flow.login(request_for_login)

    def test_making_it_sends_nothing_and_changes_nothing(
        self, factory: AuthFlowFactory, context: AuthContext
    ) -> None:
        """A flow is made without asking anybody and without a trace in the process."""
        untouchable: Any = _Untouchable()
        before = _process_state()
        factory(replace(context, http=untouchable, issuer=untouchable, prompter=untouchable))
        assert _process_state() == before

    def test_it_has_the_members_of_a_flow(self, flow: AuthFlow) -> None:
        """It can be used wherever an auth flow is expected."""
        assert isinstance(flow, AuthFlow)

    def test_a_login_gives_a_credential_of_its_kind_for_the_store(
        self, credential: Credential, context: AuthContext
    ) -> None:
        """The flow can read what it makes, and it is bound to the store's host."""
        assert credential.kind in self.kinds
        assert credential.host == context.store.host

    def test_the_end_of_a_credential_is_a_time_to_come(
        self, credential: Credential, context: AuthContext
    ) -> None:
        """When the end is known, it is zone-aware and later than now."""
        if credential.expires_at is not None:
            assert credential.expires_at.tzinfo is not None
            assert credential.expires_at > context.now()

    def test_a_login_changes_nothing_else_in_the_process(
        self, flow: AuthFlow, request_for_login: LoginRequest
    ) -> None:
        """Logging in leaves the environment and other global state as they were."""
        before = _process_state()
        flow.login(request_for_login)
        assert _process_state() == before

    def test_a_login_is_ready_for_use(self, flow: AuthFlow, credential: Credential) -> None:
        """Preparing what a login gave has nothing to do."""
        assert flow.prepare(credential) is credential

    def test_a_credential_survives_being_stored(
        self, flow: AuthFlow, credential: Credential
    ) -> None:
        """Written and read again, it is the same and gives the same header."""
        again = decode_credential(credential.encode())
        assert again == credential
        assert flow.prepare(again) is again
        assert flow.authorization(again) == flow.authorization(credential)

    def test_another_flow_can_use_a_stored_credential(
        self, factory: AuthFlowFactory, context: AuthContext, flow: AuthFlow, credential: Credential
    ) -> None:
        """The header depends on the credential alone, not on the flow that logged in."""
        again = decode_credential(credential.encode())
        assert factory(context).authorization(again) == flow.authorization(credential)

    def test_the_header_is_one_safe_line(self, flow: AuthFlow, credential: Credential) -> None:
        """The value is a scheme and printable ASCII, and can be put into a header as it is."""
        assert _HEADER.fullmatch(flow.authorization(credential))

    def test_nothing_secret_is_shown(
        self,
        flow: AuthFlow,
        request_for_login: LoginRequest,
        harmless_answers: frozenset[str],
        caplog: pytest.LogCaptureFixture,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        """No secret is in reprs, logs or output, and standard output stays empty."""
        with caplog.at_level(logging.DEBUG):
            credential = flow.login(request_for_login)
            header = flow.authorization(credential)
        output = capfd.readouterr()
        assert output.out == ""
        shown = [repr(flow), str(flow), repr(credential), repr(request_for_login), output.err]
        shown += [record.getMessage() for record in caplog.records]
        secrets = [*_secrets_of(credential), header.partition(" ")[2]]
        secrets += [
            answer
            for name, answer in request_for_login.answers.items()
            if name not in harmless_answers
        ]
        for secret in filter(None, secrets):
            word = re.compile(rf"(?<!\w){re.escape(secret)}(?!\w)")
            assert not any(word.search(text) for text in shown), "a secret was shown"

    def test_an_ended_credential_is_refused(
        self, flow: AuthFlow, credential: Credential, context: AuthContext
    ) -> None:
        """A credential that is known to be past its lifetime is not used."""
        ended = replace(credential, expires_at=context.now() - timedelta(seconds=1))
        with pytest.raises(CredentialsExpiredError) as refusal:
            flow.prepare(ended)
        assert refusal.value.advice

    @pytest.mark.parametrize(
        "secret",
        ["", "two\nlines", "tab\tbed", "nul\0", "umläut", {}, {"x": "y"}],
        ids=["empty", "lines", "tab", "nul", "unicode", "no parts", "other parts"],
    )
    def test_what_cannot_be_read_is_a_clear_error(
        self, flow: AuthFlow, secret: str | dict[str, str]
    ) -> None:
        """Damaged credentials of its kinds never reach a header and never crash the flow."""
        for kind in self.kinds:
            with pytest.raises(CredentialsUnreadableError) as refusal:
                flow.authorization(Credential(kind, secret))
            assert refusal.value.advice

    def test_a_foreign_kind_is_a_clear_error(self, flow: AuthFlow) -> None:
        """A kind that the flow was not offered for is refused."""
        with pytest.raises(CredentialsUnreadableError):
            flow.authorization(Credential("conformance-foreign-kind", "a-token"))


class RefreshableAuthFlowConformance(AuthFlowConformance):
    """For auth flows that can renew a credential without asking anybody."""

    @pytest.fixture
    def renewed(self, flow: AuthFlow, credential: Credential) -> Credential:
        """What renewing a fresh credential gives."""
        return flow.refresh(credential)

    def test_renewal_keeps_what_the_credential_is(
        self, credential: Credential, renewed: Credential
    ) -> None:
        """The kind, host, account and form stay, and so does what can be renewed."""
        for name in ("kind", "host", "account"):
            assert getattr(renewed, name) == getattr(credential, name)
        assert _shape(renewed) == _shape(credential)

    def test_renewal_leaves_the_old_credential_alone(
        self, flow: AuthFlow, credential: Credential
    ) -> None:
        """A renewal that is not stored loses nothing."""
        before = credential.encode()
        flow.refresh(credential)
        assert credential.encode() == before

    def test_a_renewed_credential_is_ready_and_survives_being_stored(
        self, flow: AuthFlow, renewed: Credential
    ) -> None:
        """It is used and stored like one that a login gave."""
        assert flow.prepare(renewed) is renewed
        assert decode_credential(renewed.encode()) == renewed
        assert _HEADER.fullmatch(flow.authorization(renewed))

    def test_it_can_be_renewed_again(self, flow: AuthFlow, renewed: Credential) -> None:
        """Renewal does not use up what it renews."""
        assert _HEADER.fullmatch(flow.authorization(flow.refresh(renewed)))

    def test_what_cannot_be_renewed_is_a_clear_error(
        self, flow: AuthFlow, credential: Credential, context: AuthContext
    ) -> None:
        """An ended credential needs a new login, and the error says so."""
        ended = replace(credential, expires_at=context.now() - timedelta(seconds=1))
        with pytest.raises(CredentialsExpiredError) as refusal:
            flow.refresh(ended)
        assert refusal.value.advice


def _process_state() -> tuple[object, ...]:
    return (
        dict(os.environ),
        Path.cwd(),
        locale.setlocale(locale.LC_ALL),
        signal.getsignal(signal.SIGINT),
        socket.getdefaulttimeout(),
        logging.getLogger().level,
        tuple(logging.getLogger().handlers),
        (sys.stdin, sys.stdout, sys.stderr, sys.excepthook),
        tuple(sys.path),
    )


def _secrets_of(credential: Credential) -> Iterator[str]:
    secret = credential.secret
    yield from [secret] if isinstance(secret, str) else secret.values()
    if credential.exchanged is not None:
        yield credential.exchanged


def _shape(credential: Credential) -> frozenset[str]:
    secret = credential.secret
    return frozenset() if isinstance(secret, str) else frozenset(secret)
