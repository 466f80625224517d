"""Each word of the store for a refusal has its own exception, which tells what came with it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from craft_store_core import errors as core
from craft_store_core.plugins import store_error
from craft_store_snapstore import errors

if TYPE_CHECKING:
    from craft_store_core.errors import StoreError

CATALOGUE: list[tuple[int, str, type[StoreError], type[StoreError]]] = [
    (401, "macaroon-authorization-required", core.AuthenticationRequiredError, core.StoreError),
    (401, "macaroon-needs-refresh", core.AuthenticationRequiredError, core.StoreError),
    (401, "macaroon-permission-required", core.AuthenticationRequiredError, core.StoreError),
    (401, "unauthorized", core.AuthenticationRequiredError, core.StoreError),
    (
        403,
        "macaroon-permission-required",
        errors.MacaroonPermissionRequiredError,
        core.PermissionRequiredError,
    ),
    (
        403,
        "invalid-channel-permission",
        errors.MacaroonPermissionRequiredError,
        core.PermissionRequiredError,
    ),
    (404, "resource-not-found", core.NotFoundError, core.NotFoundError),
    (403, "resource-forbidden", core.PermissionRequiredError, core.PermissionRequiredError),
    (400, "resource-not-ready", core.BadRequestError, core.BadRequestError),
    (403, "user-not-ready", core.AccountNotReadyError, core.AccountNotReadyError),
    (403, "user-missing-latest-tos", core.AccountNotReadyError, core.AccountNotReadyError),
    (400, "invalid-request", core.BadRequestError, core.BadRequestError),
    (400, "invalid-field", errors.InvalidFieldError, core.BadRequestError),
    (400, "missing-field", errors.InvalidFieldError, core.BadRequestError),
    (400, "required", errors.InvalidFieldError, core.BadRequestError),
    (400, "invalid", errors.InvalidFieldError, core.BadRequestError),
    (400, "invalid-choice", errors.InvalidFieldError, core.BadRequestError),
    (400, "bad-request", core.BadRequestError, core.StoreError),
    (409, "already_registered", errors.NameTakenError, core.ConflictError),
    (409, "already_owned", errors.NameAlreadyOwnedError, core.ConflictError),
    (409, "already_claimed", core.ConflictError, core.ConflictError),
    (409, "reserved_name", core.ConflictError, core.ConflictError),
    (409, "revoked_name", core.ConflictError, core.ConflictError),
    (429, "register_window", errors.RegistrationLimitedError, core.RateLimitedError),
    (503, "failed-to-register", core.StoreUnavailableError, core.StoreUnavailableError),
    (404, "name-not-registered", core.NotFoundError, core.NotFoundError),
    (409, "name-not-available-for-dispute", core.ConflictError, core.ConflictError),
    (409, "conflict", errors.MetadataConflictError, core.ConflictError),
    (400, "media-file-size-too-big", core.BadRequestError, core.BadRequestError),
    (400, "media-invalid-aspect-ratio", core.BadRequestError, core.BadRequestError),
    (400, "media-invalid-resolution", core.BadRequestError, core.BadRequestError),
    (409, "media-modified", core.BadRequestError, core.BadRequestError),
    (400, "media-too-many-items", core.BadRequestError, core.BadRequestError),
    (400, "media-unsupported-type", core.BadRequestError, core.BadRequestError),
    (501, "feature-disabled", core.StoreUnavailableError, core.StoreUnavailableError),
    (400, "assertion-creation-failed", core.BadRequestError, core.BadRequestError),
    (
        503,
        "assertion-creation-failed",
        core.StoreUnavailableError,
        core.StoreUnavailableError,
    ),
    (
        408,
        "assertion-creation-failed",
        core.StoreUnavailableError,
        core.StoreUnavailableError,
    ),
    (408, "resource-not-found", core.StoreUnavailableError, core.StoreError),
    (408, "already_owned", core.StoreUnavailableError, core.StoreError),
    (404, "snap-developer-not-found", core.NotFoundError, core.NotFoundError),
    (403, "snap-developer-not-found", core.NotFoundError, core.NotFoundError),
    (409, "revoked-uploads", errors.RevokedUploadsError, core.ConflictError),
    (400, "invalid-date-interval", core.BadRequestError, core.BadRequestError),
    (400, "api-error", core.BadRequestError, core.StoreError),
    (401, "bad-token", core.AuthenticationRequiredError, core.StoreError),
    (500, "resource-not-found", core.StoreUnavailableError, core.StoreError),
]


CODES = """
    macaroon-authorization-required macaroon-needs-refresh macaroon-permission-required
    invalid-channel-permission unauthorized resource-not-found resource-forbidden resource-not-ready
    user-not-ready user-missing-latest-tos invalid-request invalid-field missing-field required
    invalid invalid-choice bad-request already_registered already_owned already_claimed
    reserved_name revoked_name register_window failed-to-register name-not-registered
    name-not-available-for-dispute conflict media-file-size-too-big media-invalid-aspect-ratio
    media-invalid-resolution media-modified media-too-many-items media-unsupported-type
    feature-disabled assertion-creation-failed snap-developer-not-found revoked-uploads
    invalid-date-interval api-error bad-token
