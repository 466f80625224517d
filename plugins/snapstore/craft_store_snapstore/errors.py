"""What only the Snap Store refuses: one class for each of its words, with what it says beside it.

``refined`` turns an error of the core into the one of these that its code belongs to; each derives
from the core's class, so that a program which knows only the core's tree catches it, too.

Source: Snap Store reference, section 3.2.
"""

from __future__ import annotations

from typing import Any

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


class UserNotReadyError(AccountNotReadyError):
    """The account has no store user name, or has not accepted the developer agreement."""


class TermsNotAcceptedError(AccountNotReadyError):
    """There are new terms that the account has not accepted."""


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


class ChannelNotAllowedError(MacaroonPermissionRequiredError):
    """The credentials are limited to other channels."""


class ResourceForbiddenError(PermissionRequiredError):
    """The account is neither publisher nor collaborator of the snap."""


class ResourceNotFoundError(NotFoundError):
    """There is no such snap, or the account may not see it."""


class ResourceNotReadyError(BadRequestError):
    """What is asked for is still being processed."""


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


class NameAlreadyClaimedError(ConflictError):
    """You have claimed the name before."""


class NameReservedError(ConflictError):
    """The name is reserved."""


class NameRevokedError(ConflictError):
    """The name was taken away."""


class NameNotRegisteredError(NotFoundError):
    """Nobody has the name: it can be registered instead of claimed."""


class NameNotDisputableError(ConflictError):
    """The name cannot be claimed."""


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


class RegistrationFailedError(StoreUnavailableError):
    """The store could not register the name now."""


class InvalidRequestError(BadRequestError):
    """The store does not take the request in this form."""


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


class MediaRefusedError(BadRequestError):
    """The store does not take the picture: its size, form or type."""


class FeatureDisabledError(StoreUnavailableError):
    """The store has that kind of assertion switched off."""


class AssertionFailedError(BadRequestError):
    """The store could not make the assertion."""


class AssertionServiceFailedError(StoreUnavailableError):
    """The store's signing service failed."""


class DevelopersNotFoundError(NotFoundError):
    """The snap has no assertion of its developers yet."""


class RevokedUploadsError(ConflictError):
    """Without these developers, uploads of theirs would become invalid."""

    @property
    def developers(self) -> tuple[str, ...]:
        """Who would be left out."""
        value = _extra(self, "extra")
        return tuple(map(str, value)) if isinstance(value, list) else ()


class InvalidDateIntervalError(BadRequestError):
    """The interval of a metric ends before it begins."""


class SigningFailedError(CraftStoreError):
    """The program ``snap`` is missing, or did not sign."""


_BY_CODE: dict[str, type[StoreError]] = {
    "user-not-ready": UserNotReadyError,
    "user-missing-latest-tos": TermsNotAcceptedError,
    "macaroon-permission-required": MacaroonPermissionRequiredError,
    "invalid-channel-permission": ChannelNotAllowedError,
    "resource-forbidden": ResourceForbiddenError,
    "resource-not-found": ResourceNotFoundError,
    "resource-not-ready": ResourceNotReadyError,
    "already-registered": NameTakenError,
    "already-owned": NameAlreadyOwnedError,
    "already-claimed": NameAlreadyClaimedError,
    "reserved-name": NameReservedError,
    "revoked-name": NameRevokedError,
    "name-not-registered": NameNotRegisteredError,
    "name-not-available-for-dispute": NameNotDisputableError,
    "register-window": RegistrationLimitedError,
    "failed-to-register": RegistrationFailedError,
    "invalid-request": InvalidRequestError,
    "invalid-field": InvalidFieldError,
    "missing-field": InvalidFieldError,
    "required": InvalidFieldError,
    "invalid": InvalidFieldError,
    "invalid-choice": InvalidFieldError,
    "conflict": MetadataConflictError,
    "media-file-size-too-big": MediaRefusedError,
    "media-invalid-aspect-ratio": MediaRefusedError,
    "media-invalid-resolution": MediaRefusedError,
    "media-modified": MediaRefusedError,
    "media-too-many-items": MediaRefusedError,
    "media-unsupported-type": MediaRefusedError,
    "feature-disabled": FeatureDisabledError,
    "assertion-creation-failed": AssertionFailedError,
    "snap-developer-not-found": DevelopersNotFoundError,
    "revoked-uploads": RevokedUploadsError,
    "invalid-date-interval": InvalidDateIntervalError,
}

_ADVICE: dict[type[StoreError], str] = {
    UserNotReadyError: (
        "Accept the agreement with 'craft-store agreement --accept' and choose a user name with "
        "'craft-store account --set-username NAME'. The stored credentials stay valid."
    ),
    TermsNotAcceptedError: "Read the new terms and accept them with 'craft-store agreement "
    "--accept'.",
    ResourceForbiddenError: "Ask the publisher of the snap to invite you as a collaborator.",
    ResourceNotFoundError: (
        "Check the name. 'craft-store names' lists your names, and 'craft-store "
        "register' registers a "
        "new one."
    ),
    NameAlreadyOwnedError: "No action is required.",
    NameAlreadyClaimedError: "Wait for the decision of the store.",
    NameReservedError: "Claim the name with 'craft-store register-snap NAME --dispute COMMENT', or "
    "choose another.",
    NameRevokedError: "Choose another name, or ask the administrators of the store.",
    NameNotRegisteredError: "Register the name with 'craft-store register'.",
    NameNotDisputableError: "Choose another name. A name that your account owns needs no claim.",
    RegistrationFailedError: "Try again in some minutes.",
    MetadataConflictError: "Check the values in the store. To overwrite them, pass --force.",
    FeatureDisabledError: "Ask the administrators of the store.",
    InvalidDateIntervalError: "Pass a start before the end of the interval.",
}


def refined(error: StoreError) -> StoreError:
    """Return the error of this module that a code of the store stands for, or ``error`` itself.

    Failures of the store (408, 5xx) stay ``StoreUnavailableError`` of the core, and a
    status 401 stays the question for a login.
    """
    for code in error.codes:
        kind = _kind(normal_code(code), error)
        if kind is not None:
            return _made(kind, error)
    return error


def _kind(code: str, error: StoreError) -> type[StoreError] | None:
    kind = _BY_CODE.get(code)
    unavailable = isinstance(error, StoreUnavailableError)
    if kind is AssertionFailedError and unavailable:
        return AssertionServiceFailedError
    if kind is None or error.status == 401:
        return None
    return kind if unavailable == issubclass(kind, StoreUnavailableError) else None


def _made(kind: type[StoreError], error: StoreError) -> StoreError:
    made = kind(
        error.message,
        status=error.status,
        entries=error.entries,
        request_id=error.request_id,
        why=error.why,
        advice=_ADVICE.get(kind, error.advice),
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
