"""What only the Snap Store refuses: one class for each of its words, with what it says beside it.

``refined`` turns an error of the core into the one of these that its code belongs to; each derives
from the core's class, so that a program which knows only the core's tree catches it, too.

Source: Snap Store reference, section 3.2.
"""

from __future__ import annotations

from typing import Any

from craft_store_core.errors import (
    AccountNotReady,
    BadRequest,
    Conflict,
    CraftStoreError,
    NotFound,
    PermissionRequired,
    RateLimited,
    StoreError,
    StoreUnavailable,
)
from craft_store_core.plugins import normal_code


class UserNotReady(AccountNotReady):
    """The account has no store user name, or has not accepted the developer agreement."""


class TermsNotAccepted(AccountNotReady):
    """There are new terms that the account has not accepted."""


class MacaroonPermissionRequired(PermissionRequired):
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


class ChannelNotAllowed(MacaroonPermissionRequired):
    """The credentials are limited to other channels."""


class ResourceForbidden(PermissionRequired):
    """The account is neither publisher nor collaborator of the snap."""


class ResourceNotFound(NotFound):
    """There is no such snap, or the account may not see it."""


class ResourceNotReady(BadRequest):
    """What is asked for is still being processed."""


class NameTaken(Conflict):
    """The name belongs to somebody else.

    Attributes:
        claim_url: Where it can be claimed; None where the store named no place.
    """

    @property
    def claim_url(self) -> str | None:
        """Where it can be claimed; None where the store named no place."""
        value = _extra(self, "register_name_url")
        return value if isinstance(value, str) else None


class NameAlreadyOwned(Conflict):
    """The name is yours already."""


class NameAlreadyClaimed(Conflict):
    """You have claimed the name before."""


class NameReserved(Conflict):
    """The name is reserved."""


class NameRevoked(Conflict):
    """The name was taken away."""


class NameNotRegistered(NotFound):
    """Nobody has the name: it can be registered instead of claimed."""


class NameNotDisputable(Conflict):
    """The name cannot be claimed."""


class RegistrationLimited(RateLimited):
    """Too many names in a short time.

    Attributes:
        retry_after: Seconds to wait; None where the store did not say.
    """

    @property
    def retry_after(self) -> float | None:
        """Seconds to wait; None where the store did not say."""
        value = _extra(self, "retry_after")
        return float(value) if isinstance(value, (int, float)) else None


class RegistrationFailed(StoreUnavailable):
    """The store could not register the name now."""


class InvalidRequest(BadRequest):
    """The store does not take the request in this form."""


class InvalidField(BadRequest):
    """A field of the request is missing, or its value cannot be."""

    @property
    def field(self) -> str | None:
        """The field's name; None where the store did not say."""
        for key in ("name", "field"):
            value = _extra(self, key)
            if isinstance(value, str):
                return value
        return None


class MetadataConflict(Conflict):
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


class MediaRefused(BadRequest):
    """The store does not take the picture: its size, form or type."""


class FeatureDisabled(StoreUnavailable):
    """The store has that kind of assertion switched off."""


class AssertionFailed(BadRequest):
    """The store could not make the assertion."""


class AssertionServiceFailed(StoreUnavailable):
    """The store's signing service failed."""


class DevelopersNotFound(NotFound):
    """The snap has no assertion of its developers yet."""


class RevokedUploads(Conflict):
    """Without these developers, uploads of theirs would become invalid."""

    @property
    def developers(self) -> tuple[str, ...]:
        """Who would be left out."""
        value = _extra(self, "extra")
        return tuple(map(str, value)) if isinstance(value, list) else ()


class InvalidDateInterval(BadRequest):
    """The interval of a metric ends before it begins."""


class SigningFailed(CraftStoreError):
    """The program ``snap`` is missing, or did not sign."""


