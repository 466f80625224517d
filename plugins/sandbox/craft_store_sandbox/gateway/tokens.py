"""Tokens: root macaroons out, exchanged tokens back (Publisher Gateway reference, section 3)."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, jsonify, request
from sqlalchemy import select

from craft_store_sandbox.identity import candid_macaroons, ubuntu_one
from craft_store_sandbox.identity.authorization import (
    Grant,
    Limits,
    authenticate,
    dashboard_grant,
    default_lifetime,
    has_authorization,
    issue_token,
    limits_of,
    read_pair,
)
from craft_store_sandbox.serving.errors import StoreError, bad_request, not_found
from craft_store_sandbox.serving.schemas import SOME_TEXT, Schema, json_body, shape
from craft_store_sandbox.state.backend import backend
from craft_store_sandbox.state.clock import zulu, zulu_or_none
from craft_store_sandbox.state.packages import named_package
from craft_store_sandbox.state.tables import OFFLINE, Account, Package, RootMacaroon, Token

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

blueprint = Blueprint("tokens", __name__)

on_prem = Blueprint("on-prem", __name__)
"""Tokens of a store on premises (Snap Store reference, sections 15.2 and 15.3)."""

PERMISSIONS = (
    "account-manage-keys",
    "account-manage-metadata",
    "account-register-package",
    "account-view-packages",
    "package-manage",
    "package-manage-acl",
    "package-manage-library",
    "package-manage-metadata",
    "package-manage-releases",
    "package-manage-revisions",
    "package-view",
    "package-view-acl",
    "package-view-metadata",
    "package-view-metrics",
    "package-view-releases",
    "package-view-revisions",
    "store-manage",
    "store-view",
)
_PACKAGE_TYPES = (
    "charm", "bundle", "snap", "bin", "rock", "rockcraft", "snapcraft", "sourcecraft", "charmcraft",
)  # fmt: skip
_TTL: Schema = {"type": "integer", "minimum": 10, "maximum": 31_536_000}
_PACKAGES: Schema = {
    "type": "array",
    "minItems": 1,
    "items": {
        **shape(
            {
                "type": {"enum": list(_PACKAGE_TYPES)},
                "name": SOME_TEXT,
                "id": {"type": "string", "minLength": 32, "maxLength": 32},
            },
            ("type",),
        ),
        "anyOf": [{"required": ["name"]}, {"required": ["id"]}],
    },
}
_CHANNELS: Schema = {"type": "array", "minItems": 1, "uniqueItems": True, "items": SOME_TEXT}
_PERMISSIONS: Schema = {"type": "array", "items": {"enum": list(PERMISSIONS)}}
_CANDID_REQUEST = shape(
    {
        "permissions": _PERMISSIONS,
        "description": {"type": "string"},
        "ttl": _TTL,
        "packages": _PACKAGES,
        "channels": _CHANNELS,
    }
)
_UBUNTU_ONE_REQUEST = shape(
    {
        "permissions": {**_PERMISSIONS, "minItems": 1},
        "ttl": _TTL,
        "packages": _PACKAGES,
        "channels": _CHANNELS,
    },
    ("permissions",),
)
_EXCHANGE_REQUEST = shape({"client-description": {"type": "string", "maxLength": 1024}})


@blueprint.get("/v1/tokens")
def list_tokens() -> Response:
    """T1: return the account's tokens, or a default root macaroon for an anonymous caller."""
    with backend().database.transaction() as db:
        if not has_authorization():
            return jsonify(macaroon=candid_macaroons.issue_root(db, new_root("candid", {})))
        grant = authenticate(db)
        tokens = _tokens_of(db, grant)
        if request.args.get("include-inactive") != "true":
            now = backend().clock.now()
            tokens = [
                token for token in tokens if token.revoked_at is None and token.valid_until > now
            ]
        return jsonify(macaroons=[_token_view(token) for token in tokens])


@blueprint.post("/v1/tokens")
def issue_candid_root() -> Response:
    """T2: return a root macaroon for the identity service to discharge."""
    body = json_body(_CANDID_REQUEST)
    with backend().database.transaction() as db:
        return jsonify(macaroon=candid_macaroons.issue_root(db, new_root("candid", body)))


@blueprint.post("/v1/tokens/exchange")
def exchange_candid() -> Response:
    """T3: exchange a discharged macaroon set in the ``Macaroons`` header for a token."""
    json_body(shape({}))
    with backend().database.transaction() as db:
        root, account = candid_macaroons.verify_header(db, request.headers.get("Macaroons", ""))
        return _exchanged(db, root, account, root.description)


@blueprint.post("/v1/tokens/usso")
def issue_ubuntu_one_root() -> Response:
    """T7: return a root macaroon for Ubuntu One to discharge."""
    body = json_body(_UBUNTU_ONE_REQUEST)
    with backend().database.transaction() as db:
        return jsonify(macaroon=ubuntu_one.issue_root(backend(), db, new_root("usso", body)))


@blueprint.post("/v1/tokens/usso/exchange")
def exchange_ubuntu_one() -> Response:
    """T8: exchange a root and its bound discharge for a token."""
    return _exchange_pair(dashboard=False)


@blueprint.post("/v1/tokens/dashboard/exchange")
def exchange_dashboard() -> Response:
    """T9: do the same with a root macaroon of the Snap Store dashboard."""
    return _exchange_pair(dashboard=True)


