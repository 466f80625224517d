"""Ubuntu One single sign-on: discharge and refresh (Publisher Gateway reference, section 3.11)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, jsonify, request

from craft_store_sandbox.identity import ubuntu_one
from craft_store_sandbox.serving.errors import SingleSignOnError
from craft_store_sandbox.state.accounts import (
    accept_one_time_password,
    account_by_email,
    password_matches,
)
from craft_store_sandbox.state.backend import backend
from craft_store_sandbox.state.tables import Account

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

blueprint = Blueprint("sso", __name__)


@blueprint.post("/api/v2/tokens/discharge")
def discharge_caveat() -> Response:
    """S1: exchange e-mail, password and one-time password for a discharge macaroon."""
    body = _fields("email", "password", "caveat_id", optional=("otp",))
    with backend().database.transaction() as db:
        account = login(db, body["email"], body["password"], body.get("otp"))
    try:
        macaroon = ubuntu_one.discharge(backend(), body["caveat_id"], account)
    except ValueError as error:
        raise _invalid({"caveat_id": [str(error)]}) from error
    return jsonify(discharge_macaroon=macaroon)


@blueprint.post("/api/v2/tokens/refresh")
def refresh_discharge() -> Response:
    """S2: exchange an unbound discharge for a newer one, without the password."""
    body = _fields("discharge_macaroon")
    try:
        caveat_id, account_id, authenticated = ubuntu_one.read_discharge(body["discharge_macaroon"])
    except (ValueError, KeyError) as error:
        raise SingleSignOnError(
            401, "INVALID_CREDENTIALS", "The discharge macaroon is not valid."
        ) from error
    with backend().database.snapshot() as db:
        account = db.get(Account, account_id)
    if account is None:
        raise SingleSignOnError(401, "INVALID_CREDENTIALS", "The account does not exist.")
    check_standing(account)
    if account.logged_in_since is not None and authenticated <= account.logged_in_since:
        raise SingleSignOnError(401, "INVALID_CREDENTIALS", "The password has changed since.")
    macaroon = ubuntu_one.discharge(backend(), caveat_id, account, authenticated)
    return jsonify(discharge_macaroon=macaroon)


def login(db: Session, email: str, password: str, code: str | None) -> Account:
    """Check credentials.

    Args:
        db: The transaction.
        email: In any case.
        password: As typed.
        code: One-time password; None or empty when not given.

    Raises:
        SingleSignOnError: Wrong credentials, second factor wanted or wrong, account closed.
    """
    account = account_by_email(db, email)
    if account is None or not password_matches(password, account.password_hash):
        raise SingleSignOnError(
            401, "INVALID_CREDENTIALS", "Provided email/password is not correct."
        )
    check_standing(account)
    if account.totp_secret is None:
        return account
    if not code:
        raise SingleSignOnError(401, "TWOFACTOR_REQUIRED", "2-factor authentication required.")
    if not accept_one_time_password(account, code, backend().clock.now()):
        raise SingleSignOnError(
            403, "TWOFACTOR_FAILURE", "The provided 2-factor key is not recognised."
        )
    return account


def check_standing(account: Account) -> None:
    """Refuse accounts that may not log in.

    Raises:
        SingleSignOnError: 403 that says which.
    """
    if account.suspended:
        raise SingleSignOnError(403, "ACCOUNT_SUSPENDED", "Your account has been suspended.")
    if account.deactivated:
        raise SingleSignOnError(403, "ACCOUNT_DEACTIVATED", "Your account has been deactivated.")
    if account.email_invalidated:
        raise SingleSignOnError(403, "EMAIL_INVALIDATED", "This email address is not valid.")


def _fields(*required: str, optional: tuple[str, ...] = ()) -> dict[str, str]:
    """Return the text fields of the JSON body; others are ignored."""
    try:
        body: Any = json.loads(request.get_data())
    except ValueError as error:
        raise _invalid({"__all__": ["The request body is not JSON."]}) from error
    if not isinstance(body, dict):
        raise _invalid({"__all__": ["The request body is not a JSON object."]})
    faults = {
        name: ["Field required"] if body.get(name) in (None, "") else ["Expected text"]
        for name in required
        if not isinstance(body.get(name), str) or not body[name]
    }
    for name in optional:
        if body.get(name) is not None and not isinstance(body[name], str):
            faults[name] = ["Expected text"]
    if faults:
        raise _invalid(faults)
    return {name: body[name] for name in (*required, *optional) if body.get(name)}


def _invalid(faults: dict[str, list[str]]) -> SingleSignOnError:
    return SingleSignOnError(400, "INVALID_DATA", "Invalid request data", extra=faults)