_BY_CODE: dict[str, type[StoreError]] = {
    "user-not-ready": UserNotReady,
    "user-missing-latest-tos": TermsNotAccepted,
    "macaroon-permission-required": MacaroonPermissionRequired,
    "invalid-channel-permission": ChannelNotAllowed,
    "resource-forbidden": ResourceForbidden,
    "resource-not-found": ResourceNotFound,
    "resource-not-ready": ResourceNotReady,
    "already-registered": NameTaken,
    "already-owned": NameAlreadyOwned,
    "already-claimed": NameAlreadyClaimed,
    "reserved-name": NameReserved,
    "revoked-name": NameRevoked,
    "name-not-registered": NameNotRegistered,
    "name-not-available-for-dispute": NameNotDisputable,
    "register-window": RegistrationLimited,
    "failed-to-register": RegistrationFailed,
    "invalid-request": InvalidRequest,
    "invalid-field": InvalidField,
    "missing-field": InvalidField,
    "required": InvalidField,
    "invalid": InvalidField,
    "invalid-choice": InvalidField,
    "conflict": MetadataConflict,
    "media-file-size-too-big": MediaRefused,
    "media-invalid-aspect-ratio": MediaRefused,
    "media-invalid-resolution": MediaRefused,
    "media-modified": MediaRefused,
    "media-too-many-items": MediaRefused,
    "media-unsupported-type": MediaRefused,
    "feature-disabled": FeatureDisabled,
    "assertion-creation-failed": AssertionFailed,
    "snap-developer-not-found": DevelopersNotFound,
    "revoked-uploads": RevokedUploads,
    "invalid-date-interval": InvalidDateInterval,
}

_ADVICE: dict[type[StoreError], str] = {
    UserNotReady: (
        "Accept the agreement with 'craft-store agreement --accept' and choose a user name with "
        "'craft-store account --set-username NAME'. The stored credentials stay valid."
    ),
    TermsNotAccepted: "Read the new terms and accept them with 'craft-store agreement --accept'.",
    ResourceForbidden: "Ask the publisher of the snap to invite you as a collaborator.",
    ResourceNotFound: (
        "Check the name. 'craft-store names' lists your names, and 'craft-store "
        "register' registers a "
        "new one."
    ),
    NameAlreadyOwned: "No action is required.",
    NameAlreadyClaimed: "Wait for the decision of the store.",
    NameReserved: "Claim the name with 'craft-store register-snap NAME --dispute COMMENT', or "
    "choose another.",
    NameRevoked: "Choose another name, or ask the administrators of the store.",
    NameNotRegistered: "Register the name with 'craft-store register'.",
    NameNotDisputable: "Choose another name. A name that your account owns needs no claim.",
    RegistrationFailed: "Try again in some minutes.",
    MetadataConflict: "Check the values in the store. To overwrite them, pass --force.",
    FeatureDisabled: "Ask the administrators of the store.",
    InvalidDateInterval: "Pass a start before the end of the interval.",
}


def refined(error: StoreError) -> StoreError:
    """Return the error of this module that a code of the store stands for, or ``error`` itself.

    Failures of the store (408, 5xx) stay :class:`~craft_store_core.errors.StoreUnavailable`, and a
    status 401 stays the question for a login.
    """
    for code in error.codes:
        kind = _kind(normal_code(code), error)
        if kind is not None:
            return _made(kind, error)
    return error


def _kind(code: str, error: StoreError) -> type[StoreError] | None:
    kind = _BY_CODE.get(code)
    unavailable = isinstance(error, StoreUnavailable)
    if kind is AssertionFailed and unavailable:
        return AssertionServiceFailed
    if kind is None or error.status == 401:
        return None
    return kind if unavailable == issubclass(kind, StoreUnavailable) else None


def _made(kind: type[StoreError], error: StoreError) -> StoreError:
    made = kind(
        error.message,
        status=error.status,
        entries=error.entries,
        request_id=error.request_id,
        why=error.why,
        advice=_ADVICE.get(kind, error.advice),
    )
    if isinstance(made, NameTaken):
        where = f" at {made.claim_url}" if made.claim_url else ""
        made.advice = (
            f"Choose another name, or claim this name{where} ('craft-store register-snap NAME "
            "--dispute COMMENT')."
        )
    if isinstance(made, RegistrationLimited) and made.retry_after is not None:
        made.advice = f"Try again in {made.retry_after:g} seconds."
    return made


def _extra(error: StoreError, key: str) -> Any:
    """Return what the store attached, to whichever entry."""
    return next((entry.extra[key] for entry in error.entries if key in entry.extra), None)
