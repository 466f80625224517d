"""What only the Snap Store refuses: one row for each of its codes, with class and advice.

``refined`` turns an error of the core into the one of these that its code belongs to; each derives
from the core's class, so that a program which knows only the core's tree catches it, too.

Source: Snap Store reference, section 3.2.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from craft_store_core.errors import (
    AccountNotReadyError,
    BadRequestError,
    ConflictError,
    CraftStoreError,
    NotFoundError,
    PermissionRequiredError,
    RateLimitedError,
    StoreError,
    StoreUnavailableError,
)
from craft_store_core.plugins import normal_code


class MacaroonPermissionRequiredError(PermissionRequiredError):
    """The credentials lack a permission.

    Attributes:
        permission: The one that is needed; None where the store did not name it.
        channels: The channels that are allowed, where it is about channels.
    """

    @property
    def permission(self) -> str | None:
        """The permission that is needed; None where the store did not name it."""
        value = _extra(self, "permission")
        return value if isinstance(value, str) else None

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels that are allowed, where it is about channels."""
        value = _extra(self, "channels")
        return tuple(map(str, value)) if isinstance(value, list) else ()


class NameTakenError(ConflictError):
    """The name belongs to somebody else.

    Attributes:
        claim_url: Where it can be claimed; None where the store named no place.
    """

    @property
    def claim_url(self) -> str | None:
        """Where it can be claimed; None where the store named no place."""
        value = _extra(self, "register_name_url")
        return value if isinstance(value, str) else None


class NameAlreadyOwnedError(ConflictError):
    """The name is yours already."""


class RegistrationLimitedError(RateLimitedError):
    """Too many names in a short time.

    Attributes:
        retry_after: Seconds to wait; None where the store did not say.
    """

    @property
    def retry_after(self) -> float | None:
        """Seconds to wait; None where the store did not say."""
        value = _extra(self, "retry_after")
        return float(value) if isinstance(value, (int, float)) else None


class InvalidFieldError(BadRequestError):
    """A field of the request is missing, or its value cannot be."""

    @property
    def field(self) -> str | None:
        """The field's name; None where the store did not say."""
        for key in ("name", "field"):
            value = _extra(self, key)
            if isinstance(value, str):
                return value
        return None


class MetadataConflictError(ConflictError):
    """The metadata was changed elsewhere since it was last sent."""

    @property
    def conflicts(self) -> dict[str, Any]:
        """Field to what the store has there now, ordered by field."""
        found = {
            str(entry.extra.get("name") or entry.extra.get("field")): entry.extra.get("current")
            for entry in self.entries
            if entry.code and normal_code(entry.code) == "conflict"
        }
        return dict(sorted(found.items()))


class RevokedUploadsError(ConflictError):
    """Without these developers, uploads of theirs would become invalid."""

    @property
    def developers(self) -> tuple[str, ...]:
        """Who would be left out."""
        value = _extra(self, "extra")
        return tuple(map(str, value)) if isinstance(value, list) else ()


class SigningFailedError(CraftStoreError):
    """The program ``snap`` is missing, or did not sign."""


class _Row(NamedTuple):
    """What a code of the store stands for.

    Attributes:
        kind: The class of the error. Classes of their own are those that carry data, or that are
            caught.
        code: The word in JSON documents; None takes that of the class.
        advice: What the user can do; None leaves the advice of the core.
    """

    kind: type[StoreError]
    code: str | None = None
    advice: str | None = None


