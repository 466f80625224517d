"""Every exception that Craft Store raises on purpose.

::

    CraftStoreError                         what happened, why, what to do; an exit code each
    ├── UsageError                          the caller asked for something malformed or unknown
    │   ├── ConfigurationError              the configuration file or a variable cannot be used
    │   ├── UnknownNameError                no store, flow, backend, reporter or set has that name
    │   ├── AmbiguousNameError              several plugins offer that name
    │   ├── UnsupportedOperationError       the chosen store does not have that operation
    │   ├── InvalidChannelError             not track/risk/branch
    │   ├── InvalidNameError                not a package, track or resource name
    │   └── ArtifactError                   the file is missing, empty, or not what it should be
    ├── PluginError                         a plugin cannot be used (raised in strict mode)
    ├── WorkCancelledError                  the work was cancelled by whoever began it
    ├── CredentialError                     stored credentials
    │   ├── CredentialsNotFoundError        there are none: log in
    │   ├── CredentialsExpiredError         they are past their lifetime and cannot be renewed
    │   ├── CredentialsUnreadableError      they cannot be decoded
    │   ├── CredentialsExistError           login would overwrite usable ones
    │   ├── CredentialsForOtherHostError    they were made for another store
    │   ├── CredentialsReadOnlyError        the backend (environment) cannot be written
    │   ├── NoKeyringError                  no backend works on this machine
    │   ├── KeyringLockedError              the keyring is there but locked
    │   └── CredentialFileError             the credential file is damaged; it is left as it is
    ├── AuthenticationError                 an identity service refused
    │   ├── WrongCredentialsError           e-mail or password
    │   ├── OneTimePasswordRequiredError
    │   ├── OneTimePasswordRefusedError
    │   ├── OneTimePasswordUnconfirmedError
    │   └── AccountUnusableError            suspended, deactivated, e-mail invalidated
    ├── TransportError                      no HTTP answer
    │   ├── StoreUnreachableError           refused, reset, name not found
    │   ├── StoreTimeoutError
    │   ├── DeadlinePassedError             the time for the whole work is over
    │   ├── CertificateError                TLS
    │   └── HostNotAllowedError             a request would leave the hosts of the store
    ├── StoreError                          a refusal by HTTP (status, entries, request id)
    │   ├── BadRequestError                 400 and each refusal without its own class
    │   ├── AuthenticationRequiredError     401: log in (again)
    │   ├── PermissionRequiredError         401 or 403: the credentials lack a permission
    │   ├── AccountNotReadyError            agreement or user name missing
    │   ├── NotFoundError                   404
    │   ├── ConflictError                   409 or a code that says "already there"
    │   ├── RateLimitedError                429
    │   └── StoreUnavailableError           408, 5xx
    ├── UnexpectedResponseError             a 2xx answer that cannot be read, such as a web page
    └── ReviewError                         an upload did not become a usable revision
        ├── ReviewRejectedError
        ├── ReviewPendingError              queued for a person
        └── ReviewTimeoutError              not finished within the time given
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class ExitCode(IntEnum):
    """Exit status of ``craft-store``; documented in ``docs/reference/exit-codes.md``."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    AUTHENTICATION = 3
    PERMISSION = 4
    NOT_FOUND = 5
    REJECTED = 6
    PENDING = 7
    TIMEOUT = 8
    UNAVAILABLE = 9
    PARTIAL = 10
    INTERNAL = 70
    RESULT_NOT_WRITTEN = 74
    INTERRUPTED = 130
    PIPE_CLOSED = 141


