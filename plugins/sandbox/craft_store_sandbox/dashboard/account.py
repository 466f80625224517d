"""The account: its snaps, agreement, publisher name and keys.

Source: Snap Store reference, sections 7.1 to 7.4.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from flask import Response, jsonify
from sqlalchemy import or_, select

from craft_store_sandbox.dashboard.access import DashboardBlueprint, authenticate, require_ready
from craft_store_sandbox.serving.errors import DashboardError, invalid_field
from craft_store_sandbox.serving.schemas import SOME_TEXT, read_object
from craft_store_sandbox.snaps.assertion_text import MalformedAssertionError, parse_assertion
from craft_store_sandbox.snaps.channels import channel_of, live_entries, revisions_of, short_name
from craft_store_sandbox.snaps.media import icon_url
from craft_store_sandbox.snaps.registration import GLOBAL_STORE, read_metadata
from craft_store_sandbox.snaps.reviews import settle_uploads
from craft_store_sandbox.state.accounts import publisher_view
from craft_store_sandbox.state.backend import backend
from craft_store_sandbox.state.clock import spaced, zulu
from craft_store_sandbox.state.snap_tables import AccountKey, BrandStore, BrandStoreRole, Snap
from craft_store_sandbox.state.tables import Account, Collaborator, Package

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

blueprint = DashboardBlueprint("account")

_NEWEST = 5
_FIRST_TERMS = "2016-04-06 00:00:00"
_USERNAME = re.compile(r"[a-z0-9](?:-?[a-z0-9]){1,27}")


@blueprint.get("/dev/api/account")
def account_info() -> Response:
    """Return everything of the account at once (section 7.1)."""
    with backend().database.transaction() as db:
        # register-key reads the account with a credential for keys alone.
        account = authenticate(db, "package_access", "modify_account_key").account
        require_ready(account)
        keys = [
            {
                "name": key.name,
                "public-key-sha3-384": key.digest,
                "since": key.since,
                "until": key.until,
            }
            for key in db.scalars(
                select(AccountKey)
                .where(AccountKey.account_id == account.id)
                .order_by(AccountKey.since, AccountKey.name)
            )
        ]
        return jsonify(
            {
                "account-keys": keys,
                "account_id": account.id,
                "account_keys": keys,
                "display-name": account.display_name,
                "displayname": account.display_name,
                "email": account.email,
                "id": account.id,
                "namespace": account.username,
                "openid_identifier": f"{backend().urls.sso}/+id/{account.id}",
                "short_namespace": account.username,
                "snaps": {
                    "16": {snap.package.name: _snap(db, snap) for snap in _snaps(db, account)}
                },
                "stores": _stores(db, account),
                "username": account.username,
                "validation": account.validation,
            }
        )


@blueprint.patch("/dev/api/account")
def account_edit() -> tuple[str, int]:
    """Choose the publisher name, once (section 7.2)."""
    with backend().database.transaction() as db:
        account = authenticate(db, "edit_account").account
        name = read_object({"short_namespace": SOME_TEXT}, ("short_namespace",))["short_namespace"]
        if account.username not in (None, name):
            raise invalid_field("The store username cannot be changed.", "short_namespace")
        if not _USERNAME.fullmatch(name):
            raise invalid_field(
                "The store username should have 2 to 28 lowercase letters, numbers and single"
                " hyphens between them.",
                "short_namespace",
            )
        taken = db.scalar(select(Account).where(Account.username == name))
        if taken is not None and taken.id != account.id:
            raise invalid_field("The store username is taken.", "short_namespace")
        account.username = name
    return "", 204


@blueprint.get("/dev/api/agreement/")
def agreement() -> Response:
    """Return whether the account has accepted the terms (section 7.3)."""
    with backend().database.snapshot() as db:
        return jsonify(_agreement(authenticate(db).account))


@blueprint.post("/dev/api/agreement/", endpoint="agreement_sign")
def sign_agreement() -> Response:
    """Accept the terms (section 7.3)."""
    with backend().database.transaction() as db:
        account = authenticate(db).account
        accepted = read_object({}).get("latest_tos_accepted")
        if accepted is not True:
            raise DashboardError(
                400,
                "bad-request",
                "`latest_tos_accepted` not `true`",
                extra={"latest_tos_accepted": "true"},
            )
        account.agreement_signed = account.latest_terms_accepted = True
        account.terms_accepted_at = backend().clock.now()
        return jsonify(_agreement(account))


@blueprint.post("/dev/api/account/account-key")
def account_key() -> Response:
    """Register a key that signs assertions (section 7.4)."""
    with backend().database.transaction() as db:
        account = authenticate(db, "modify_account_key").account
        field = "account_key_request"
        text = read_object({field: SOME_TEXT}, (field,))[field]
        try:
            headers = parse_assertion(text).headers
        except MalformedAssertionError as error:
            raise invalid_field(f"Invalid account-key-request assertion: {error}", field) from error
        digest, name = headers.get("public-key-sha3-384"), headers.get("name")
        if headers.get("type") != "account-key-request" or not (
            isinstance(digest, str) and isinstance(name, str) and digest and name
        ):
            raise invalid_field(
                "Expected an account-key-request with name and public-key-sha3-384.", field
            )
        if headers.get("account-id") != account.id:
            raise invalid_field("The account-key-request is for another account.", field)
        if db.get(AccountKey, digest) is not None:
            raise invalid_field("The account-key exists already.", field)
        named = select(AccountKey).where(
            AccountKey.account_id == account.id, AccountKey.name == name
        )
        if db.scalar(named) is not None:
            raise invalid_field(f"There is a key named '{name[:80]}' already.", field)
        since = headers.get("since")
        db.add(
            AccountKey(
                digest=digest,
                account_id=account.id,
                name=name,
                since=since if isinstance(since, str) else zulu(backend().clock.now()),
            )
        )
    return jsonify(
        account_key={"account-id": account.id, "name": name, "public-key-sha3-384": digest}
    )


def _agreement(account: Account) -> dict[str, Any]:
    accepted = account.agreement_signed and account.latest_terms_accepted
    date = account.terms_accepted_at
    return {
        "accepted_tos_date": (
            None if not account.agreement_signed else spaced(date) if date else _FIRST_TERMS
        ),
        "latest_tos_accepted": accepted,
        "latest_tos_date": _FIRST_TERMS,
        "tos_url": f"{backend().urls.dashboard}/dev/tos/",
    }


def _snaps(db: Session, account: Account) -> list[Snap]:
    shared = select(Collaborator.package_id).where(Collaborator.account_id == account.id)
    query = (
        select(Snap)
        .join(Package)
        .where(or_(Package.owner_id == account.id, Package.id.in_(shared)))
        .order_by(Package.name)
    )
    return list(db.scalars(query))


def _snap(db: Session, snap: Snap) -> dict[str, Any]:
    package = snap.package
    settle_uploads(backend(), db, package)
    live = live_entries(db, package, backend().clock.now())
    newest = list(revisions_of(db, package).values())[: -_NEWEST - 1 : -1]
    return {
        "icon_url": icon_url(db, package),
        "latest_comments": [],
        "latest_revisions": [
            {
                "architectures": revision.architectures,
                "channels": list(
                    dict.fromkeys(
                        short_name(channel_of(entry))
                        for entry in live
                        if entry.revision == revision.number
                    )
                ),
                "revision": revision.number,
                "since": zulu(revision.created_at),
                "status": revision.status,
                "version": revision.version,
            }
            for revision in newest
        ],
        "price": read_metadata(snap, "price"),
        "private": package.private,
        "publisher": publisher_view(package.owner),
        "since": zulu(package.created_at),
        "snap-id": None if backend().snaps.null_snap_ids else package.id,
        "status": snap.status,
        "store": store_name(db, snap),
        "unlisted": read_metadata(snap, "unlisted"),
    }


def store_name(db: Session, snap: Snap) -> str:
    """Return the name of the store of a snap."""
    brand = db.get(BrandStore, snap.store)
    return "Global" if brand is None else brand.name


def _stores(db: Session, account: Account) -> list[dict[str, Any]]:
    rows = db.scalars(
        select(BrandStoreRole)
        .where(BrandStoreRole.account_id == account.id)
        .order_by(BrandStoreRole.store_id)
    )
    return [
        {"id": GLOBAL_STORE, "name": "Global", "roles": ["view", "access"]},
        *({"id": row.store_id, "name": row.store.name, "roles": row.roles} for row in rows),
    ]
