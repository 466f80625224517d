"""The auth flow ``ubuntu-one``: root macaroon, discharge by password, exchange, renewal.

What can be renewed, the root and its unbound discharge, stays in the credential beside the token
that it was exchanged for (Publisher Gateway reference, sections 3.10 to 3.12 and 21.1).
"""

from __future__ import annotations

import platform
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from craft_store_core.errors import (
    AuthenticationRequiredError,
    CredentialsExpiredError,
    OneTimePasswordRefusedError,
    OneTimePasswordRequiredError,
    OneTimePasswordUnconfirmedError,
    UsageError,
)
from craft_store_core.plugins import (
    DEVELOPER_TOKEN,
    MACAROON,
    U1_MACAROON,
    UBUNTU_ONE,
    AuthFlow,
    Credential,
    unreadable,
)
from craft_store_ubuntu_one.macaroons import Macaroon, read_received, read_stored
from craft_store_ubuntu_one.plugin import EMAIL, OTP, PASSWORD
from craft_store_ubuntu_one.sso import SingleSignOn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from craft_store_core.errors import AuthenticationError
    from craft_store_core.plugins import AuthContext, LoginRequest

_OTP_REPEATS = 3
_WAIT_FOR_THE_NEXT = "Wait until your authenticator shows the next code."
_LOG_IN_AGAIN = "Log in again with 'craft-store login'."