"""
"""Every code of the Snap Store reference, section 3.2, except ``review-queued``.

That one is a reason of a rejected upload.
"""


def test_the_catalogue_is_whole() -> None:
    """No word of the reference is left out."""
    assert {row[1] for row in CATALOGUE} == set(CODES.split())


def test_a_stale_discharge_is_told_from_a_missing_permission() -> None:
    """By the attribute that decides about a renewal."""
    stale = refusal(401, {"error_list": [{"code": "macaroon-needs-refresh", "message": "No."}]})
    limited = refusal(401, {"error_list": [{"code": "macaroon-permission-required"}]})
    assert isinstance(stale, core.AuthenticationRequiredError)
    assert isinstance(limited, core.AuthenticationRequiredError)
    assert (stale.needs_refresh, limited.needs_refresh) == (True, False)


def refusal(status: int, body: Any, headers: dict[str, str] | None = None) -> StoreError:
    content = json.dumps(body).encode()
    return errors.refined(
        store_error(status, headers or {}, content, url="https://dashboard.example/x")
    )


@pytest.mark.parametrize(
    "key", ["error_list", "error-list", None], ids=["underscore-list", "hyphen-list", "problem"]
)
@pytest.mark.parametrize(
    ("status", "code", "kind", "base"), CATALOGUE, ids=[f"{row[0]}-{row[1]}" for row in CATALOGUE]
)
def test_the_catalogue(
    status: int, code: str, kind: type[StoreError], base: type[StoreError], key: str | None
) -> None:
    """A code has its exception in each form of body and spelling; nothing of it gets lost."""
    entry = {"code": code, "message": "No."}
    body = {key: [entry]} if key else entry

    error = refusal(status, body, {"X-Request-Id": "abc"})

    assert type(error) is kind
    assert isinstance(error, base)
    assert (error.status, error.request_id, error.codes) == (status, "abc", (code,))
    assert type(refusal(status, {"error_list": [{**entry, "code": code.upper()}]})) is kind


@pytest.mark.parametrize(
    ("status", "code", "word"),
    [
        (403, "user-missing-latest-tos", "terms-not-accepted"),
        (403, "invalid-channel-permission", "channel-not-allowed"),
        (409, "already_claimed", "name-already-claimed"),
        (409, "already_owned", "name-already-owned"),
        (409, "revoked_name", "name-revoked"),
        (503, "failed-to-register", "registration-failed"),
        (400, "media-modified", "media-refused"),
        (400, "assertion-creation-failed", "assertion-failed"),
        (503, "assertion-creation-failed", "assertion-service-failed"),
        (404, "snap-developer-not-found", "developers-not-found"),
        (404, "resource-not-found", "resource-not-found"),
    ],
)
def test_each_refusal_has_a_word_of_its_own(status: int, code: str, word: str) -> None:
    """What JSON documents say stays the same, whichever class the error is of."""
    assert refusal(status, {"error_list": [{"code": code, "message": "No."}]}).code == word


def test_a_name_that_is_taken_tells_where_to_claim_it() -> None:
    """Also where old and new form of the error come together."""
    error = refusal(
        409,
        {
            "status": 409,
            "code": "already_registered",
            "detail": "The name is taken.",
            "register_name_url": "https://dashboard.example/register-snap/?name=x",
            "error_list": [{"code": "already_registered", "message": "The name is taken."}],
        },
    )

    assert isinstance(error, errors.NameTakenError)
    assert error.claim_url == "https://dashboard.example/register-snap/?name=x"
    assert error.claim_url in (error.advice or "")
    bare = refusal(409, {"code": "already_registered"})
    assert isinstance(bare, errors.NameTakenError)
    assert bare.claim_url is None


def test_how_long_to_wait_is_told() -> None:
    """The seconds stand in the body, not in a header."""
    error = refusal(429, {"status": 429, "code": "register_window", "retry_after": 180})

    assert isinstance(error, errors.RegistrationLimitedError)
    assert error.retry_after == 180
    assert "180 seconds" in (error.advice or "")
    silent = refusal(429, {"code": "register_window"})
    assert isinstance(silent, errors.RegistrationLimitedError)
    assert silent.retry_after is None


def test_a_missing_permission_is_named() -> None:
    """The store tells it beside the list, for channels together with those that are allowed."""
    error = refusal(
        403,
        {
            "error_list": [{"code": "macaroon-permission-required", "message": "No."}],
            "permission": "package_release",
            "channels": ["edge"],
        },
    )

    assert isinstance(error, errors.MacaroonPermissionRequiredError)
    assert (error.permission, error.channels) == ("package_release", ("edge",))
    bare = refusal(403, {"code": "macaroon-permission-required"})
    assert isinstance(bare, errors.MacaroonPermissionRequiredError)
    assert (bare.permission, bare.channels) == (None, ())


def test_a_wrong_field_is_named() -> None:
    """Servers call it name or field."""
    for key in ("name", "field"):
        error = refusal(
            400, {"error_list": [{"code": "required", "message": "No.", "extra": {key: "summary"}}]}
        )
        assert isinstance(error, errors.InvalidFieldError)
        assert error.field == "summary"
    bare = refusal(400, {"error_list": [{"code": "required"}]})
    assert isinstance(bare, errors.InvalidFieldError)
    assert bare.field is None


def test_conflicts_are_listed_by_field() -> None:
    """With what the store has there, in an order that stays."""
    listed = [
        {"code": "conflict", "extra": {"name": "title", "current": "T"}},
        {"code": "conflict", "extra": {"field": "summary", "current": "S"}},
        {"code": "other", "message": "No."},
    ]
    error = refusal(409, {"error_list": listed})

    assert isinstance(error, errors.MetadataConflictError)
    assert list(error.conflicts.items()) == [("summary", "S"), ("title", "T")]


def test_developers_that_would_lose_uploads_are_named() -> None:
    """What the store attaches is a list there, where others attach an object."""
    error = refusal(409, {"error_list": [{"code": "revoked-uploads", "extra": ["jo", "sam"]}]})

    assert isinstance(error, errors.RevokedUploadsError)
    assert error.developers == ("jo", "sam")
    bare = refusal(409, {"error_list": [{"code": "revoked-uploads"}]})
    assert isinstance(bare, errors.RevokedUploadsError)
    assert bare.developers == ()


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"errors": "Not a valid channel: alpha"},
        {"error_message": "no"},
        {"error": "no"},
        [],
        "x",
    ],
)
def test_bodies_without_a_code_stay_the_core_s_errors(body: Any) -> None:
    """The status decides then."""
    assert type(refusal(400, body)) is core.BadRequestError
    assert type(refusal(404, body)) is core.NotFoundError
