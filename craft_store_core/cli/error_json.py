"""Errors as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from craft_store_core.errors import CraftStoreError


@dataclass(frozen=True)
class StoreMessage:
    """One entry of the store's own list of errors."""

    code: str | None
    message: str


@dataclass(frozen=True)
class ErrorDocument:
    """Why a command failed.

    Attributes:
        code: The name of the exception in kebab case.
        message: What happened.
        why: The reason.
        advice: What to do.
        exit_code: The exit code of the process.
        status: The HTTP status of the store's answer.
        request_id: The store's id of the request.
        upload_id: The upload that the error is about.
        entries: The store's own errors.
    """

    code: str
    message: str
    why: str | None
    advice: str | None
    exit_code: int
    status: int | None
    request_id: str | None
    upload_id: str | None
    entries: tuple[StoreMessage, ...]

    @classmethod
    def of(cls, error: CraftStoreError) -> ErrorDocument:
        """Return the document of an error."""
        return cls(
            error.code,
            error.message,
            error.why,
            error.advice,
            int(error.exit_code),
            getattr(error, "status", None),
            getattr(error, "request_id", None),
            getattr(error, "upload_id", None) or None,
            tuple(StoreMessage(each.code, each.message) for each in getattr(error, "entries", ())),
        )