@blueprint.get("/v1/tokens/whoami")
@on_prem.get("/v1/tokens/whoami")
def whoami() -> Response:
    """T4: return the account and the limits of its token."""
    with backend().database.snapshot() as db:
        grant = authenticate(db)
        account = {
            "display-name": grant.account.display_name,
            "email": grant.account.email,
            "id": grant.account.id,
            "username": grant.account.username,
            "validation": grant.account.validation,
        }
        packages = grant.limits.packages
        return jsonify(
            {
                "account": account,
                "channels": grant.limits.channels,
                "packages": packages and [_completed(db, item) for item in packages],
                "permissions": grant.limits.permissions,
            }
        )


@blueprint.get("/v1/whoami")
def whoami_deprecated() -> Response:
    """T5: return the account, as before T4."""
    with backend().database.snapshot() as db:
        account = authenticate(db).account
        return jsonify(
            {"display-name": account.display_name, "id": account.id, "username": account.username}
        )


@blueprint.post("/v1/tokens/revoke")
def revoke() -> Response:
    """T6: end the tokens of one session."""
    session_id = json_body(shape({"session-id": SOME_TEXT}, ("session-id",)))["session-id"]
    with backend().database.transaction() as db:
        grant = authenticate(db)
        tokens = [token for token in _tokens_of(db, grant) if token.session_id == session_id]
        if not tokens:
            raise not_found(f"Session {session_id} not found")
        for token in tokens:
            if token.revoked_at is None:
                token.revoked_at = backend().clock.now()
                token.revoked_by = grant.account.username or grant.account.id
        return jsonify(macaroons=[_token_view(token) for token in tokens])


@on_prem.post("/v1/tokens/offline/exchange")
def exchange_offline() -> Response:
    """T10: exchange an admin macaroon for a token that may do everything its account may."""
    text = json_body(shape({"macaroon": SOME_TEXT}, ("macaroon",)))["macaroon"]
    now = backend().clock.now()
    with backend().database.transaction() as db:
        try:
            macaroon = ubuntu_one.deserialize(text)
            record = db.get(RootMacaroon, str(macaroon.identifier))
            if record is None or record.kind != OFFLINE or macaroon.caveats:
                raise ValueError("The admin macaroon was not issued by this store")
            ubuntu_one.verify(macaroon, record.root_key, [])
        except ValueError as error:
            raise StoreError(401, "macaroon-authorization-required", str(error)) from error
        if record.revoked or record.valid_until <= now:
            raise StoreError(
                401, "macaroon-permission-required", "The admin macaroon is expired or was revoked"
            )
        return jsonify(
            macaroon=issue_token(
                db,
                db.get_one(Account, record.account_id),
                Limits(),
                session_id=record.session_id,
                description=record.description,
                now=now,
                valid_until=record.valid_until,
            )
        )


def new_root(kind: str, body: dict[str, Any]) -> RootMacaroon:
    """Return the record of a root macaroon still without keys, from a checked request body."""
    if body.get("permissions") == []:
        raise bad_request("[] should be non-empty at /permissions")
    now = backend().clock.now()
    lifetime = timedelta(seconds=body["ttl"]) if "ttl" in body else default_lifetime()
    return RootMacaroon(
        kind=kind,
        session_id=str(uuid.uuid4()),
        permissions=body.get("permissions"),
        packages=body.get("packages"),
        channels=body.get("channels"),
        description=body.get("description"),
        valid_since=now,
        valid_until=now + lifetime,
    )


def _exchange_pair(*, dashboard: bool) -> Response:
    body = json_body(_EXCHANGE_REQUEST)
    scheme, _, rest = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "macaroon":
        raise StoreError(401, "macaroon-authorization-required", "Authorization is required")
    description = body.get("client-description")
    with backend().database.transaction() as db:
        pair = read_pair(rest)
        if not dashboard:
            root, account = ubuntu_one.verify_pair(db, pair, kind="usso")
            return _exchanged(db, root, account, description)
        grant = dashboard_grant(db, pair)
        return jsonify(
            macaroon=issue_token(
                db,
                grant.account,
                grant.limits,
                session_id=grant.session_id,
                description=description,
                now=backend().clock.now(),
                valid_until=grant.expires or backend().clock.now() + default_lifetime(),
            )
        )


def _exchanged(
    db: Session, root: RootMacaroon, account: Account, description: str | None
) -> Response:
    token = issue_token(
        db,
        account,
        limits_of(root),
        session_id=root.session_id,
        description=description,
        now=backend().clock.now(),
        valid_until=root.valid_until,
    )
    return jsonify(macaroon=token)


def _tokens_of(db: Session, grant: Grant) -> list[Token]:
    query = select(Token).where(Token.account_id == grant.account.id).order_by(Token.valid_since)
    return list(db.scalars(query))


def _token_view(token: Token) -> dict[str, Any]:
    return {
        "description": token.description,
        "revoked-at": zulu_or_none(token.revoked_at),
        "revoked-by": token.revoked_by,
        "session-id": token.session_id,
        "valid-since": zulu(token.valid_since),
        "valid-until": zulu(token.valid_until),
    }


def _completed(db: Session, item: dict[str, Any]) -> dict[str, Any]:
    """Return a package limit with both name and id, as far as they are known."""
    if item.get("id"):
        package = db.get(Package, item["id"])
    else:
        namespace = "snap" if item.get("type") == "snap" else "charm"
        package = named_package(db, item.get("name", ""), namespace)
    return item if package is None else {**item, "name": package.name, "id": package.id}