class CraftStoreError(Exception):
    """Base of everything that this project raises on purpose.

    Args:
        message: What happened, one sentence without secrets.
        why: The cause, when it is known.
        advice: What the user can do next.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.FAILED

    def __init__(self, message: str, *, why: str | None = None, advice: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.why = why
        self.advice = advice
        # Python 3.11 and later show these below the message of a traceback.
        self.__notes__ = [
            f"{title}: {text}" for title, text in (("why", why), ("what to do", advice)) if text
        ]

    @property
    def code(self) -> str:
        """A stable machine-readable word: the class name in kebab case."""
        name = type(self).__name__.removesuffix("Error")
        return "".join(f"-{c.lower()}" if c.isupper() else c for c in name).lstrip("-")


class UsageError(CraftStoreError):
    """The caller asked for something malformed or unknown."""

    exit_code = ExitCode.USAGE


class ConfigurationError(UsageError):
    """The configuration file or an environment variable cannot be used."""


class UnknownNameError(UsageError):
    """No installed plugin offers what was asked for.

    Args:
        kind: What was looked for, as in "store" or "auth flow".
        name: The name that nobody offers.
        known: The names that are there.
        why: A closer cause, such as a broken plugin that would have offered the name.
        advice: Overrides the advice to look at ``known``.
    """

    def __init__(
        self,
        kind: str,
        name: str,
        known: Iterable[str],
        *,
        why: str | None = None,
        advice: str | None = None,
    ) -> None:
        self.kind = kind
        self.name = name
        self.known = tuple(sorted(known))
        listing = ", ".join(self.known) or "none"
        super().__init__(
            f"Unknown {kind} {name!r}.",
            why=why or f"The installed plugins offer: {listing}.",
            advice=advice
            or (
                "Choose one of these, or install the plugin that provides it. 'craft-store plugins "
                "list' shows the installed plugins."
            ),
        )


class AmbiguousNameError(UsageError):
    """Several plugins offer the same name and that name was asked for."""

    def __init__(self, kind: str, name: str, providers: Sequence[str]) -> None:
        self.kind = kind
        self.name = name
        self.providers = tuple(providers)
        super().__init__(
            f"More than one plugin offers the {kind} {name!r}.",
            why=f"The plugins are: {', '.join(self.providers)}.",
            advice="Uninstall one of them, or disable it with CRAFT_STORE_DISABLE_PLUGINS=NAME.",
        )


class UnsupportedOperationError(UsageError):
    """The chosen store does not have the operation."""

    def __init__(self, store: str, operation: str) -> None:
        self.store = store
        self.operation = operation
        super().__init__(
            f"The store {store!r} does not support the operation {operation!r}.",
            advice=(
                f"Run 'craft-store --store {store} --help' to list the commands that this store "
                "supports."
            ),
        )


class InvalidChannelError(UsageError):
    """A text is no channel of the form ``[track/]risk[/branch]``."""


class InvalidNameError(UsageError):
    """A text is no valid package, track or resource name."""


class ArtifactError(UsageError):
    """A local file is missing, empty, or not what it should be; nothing was sent."""


class WorkCancelledError(CraftStoreError):
    """The work was cancelled by whoever began it."""

    exit_code = ExitCode.INTERRUPTED


class PluginError(CraftStoreError):
    """A plugin cannot be used; raised only in strict mode, recorded otherwise."""


class CredentialError(CraftStoreError):
    """Base for stored credentials that cannot be used."""

    exit_code = ExitCode.AUTHENTICATION


class CredentialsNotFoundError(CredentialError):
    """No backend holds credentials for the store."""


class CredentialsExpiredError(CredentialError):
    """Credentials are past their lifetime and cannot be renewed."""


class CredentialsUnreadableError(CredentialError):
    """Credentials cannot be decoded. The stored value is left as it is."""


class CredentialsExistError(CredentialError):
    """Login would overwrite usable credentials."""


class CredentialsForOtherHostError(CredentialError):
    """Credentials name another store's host than the one they would be sent to."""


class CredentialsReadOnlyError(CredentialError):
    """The backend in use (the environment) can be read but not written."""


class NoKeyringError(CredentialError):
    """No credential backend works on this machine."""


class KeyringLockedError(CredentialError):
    """The system keyring is there but could not be unlocked."""


class CredentialFileError(CredentialError):
    """The credential file is damaged or cannot be used. It is never overwritten."""


class AuthenticationError(CraftStoreError):
    """An identity service refused to identify the account."""

    exit_code = ExitCode.AUTHENTICATION


class WrongCredentialsError(AuthenticationError):
    """The e-mail address or the password is wrong."""


class OneTimePasswordRequiredError(AuthenticationError):
    """The account has two-factor authentication and no one-time password was given."""


class OneTimePasswordRefusedError(AuthenticationError):
    """The one-time password is wrong or was used before."""


class OneTimePasswordUnconfirmedError(AuthenticationError):
    """The one-time password was sent, and no answer says whether it was used.

    It is not sent again: a code works once.
    """

    exit_code = ExitCode.UNAVAILABLE


class AccountUnusableError(AuthenticationError):
    """The account is suspended, deactivated or its e-mail address was invalidated."""


class TransportError(CraftStoreError):
    """There was no HTTP answer.

    Attributes:
        may_have_arrived: The request was sent, as a whole or in part; the host may have processed
            it.
    """

    exit_code = ExitCode.UNAVAILABLE
    may_have_arrived: bool = False


class StoreUnreachableError(TransportError):
    """The connection was refused, reset, or the host name was not found."""


class StoreTimeoutError(TransportError):
    """The host did not answer in time."""