class UbuntuOneFlow(AuthFlow):
    """Logs in with e-mail, password and one-time password; renews without them.

    Reads credentials of the kinds ``u1-macaroon``, ``macaroon`` and ``developer-token``; the last
    two are tokens that are used as they are. Makes ``u1-macaroon``.

    Args:
        context: The store, its issuer and the person. Nothing is sent until a method is called.

    Raises:
        ConfigurationError: From the methods, where the store has no ``sso`` URL.
    """

    def __init__(self, context: AuthContext) -> None:
        self._context = context
        self._bound: tuple[str, str, str] | None = None

    def login(self, request: LoginRequest) -> Credential:
        """Identify the account at Ubuntu One and exchange the result for a token.

        Uses the answers ``email``, ``password`` and ``otp``; asks for those that are missing, and
        for the one-time password only when the account has a second factor.

        Raises:
            AuthenticationError: Ubuntu One refused; the subclass says why.
            OneTimePasswordUnconfirmedError: The one-time password may have been used, and nobody
                can be asked for the next one.
            HostNotAllowedError: The store wants an identity from another host.
            StoreError: The store refused.
            UnexpectedResponseError: The store or Ubuntu One sent something unreadable.
            UsageError: Something must be asked and nobody can be.
        """
        context = self._context
        sso = self._sso()
        requested_at = context.now()
        root = read_received(context.issuer.issue_root(UBUNTU_ONE, request), "The store")
        identity = {
            "caveat_id": root.sso_caveat(sso.base_url),
            "email": context.answer(EMAIL, request),
            "password": context.answer(PASSWORD, request),
        }
        otp = _without_spaces(request.answers.get(OTP.name))
        discharge = self._discharge(sso, identity, otp)
        ends = [requested_at + timedelta(seconds=request.ttl), root.expires_at()]
        return Credential(
            kind=U1_MACAROON,
            secret={"r": root.text, "d": discharge.text},
            exchanged=self._exchange(root, discharge, request.description),
            host=context.store.host,
            account=identity["email"],
            # The discharge's own end does not count: it is renewed while the root lasts.
            expires_at=min(end for end in ends if end is not None),
        )

    def prepare(self, credential: Credential) -> Credential:
        """Exchange a root and discharge that were stored before they were exchanged.

        Returns:
            The same object when it is ready, which it also is where the store takes the root and
            the discharge themselves.

        Raises:
            CredentialsExpiredError: It is past its lifetime, or Ubuntu One renews it no more.
            CredentialsUnreadableError: Its macaroons cannot be read.
        """
        self._check_lifetime(credential)
        if credential.kind != U1_MACAROON or credential.exchanged is not None:
            return credential
        known = credential
        if known.expires_at is None:
            known = replace(known, expires_at=_macaroons(known)[0].expires_at())
            self._check_lifetime(known)
        completed = self._exchanged(known)
        return credential if completed == credential else completed

    def authorization(self, credential: Credential) -> str:
        """Return ``Macaroon`` and the token, or the root and the bound discharge.

        Raises:
            CredentialsUnreadableError: There is nothing in it that can be put into a header.

        Source: Publisher Gateway reference, section 3.2.
        """
        if credential.kind == U1_MACAROON:
            if credential.exchanged is None:
                root, discharge = _macaroons(credential)
                return f"Macaroon root={root.text}, discharge={self._bind(root, discharge)}"
            return f"Macaroon {_header_safe(credential.exchanged)}"
        if credential.kind in {MACAROON, DEVELOPER_TOKEN}:
            return f"Macaroon {_header_safe(credential.token)}"
        raise unreadable(f"The Ubuntu One login cannot use credentials of kind {credential.kind}.")

    def refresh(self, credential: Credential) -> Credential:
        """Renew without the password: exchange again, with a newer discharge where needed.

        Returns:
            The credential with another token, the same root and so the same scope.

        Raises:
            CredentialsExpiredError: It cannot be renewed: log in again.
            CredentialsUnreadableError: Its macaroons cannot be read.

        Source: Publisher Gateway reference, section 21.1.
        """
        if credential.kind != U1_MACAROON:
            raise CredentialsExpiredError(
                "The store no longer accepts the token.",
                why=f"Credentials of kind {credential.kind} cannot be renewed.",
                advice=f"{_LOG_IN_AGAIN[:-1]}, or get a new token from the source of this one.",
            )
        self._check_lifetime(credential)
        renewed = self._exchanged(credential)
        if renewed.exchanged is None and renewed.secret == credential.secret:
            # The store takes the macaroons themselves, so it was the discharge that it refused.
            return self._with_new_discharge(credential)
        return renewed

    def _sso(self) -> SingleSignOn:
        return SingleSignOn(self._context.http, self._context.store.url("sso"))

    def _discharge(
        self,
        sso: SingleSignOn,
        identity: Mapping[str, str],
        otp: str | None,
        repeats: int = _OTP_REPEATS,
        unconfirmed: frozenset[str] = frozenset(),
    ) -> Macaroon:
        """Identify the account; where a person can be asked, with a better one-time password.

        A code that may have been used is not sent again, whoever gave it.
        """
        try:
            return sso.discharge(**identity, otp=otp)
        except OneTimePasswordRequiredError as error:
            if otp is not None:
                raise
            otp = self._ask_otp(error, unconfirmed)
        except (OneTimePasswordRefusedError, OneTimePasswordUnconfirmedError) as error:
            if repeats == 0:
                raise
            if isinstance(error, OneTimePasswordUnconfirmedError):
                unconfirmed |= {otp or ""}
            otp = self._ask_otp(error, unconfirmed)
            repeats -= 1
        return self._discharge(sso, identity, otp, repeats, unconfirmed)

    def _ask_otp(self, error: AuthenticationError, unconfirmed: frozenset[str]) -> str:
        prompter = self._context.prompter
        if not isinstance(error, OneTimePasswordRequiredError):
            prompter.tell(error.message)
        if unconfirmed:
            prompter.tell(_WAIT_FOR_THE_NEXT)
        for _ in range(_OTP_REPEATS):
            try:
                answer = _without_spaces(prompter.ask(OTP.name, OTP.prompt))
            except UsageError:
                raise error from None
            if answer is None:
                break
            if answer not in unconfirmed:
                return answer
            prompter.tell(f"This code was already used. {_WAIT_FOR_THE_NEXT}")
        raise error

    def _check_lifetime(self, credential: Credential) -> None:
        if credential.has_expired(self._context.now()):
            ended = credential.expires_at
            raise CredentialsExpiredError(
                f"The credentials for {self._context.store.host} have expired.",
                why=f"They were valid until {ended:%Y-%m-%d %H:%M} UTC." if ended else None,
                advice=_LOG_IN_AGAIN,
            )

    def _bind(self, root: Macaroon, discharge: Macaroon) -> str:
        # Exchanging and then using the pair itself would bind twice.
        bound = self._bound
        if bound is None or bound[:2] != (root.text, discharge.text):
            bound = self._bound = (root.text, discharge.text, root.bind(discharge))
        return bound[2]

    def _exchange(self, root: Macaroon, discharge: Macaroon, description: str) -> str | None:
        bound = self._bind(root, discharge)
        return self._context.issuer.exchange(UBUNTU_ONE, root.text, [bound], description)

    def _exchanged(self, credential: Credential) -> Credential:
        root, discharge = _macaroons(credential)
        # The label of the login is not kept with the credential.
        description = f"craft-store@{platform.node() or 'unknown'}"
        try:
            return credential.with_exchanged(self._exchange(root, discharge, description))
        except AuthenticationRequiredError as error:
            if not _needs_refresh(error):
                raise _refused(error) from error
        renewed = self._with_new_discharge(credential)
        root, discharge = _macaroons(renewed)
        try:
            return renewed.with_exchanged(self._exchange(root, discharge, description))
        except AuthenticationRequiredError as error:
            raise _refused(error) from error

    def _with_new_discharge(self, credential: Credential) -> Credential:
        newer = self._sso().refresh(credential.part("d"))
        return replace(credential, secret={"r": credential.part("r"), "d": newer.text})


def _macaroons(credential: Credential) -> tuple[Macaroon, Macaroon]:
    return read_stored(credential.part("r")), read_stored(credential.part("d"))


def _header_safe(token: str) -> str:
    if not token or not token.isascii() or not token.isprintable() or token != token.strip():
        raise unreadable("Their token is not one line of ASCII text.")
    return token


def _without_spaces(answer: str | None) -> str | None:
    """A one-time password without the spaces that authenticators show in it."""
    return "".join((answer or "").split()) or None


def _needs_refresh(error: AuthenticationRequiredError) -> bool:
    return error.needs_refresh or "macaroon-needs-refresh" in error.codes


def _refused(error: AuthenticationRequiredError) -> CredentialsExpiredError:
    return CredentialsExpiredError(
        "The store no longer accepts the stored credentials.",
        why=error.why or error.message,
        advice=_LOG_IN_AGAIN,
    )