_FIELD = _Row(InvalidFieldError)
_MEDIA = _Row(BadRequestError, "media-refused")
_ROWS: dict[str, tuple[_Row, ...]] = {
    "user-not-ready": (
        _Row(
            AccountNotReadyError,
            "user-not-ready",
            "Accept the agreement with 'craft-store agreement --accept' and choose a user name "
            "with 'craft-store account --set-username NAME'. The stored credentials stay valid.",
        ),
    ),
    "user-missing-latest-tos": (
        _Row(
            AccountNotReadyError,
            "terms-not-accepted",
            "Read the new terms and accept them with 'craft-store agreement --accept'.",
        ),
    ),
    "macaroon-permission-required": (_Row(MacaroonPermissionRequiredError),),
    "invalid-channel-permission": (_Row(MacaroonPermissionRequiredError, "channel-not-allowed"),),
    "resource-forbidden": (
        _Row(
            PermissionRequiredError,
            "resource-forbidden",
            "Ask the publisher of the snap to invite you as a collaborator.",
        ),
    ),
    "resource-not-found": (
        _Row(
            NotFoundError,
            "resource-not-found",
            "Check the name. 'craft-store names' lists your names, and 'craft-store register' "
            "registers a new one.",
        ),
    ),
    "resource-not-ready": (_Row(BadRequestError, "resource-not-ready"),),
    "already-registered": (_Row(NameTakenError),),
    "already-owned": (_Row(NameAlreadyOwnedError, advice="No action is required."),),
    "already-claimed": (
        _Row(ConflictError, "name-already-claimed", "Wait for the decision of the store."),
    ),
    "reserved-name": (
        _Row(
            ConflictError,
            "name-reserved",
            "Claim the name with 'craft-store register-snap NAME --dispute COMMENT', or choose "
            "another.",
        ),
    ),
    "revoked-name": (
        _Row(
            ConflictError,
            "name-revoked",
            "Choose another name, or ask the administrators of the store.",
        ),
    ),
    "name-not-registered": (
        _Row(
            NotFoundError, "name-not-registered", "Register the name with 'craft-store register'."
        ),
    ),
    "name-not-available-for-dispute": (
        _Row(
            ConflictError,
            "name-not-disputable",
            "Choose another name. A name that your account owns needs no claim.",
        ),
    ),
    "register-window": (_Row(RegistrationLimitedError),),
    "failed-to-register": (
        _Row(StoreUnavailableError, "registration-failed", "Try again in some minutes."),
    ),
    "invalid-request": (_Row(BadRequestError, "invalid-request"),),
    "invalid-field": (_FIELD,),
    "missing-field": (_FIELD,),
    "required": (_FIELD,),
    "invalid": (_FIELD,),
    "invalid-choice": (_FIELD,),
    "conflict": (
        _Row(
            MetadataConflictError,
            advice="Check the values in the store. To overwrite them, pass --force.",
        ),
    ),
    "media-file-size-too-big": (_MEDIA,),
    "media-invalid-aspect-ratio": (_MEDIA,),
    "media-invalid-resolution": (_MEDIA,),
    "media-modified": (_MEDIA,),
    "media-too-many-items": (_MEDIA,),
    "media-unsupported-type": (_MEDIA,),
    "feature-disabled": (
        _Row(StoreUnavailableError, "feature-disabled", "Ask the administrators of the store."),
    ),
    "assertion-creation-failed": (
        _Row(BadRequestError, "assertion-failed"),
        _Row(StoreUnavailableError, "assertion-service-failed"),
    ),
    "snap-developer-not-found": (_Row(NotFoundError, "developers-not-found"),),
    "revoked-uploads": (_Row(RevokedUploadsError),),
    "invalid-date-interval": (
        _Row(
            BadRequestError,
            "invalid-date-interval",
            "Pass a start before the end of the interval.",
        ),
    ),
}
"""The rows of each code; of several, the one whose class fits the status."""


def refined(error: StoreError) -> StoreError:
    """Return the error of this module that a code of the store stands for, or ``error`` itself.

    Failures of the store (408, 5xx) stay ``StoreUnavailableError`` of the core, and a
    status 401 stays the question for a login.
    """
    for code in error.codes:
        for row in _ROWS.get(normal_code(code), ()):
            unavailable = isinstance(error, StoreUnavailableError)
            if error.status != 401 and unavailable == issubclass(row.kind, StoreUnavailableError):
                return _made(row, error)
    return error


def _made(row: _Row, error: StoreError) -> StoreError:
    made = row.kind(
        error.message,
        status=error.status,
        entries=error.entries,
        request_id=error.request_id,
        why=error.why,
        advice=row.advice or error.advice,
        code=row.code,
    )
    if isinstance(made, NameTakenError):
        where = f" at {made.claim_url}" if made.claim_url else ""
        made.advice = (
            f"Choose another name, or claim this name{where} ('craft-store register-snap NAME "
            "--dispute COMMENT')."
        )
    if isinstance(made, RegistrationLimitedError) and made.retry_after is not None:
        made.advice = f"Try again in {made.retry_after:g} seconds."
    return made


def _extra(error: StoreError, key: str) -> Any:
    """Return what the store attached, to whichever entry."""
    return next((entry.extra[key] for entry in error.entries if key in entry.extra), None)