class DeadlinePassedError(TransportError):
    """The time limit of the whole work was reached before there was an answer."""

    exit_code = ExitCode.TIMEOUT


class CertificateError(TransportError):
    """The TLS certificate of the host could not be verified."""


class HostNotAllowedError(TransportError):
    """A request would have left the hosts of the store, or used plain http; it was not sent."""

    exit_code = ExitCode.FAILED


class ErrorEntry:
    """One entry of a store's error list.

    Attributes:
        code: The store's word for the error; None when the server sent none.
        message: Text for a person; may be empty.
        extra: Whatever else the server attached.
    """

    __slots__ = ("code", "extra", "message")

    def __init__(
        self, code: str | None, message: str, extra: dict[str, object] | None = None
    ) -> None:
        self.code = code
        self.message = message
        self.extra = extra or {}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ErrorEntry):
            return NotImplemented
        return (self.code, self.message, self.extra) == (other.code, other.message, other.extra)

    __hash__ = None  # type: ignore[assignment]  # mutable `extra`: equality without a hash

    def __repr__(self) -> str:
        return f"ErrorEntry(code={self.code!r}, message={self.message!r})"


class StoreError(CraftStoreError):
    """The store answered, and the answer says no.

    Attributes:
        status: The HTTP status code.
        entries: The store's error list in its order; empty when the body had none.
        request_id: The value of ``x-request-id``, to quote in a bug report.
    """

    _code: str | None = None

    def __init__(
        self,
        message: str,
        *,
        status: int,
        entries: Sequence[ErrorEntry] = (),
        request_id: str | None = None,
        why: str | None = None,
        advice: str | None = None,
        code: str | None = None,
    ) -> None:
        super().__init__(message, why=why, advice=advice)
        self._code = code
        self.status = status
        self.entries = tuple(entries)
        self.request_id = request_id

    @property
    def code(self) -> str:
        """A stable machine-readable word: the store's own kind of refusal, or that of the class."""
        return self._code or super().code

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the error list, without the missing ones."""
        return tuple(entry.code for entry in self.entries if entry.code)


class BadRequestError(StoreError):
    """The store refused the request as it was sent."""


class AuthenticationRequiredError(StoreError):
    """The credentials were not accepted: log in (again).

    Attributes:
        needs_refresh: The store said that renewing the discharge is enough.
    """

    exit_code = ExitCode.AUTHENTICATION
    needs_refresh: bool = False


class PermissionRequiredError(StoreError):
    """The credentials are good but do not allow this; they are kept."""

    exit_code = ExitCode.PERMISSION


class AccountNotReadyError(StoreError):
    """The account must pick a user name or accept the developer agreement first."""

    exit_code = ExitCode.PERMISSION


class NotFoundError(StoreError):
    """The store does not have it, or the account may not see it."""

    exit_code = ExitCode.NOT_FOUND


class ConflictError(StoreError):
    """What would be created is there already."""


class RateLimitedError(StoreError):
    """Too many requests, and waiting did not help."""

    exit_code = ExitCode.UNAVAILABLE


class StoreUnavailableError(StoreError):
    """The store, or a proxy before it, failed (408, 5xx) and trying again did not help."""

    exit_code = ExitCode.UNAVAILABLE


class UnexpectedResponseError(CraftStoreError):
    """A successful answer that cannot be read: an HTML page, invalid JSON, a missing key.

    Attributes:
        request_id: The value of ``x-request-id``, when the answer had one.
    """

    exit_code = ExitCode.UNAVAILABLE

    def __init__(
        self,
        message: str,
        *,
        request_id: str | None = None,
        why: str | None = None,
        advice: str | None = None,
    ) -> None:
        super().__init__(message, why=why, advice=advice)
        self.request_id = request_id


class ReviewError(CraftStoreError):
    """An upload did not become a usable revision.

    Attributes:
        upload_id: The upload to ask about later.
        entries: The review's reasons; empty unless rejected.
    """

    exit_code = ExitCode.REJECTED

    def __init__(
        self,
        message: str,
        *,
        upload_id: str,
        entries: Sequence[ErrorEntry] = (),
        why: str | None = None,
        advice: str | None = None,
    ) -> None:
        super().__init__(message, why=why, advice=advice)
        self.upload_id = upload_id
        self.entries = tuple(entries)


class ReviewRejectedError(ReviewError):
    """The store's review refused the upload."""


class ReviewPendingError(ReviewError):
    """The upload is queued for review by a person."""

    exit_code = ExitCode.PENDING


class ReviewTimeoutError(ReviewError):
    """The review did not finish within the time given; it goes on at the store."""

    exit_code = ExitCode.TIMEOUT
