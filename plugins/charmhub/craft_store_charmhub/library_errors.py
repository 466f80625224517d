"""What can go wrong with charm libraries beside what the store refuses."""

from __future__ import annotations

from craft_store_core.errors import CraftStoreError, ExitCode, UsageError


class LibraryNotFoundError(CraftStoreError):
    """The store does not have a library, or not that version of it."""

    exit_code = ExitCode.NOT_FOUND


class LibraryChangedError(UsageError):
    """A library that was asked for would replace what a person wrote; nothing was written."""


class LibrariesIncompleteError(CraftStoreError):
    """Some of several libraries are done and others are not.

    Args:
        message: What happened.
        why: The cause.
        advice: What the user can do next.
        request_id: The store's, when it refused one of them.
    """

    exit_code = ExitCode.PARTIAL

    def __init__(
        self,
        message: str,
        *,
        why: str | None = None,
        advice: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message, why=why, advice=advice)
        self.request_id = request_id
