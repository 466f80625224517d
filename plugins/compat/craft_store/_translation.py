"""Errors of the core as the documented ones."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from craft_store import errors
from craft_store_core import errors as core

if TYPE_CHECKING:
    from collections.abc import Iterator


class TransportFailure(Exception):
    """What the core says of a request that got no answer, in one text."""

    def __init__(self, error: core.CraftStoreError) -> None:
        super().__init__(" ".join(filter(None, (error.message, error.why))))


def documented(error: core.CraftStoreError) -> errors.CraftStoreError:
    """Return the documented error for one of the core."""
    if isinstance(error, core.NoKeyringError):
        return _with_cause(errors.NoKeyringError(), error)
    if isinstance(error, core.KeyringLockedError):
        return _with_cause(errors.KeyringUnlockError(), error)
    if isinstance(error, core.CredentialsUnreadableError):
        return _with_cause(errors.CredentialsNotParseable(), error)
    no_answer = (core.TransportError, core.ConfigurationError, core.UnexpectedResponseError)
    if isinstance(error, no_answer) or _was_unanswered(error):
        return _with_cause(errors.NetworkError(TransportFailure(error)), error)
    return errors.CraftStoreError(error.message, details=error.why, resolution=error.advice)


def _was_unanswered(error: core.CraftStoreError) -> bool:
    """Tell whether it is about a one-time password that was sent and got no answer."""
    return isinstance(error, core.OneTimePasswordUnconfirmedError) and isinstance(
        error.__cause__, core.TransportError
    )


@contextmanager
def as_documented() -> Iterator[None]:
    """Turn errors of the core, raised inside, into documented ones."""
    try:
        yield
    except core.CraftStoreError as error:
        raise documented(error) from error


def _with_cause(
    translated: errors.CraftStoreError, error: core.CraftStoreError
) -> errors.CraftStoreError:
    translated.details = translated.details or error.why
    translated.resolution = translated.resolution or error.advice
    return translated
