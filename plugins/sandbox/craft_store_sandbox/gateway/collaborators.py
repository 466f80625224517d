"""Collaborators and invitations (Publisher Gateway reference, section 7)."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, jsonify
from sqlalchemy import select

from craft_store_sandbox.identity.authorization import Grant, authenticate, package_for
from craft_store_sandbox.serving.errors import bad_request, not_found, permission_required
from craft_store_sandbox.serving.schemas import SOME_TEXT, json_body, shape
from craft_store_sandbox.state.accounts import account_view
from craft_store_sandbox.state.backend import backend
from craft_store_sandbox.state.clock import zulu, zulu_or_none
from craft_store_sandbox.state.keys import fingerprint
from craft_store_sandbox.state.packages import NAMESPACE, named_package
from craft_store_sandbox.state.tables import Account, Collaborator, Invite, Package

blueprint = Blueprint("collaborators", __name__)

INVITE_LIFETIME = timedelta(days=30)
_ROLE = "package-collaborator"
_INVITES = shape(
    {
        "invites": {
            "type": "array",
            "minItems": 1,
            "items": shape({"email": SOME_TEXT}, ("email",)),
        }
    },
    ("invites",),
)
_TOKEN = shape({"token": SOME_TEXT}, ("token",))


@blueprint.get(f"{NAMESPACE}/<name>/collaborators")
def list_collaborators(namespace: str, name: str) -> Response:
    """A1: return who shares a package."""
    with backend().database.snapshot() as db:
        package = package_for(db, authenticate(db, "package-view-acl"), name, namespace)
        rows = db.scalars(
            select(Collaborator)
            .where(Collaborator.package_id == package.id)
            .order_by(Collaborator.created_at)
        )
        return jsonify(
            collaborators=[
                {
                    "account": account_view(row.account),
                    "created-at": zulu(row.created_at),
                    "created-by": account_view(row.created_by),
                    "permissions": [_ROLE],
                    "updated-at": None,
                }
                for row in rows
            ],
            publisher=account_view(package.owner),
        )


@blueprint.get(f"{NAMESPACE}/<name>/collaborators/invites")
def list_invites(namespace: str, name: str) -> Response:
    """A2: return all invitations, whatever became of them."""
    with backend().database.snapshot() as db:
        package = package_for(db, authenticate(db, "package-view-acl"), name, namespace)
        rows = db.scalars(
            select(Invite).where(Invite.package_id == package.id).order_by(Invite.created_at)
        )
        return jsonify(invites=[_invite_view(row) for row in rows])


@blueprint.post(f"{NAMESPACE}/<name>/collaborators/invites")
def invite(namespace: str, name: str) -> tuple[Response, int]:
    """A3: invite people; the inviter forwards the tokens."""
    emails = [item["email"] for item in json_body(_INVITES)["invites"]]
    with backend().database.transaction() as db:
        grant = authenticate(db, "package-manage-acl")
        package = package_for(db, grant, name, namespace)
        _require_publisher(grant, package)
        now = backend().clock.now()
        tokens = []
        for email in emails:
            token = secrets.token_urlsafe(24)
            db.add(
                Invite(
                    token_digest=fingerprint(token),
                    package_id=package.id,
                    email=email.lower(),
                    created_at=now,
                    created_by_id=grant.account.id,
                    expires_at=now + INVITE_LIFETIME,
                )
            )
            tokens.append({"email": email, "token": token})
    return jsonify(tokens=tokens), 201


@blueprint.post(f"{NAMESPACE}/<name>/collaborators/invites/revoke")
def revoke_invites(namespace: str, name: str) -> tuple[str, int]:
    """A4: take invitations back."""
    emails = {item["email"].lower() for item in json_body(_INVITES)["invites"]}
    with backend().database.transaction() as db:
        grant = authenticate(db, "package-manage-acl")
        package = package_for(db, grant, name, namespace)
        _require_publisher(grant, package)
        rows = list(
            db.scalars(
                select(Invite).where(
                    Invite.package_id == package.id,
                    Invite.email.in_(emails),
                    Invite.revoked_at.is_(None),
                )
            )
        )
        missing = sorted(emails - {row.email for row in rows})
        if missing:
            raise not_found(f"No invite for {missing[0]}")
        for row in rows:
            row.revoked_at, row.revoked_by_id = backend().clock.now(), grant.account.id
    return "", 204


@blueprint.post(f"{NAMESPACE}/<name>/collaborators/invites/accept")
def accept_invite(namespace: str, name: str) -> tuple[str, int]:
    """A5: become a collaborator."""
    return _answer(namespace, name, accept=True)


@blueprint.post(f"{NAMESPACE}/<name>/collaborators/invites/reject")
def reject_invite(namespace: str, name: str) -> tuple[str, int]:
    """A5: decline."""
    return _answer(namespace, name, accept=False)


def _answer(namespace: str, name: str, *, accept: bool) -> tuple[str, int]:
    token = json_body(_TOKEN)["token"]
    with backend().database.transaction() as db:
        grant = authenticate(db)
        package = named_package(db, name, namespace)
        row = db.get(Invite, fingerprint(token))
        if package is None or row is None or row.package_id != package.id:
            raise not_found("Invite not found")
        now = backend().clock.now()
        if row.revoked_at is not None:
            raise bad_request("Invite token has been revoked")
        if row.accepted_at is not None:
            raise bad_request("Invite token has been used")
        if row.expires_at <= now:
            raise bad_request("Invite token has expired")
        if row.email != grant.account.email:
            raise bad_request("Invite token is for another account")
        if not accept:
            row.revoked_at, row.revoked_by_id = now, grant.account.id
            return "", 204
        row.accepted_at, row.accepted_by_id = now, grant.account.id
        if db.get(Collaborator, (package.id, grant.account.id)) is None:
            db.add(
                Collaborator(
                    package_id=package.id,
                    account_id=grant.account.id,
                    created_at=now,
                    created_by_id=row.created_by_id,
                )
            )
    return "", 204


def _require_publisher(grant: Grant, package: Package) -> None:
    if package.owner_id != grant.account.id:
        raise permission_required("Only the publisher can manage collaborators")


def _invite_view(row: Invite) -> dict[str, Any]:
    return {
        "accepted-at": zulu_or_none(row.accepted_at),
        "accepted-by": _person(row.accepted_by),
        "created-at": zulu(row.created_at),
        "created-by": _person(row.created_by),
        "email": row.email,
        "expires-at": zulu(row.expires_at),
        "invite-type": _ROLE,
        "revoked-at": zulu_or_none(row.revoked_at),
        "revoked-by": _person(row.revoked_by),
    }


def _person(account: Account | None) -> dict[str, Any] | None:
    return None if account is None else account_view(account)
