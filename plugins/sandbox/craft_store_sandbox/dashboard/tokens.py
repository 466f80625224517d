"""Credentials of the dashboard: making them, and what they may do.

Source: Snap Store reference, sections 5.1 and 5.6 to 5.9.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from flask import Response, jsonify, request

from craft_store_sandbox.dashboard.access import (
    CANDID,
    DashboardBlueprint,
    DashboardGrant,
    authenticate,
    candid_set,
    find_package,
    grant_of,
)
from craft_store_sandbox.identity import candid_macaroons
from craft_store_sandbox.identity.authorization import Limits, issue_token
from craft_store_sandbox.identity.dashboard_macaroons import (
    LIFETIME,
    Scope,
    authorization_required,
    issue_root,
)
from craft_store_sandbox.serving.errors import BareError, DashboardError, invalid_field
from craft_store_sandbox.serving.schemas import SOME_TEXT, TEXT, Schema, read_object
from craft_store_sandbox.state.backend import backend
from craft_store_sandbox.state.clock import milliseconds
from craft_store_sandbox.state.tables import Package, RootMacaroon

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from craft_store_sandbox.state.tables import Account

blueprint = DashboardBlueprint("tokens")

PERMISSIONS = (
    "edit_account",
    "modify_account_key",
    "package_access",
    "package_manage",
    "package_metrics",
    "package_purchase",
    "package_push",
    "package_register",
    "package_release",
    "package_update",
    "package_upload",
    "package_upload_request",
    "store_admin",
    "store_review",
)
_TEXTS: Schema = {"type": ["array", "null"], "items": SOME_TEXT}
_REQUEST: dict[str, Schema] = {
    "permissions": {"type": "array", "minItems": 1, "items": {"enum": list(PERMISSIONS)}},
    "description": {"type": ["string", "null"]},
    "expires": {"type": ["string", "null"]},
    "packages": {
        "type": ["array", "null"],
        "items": {
            "type": "object",
            "properties": {"name": SOME_TEXT, "series": {"enum": ["16"]}, "snap_id": SOME_TEXT},
            "anyOf": [{"required": ["name"]}, {"required": ["snap_id"]}],
        },
    },
    "channels": _TEXTS,
}


@blueprint.post("/dev/api/acl/")
def acl() -> Response:
    """Return a root for Ubuntu One to discharge, or narrow one that is sent (section 5.1)."""
    body = read_object(_REQUEST, ("permissions",))
    with backend().database.transaction() as db:
        account = _requester(db, body) if "Authorization" in request.headers else None
        snap_ids = _snap_ids(db, body.get("packages"))
        channels = body.get("channels")
        scope = Scope(
            frozenset(body["permissions"]),
            None if snap_ids is None else frozenset(snap_ids),
            (tuple(channels),) if channels else (),
            _expires(body.get("expires")),
        )
        root = issue_root(
            backend(), db, scope, description=body.get("description"), account=account
        )
    return jsonify(macaroon=root)


@blueprint.post("/dev/api/acl/verify/")
def acl_verify() -> Response:
    """Return what a credential, given in the body, may do (section 5.6)."""
    body = read_object(
        {"auth_data": {"type": "object", "properties": {"authorization": TEXT},
                       "required": ["authorization"]}},
        ("auth_data",),
    )  # fmt: skip
    with backend().database.snapshot() as db:
        grant = grant_of(db, body["auth_data"]["authorization"])
    account = grant.account
    answer = _limits(grant)
    return jsonify(
        {
            **answer,
            "allowed": True,
            "refresh_required": False,
            "snap_ids": answer.pop("packages"),
            "last_auth": None if grant.last_auth is None else milliseconds(grant.last_auth),
            "account": {
                "openid": account.id,
                "verified": True,
                "displayname": account.display_name,
                "email": account.email,
            },
        }
    )


@blueprint.post("/api/v2/tokens")
def tokens_list() -> Response:
    """Return a root macaroon for the identity service to discharge (section 5.7)."""
    body = read_object({**_REQUEST, "store_ids": _TEXTS}, ("permissions",))
    unknown = sorted(set(body) - set(_REQUEST) - {"store_ids"})
    if unknown:
        raise DashboardError(400, "invalid-request", f"Unknown field: {unknown[0][:80]}")
    now = backend().clock.now()
    with backend().database.transaction() as db:
        snap_ids = _snap_ids(db, body.get("packages"))
        record = RootMacaroon(
            kind=CANDID,
            session_id=str(uuid.uuid4()),
            permissions=body["permissions"],
            packages=snap_ids and [{"type": "snap", "snap_id": item} for item in snap_ids],
            channels=body.get("channels") or None,
            description=body.get("description"),
            valid_since=now,
            valid_until=_expires(body.get("expires")) or now + LIFETIME,
        )
        return jsonify(macaroon=candid_macaroons.issue_root(db, record))


@blueprint.post("/api/v2/tokens/exchange")
def tokens_exchange() -> Response:
    """Exchange a discharged set of macaroons for a token (section 5.8)."""
    read_object({})
    if "Macaroons" not in request.headers:
        raise authorization_required("The header Macaroons is required.")
    with backend().database.transaction() as db:
        root, account = candid_set(db, request.headers["Macaroons"])
        return jsonify(
            macaroon=issue_token(
                db,
                account,
                Limits(root.permissions, root.packages, root.channels),
                session_id=root.session_id,
                description=root.description,
                now=backend().clock.now(),
                valid_until=root.valid_until,
            )
        )


@blueprint.get("/api/v2/tokens/whoami")
def tokens_whoami() -> Response:
    """Return the account and the limits of its credentials (section 5.9)."""
    with backend().database.snapshot() as db:
        grant = authenticate(db)
    account = grant.account
    return jsonify(
        {
            **_limits(grant),
            "account": {
                "email": account.email,
                "id": account.id,
                "name": account.display_name,
                "username": account.username,
            },
            "errors": [],
            "store_ids": None,
        }
    )


def _limits(grant: DashboardGrant) -> dict[str, Any]:
    scope = grant.scope
    answer: dict[str, Any] = {
        "channels": scope.channel_patterns,
        "packages": None if scope.snap_ids is None else sorted(scope.snap_ids),
        "permissions": None if scope.permissions is None else sorted(scope.permissions),
    }
    # A null here would be printed as a date by clients.
    if scope.expires is not None:
        answer["expires"] = milliseconds(scope.expires)
    return answer


def _requester(db: Session, body: dict[str, Any]) -> Account:
    """Return the account that may ask for a root without a discharge (section 5.1)."""
    account = authenticate(db, "package_upload_request").account
    if body["permissions"] != ["package_upload"] or not body.get("packages"):
        raise invalid_field("Only package_upload can be asked for so, for packages.", "permissions")
    return account


def _snap_ids(db: Session, packages: list[dict[str, str]] | None) -> list[str] | None:
    if not packages:
        return None
    return [_snap_id(db, item) for item in packages]


def _snap_id(db: Session, item: dict[str, str]) -> str:
    if "snap_id" in item:
        package = db.get(Package, item["snap_id"])
        asked = f"snap id: '{item['snap_id'][:80]}'"
    else:
        package = find_package(db, item["name"])
        asked = f"snap name: '{item['name'][:80]}' and series: '{item.get('series', '16')}'"
    if package is None or package.namespace != "snap":
        raise BareError(404, {"error_message": f"Snap not found for the given {asked}"})
    return package.id


def _expires(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text[:-1] + "+00:00" if text.endswith("Z") else text)
    except ValueError as error:
        raise invalid_field(f"'{text[:80]}' is not an ISO 8601 moment", "expires") from error
    moment = moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
    if moment <= backend().clock.now():
        raise invalid_field(f"'{text[:80]}' is in the past", "expires")
    return moment
