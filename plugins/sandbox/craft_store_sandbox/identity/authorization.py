"""Who calls, and what the token lets them do (Publisher Gateway reference, 3.2 and 3.3)."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from flask import request

from craft_store_sandbox.identity import ubuntu_one
from craft_store_sandbox.identity.dashboard_macaroons import verify_dashboard_pair
from craft_store_sandbox.serving.errors import (
    DischargeRequiredError,
    StoreError,
    not_found,
    permission_required,
)
from craft_store_sandbox.state.backend import backend
from craft_store_sandbox.state.channels import Channel, channel_allowed
from craft_store_sandbox.state.keys import fingerprint, new_token
from craft_store_sandbox.state.packages import named_package
from craft_store_sandbox.state.tables import (
    DASHBOARD,
    Account,
    Collaborator,
    Package,
    RootMacaroon,
    Token,
)

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_SCHEMES = {"macaroon", "bearer"}
_SHORTHANDS = ("package-manage", "package-view")
_HERE = {
    "package_access": ("account-view-packages", "package-view"),
    "package_manage": ("package-manage-acl", "package-manage-metadata"),
    "package_metrics": ("package-view-metrics",),
    "package_push": ("package-manage-revisions",),
    "package_register": ("account-register-package",),
    "package_release": ("package-manage-releases",),
    "package_update": ("package-manage-metadata",),
    "package_upload": ("package-manage-releases", "package-manage-revisions"),
}
"""What permissions of the dashboard are worth at the gateway."""


@dataclass(frozen=True)
class Limits:
    """What a token is limited to; None means not limited in that dimension."""

    permissions: list[str] | None = None
    packages: list[dict[str, Any]] | None = None
    channels: list[str] | None = None


@dataclass(frozen=True)
class Grant:
    """An authenticated account with the limits of its token."""

    account: Account
    limits: Limits
    session_id: str
    expires: datetime | None = None

    def require(self, permission: str) -> None:
        """Check a permission.

        Raises:
            StoreError: 401 ``permission-required``.
        """
        if self.limits.permissions is None or permission in self.limits.permissions:
            return
        for shorthand in _SHORTHANDS:
            if permission.startswith(f"{shorthand}-") and shorthand in self.limits.permissions:
                return
        raise permission_required(f"Missing required permission: {permission}")

    def require_package(self, package_type: str, name: str, package_id: str | None) -> None:
        """Check that the token reaches a package.

        Raises:
            StoreError: 401 ``permission-required``.
        """
        if self.limits.packages is None:
            return
        for item in self.limits.packages:
            same = item.get("name") == name or (
                package_id is not None and item.get("id") == package_id
            )
            if item["type"] == package_type and same:
                return
        raise permission_required("Package access not allowed")

    def require_channel(self, channel: Channel, default_track: str) -> None:
        """Check that the token reaches a channel.

        Raises:
            StoreError: 401 ``permission-required``.
        """
        patterns = self.limits.channels
        if patterns is not None and not channel_allowed(channel, patterns, default_track):
            raise permission_required(f"Channel access not allowed: {channel}")


def authenticate(db: Session, permission: str | None = None) -> Grant:
    """Return the grant of the current request.

    Args:
        db: The transaction.
        permission: What the operation needs; None takes any token.

    Raises:
        StoreError: 401, its body chosen by cause (section 3.16).
    """
    scheme, _, rest = request.headers.get("Authorization", "").partition(" ")
    rest = rest.strip()
    if not rest or scheme.lower() not in _SCHEMES:
        raise StoreError(401, "macaroon-authorization-required", "Authorization is required")
    grant = _pair_grant(db, rest) if "root=" in rest.lower() else _token_grant(db, rest)
    if permission is not None:
        grant.require(permission)
    return grant


def has_authorization() -> bool:
    """Return whether the current request names any credentials."""
    return "Authorization" in request.headers


def read_pair(value: str) -> ubuntu_one.HeaderPair:
    """Decode ``root=..., discharge=...``.

    Raises:
        StoreError: 401 ``macaroon-authorization-required``.
    """
    try:
        return ubuntu_one.read_header(value)
    except ValueError as error:
        raise StoreError(401, "macaroon-authorization-required", str(error)) from error


def _pair_grant(db: Session, value: str) -> Grant:
    pair = read_pair(value)
    record = db.get(RootMacaroon, pair.identifier)
    if record is not None and record.kind == DASHBOARD:
        return dashboard_grant(db, pair)
    root, account = ubuntu_one.verify_pair(db, pair, kind="usso")
    return Grant(account, limits_of(root), root.session_id)


def dashboard_grant(db: Session, pair: ubuntu_one.HeaderPair) -> Grant:
    """Return what a login to the dashboard may do at the gateway.

    Source: Snap Store reference, sections 5.11 and 7.7.

    Raises:
        StoreError: 401, as the dashboard says it.
    """
    verified = verify_dashboard_pair(db, pair)
    scope = verified.scope
    permissions = scope.permissions
    limits = Limits(
        None
        if permissions is None
        else sorted({name for item in permissions for name in _HERE.get(item, ())}),
        None if scope.snap_ids is None else [{"type": "snap", "id": x} for x in scope.snap_ids],
        scope.channel_patterns,
    )
    return Grant(verified.account, limits, verified.session_id, scope.expires)


def _token_grant(db: Session, text: str) -> Grant:
    token = db.get(Token, fingerprint(text))
    now = backend().clock.now()
    if token is None and _looks_like_macaroon(text):
        raise StoreError(
            401, "macaroon-authorization-required", "The macaroon was not issued by this store"
        )
    if token is None or token.revoked_at is not None:
        raise StoreError(401, "macaroon-permission-required", "The token is not valid")
    if token.valid_until <= now:
        raise DischargeRequiredError
    return Grant(token.account, limits_of(token), token.session_id)


def _looks_like_macaroon(text: str) -> bool:
    try:
        first = base64.urlsafe_b64decode(text[:8] + "=" * (-len(text[:8]) % 4))[:1]
    except (ValueError, binascii.Error):
        return False
    return first == b"\x02" or (first.isalnum() and first in b"0123456789abcdef{")


def limits_of(source: RootMacaroon | Token) -> Limits:
    """Return the limits that a root macaroon or a token carries."""
    return Limits(source.permissions, source.packages, source.channels)


def issue_token(
    db: Session,
    account: Account,
    limits: Limits,
    *,
    session_id: str,
    description: str | None,
    now: datetime,
    valid_until: datetime,
) -> str:
    """Make an exchanged token and keep its hash.

    Returns:
        The token: nobody can read it again.
    """
    text = new_token()
    db.add(
        Token(
            digest=fingerprint(text),
            session_id=session_id,
            account_id=account.id,
            permissions=limits.permissions,
            packages=limits.packages,
            channels=limits.channels,
            description=description,
            valid_since=now,
            valid_until=valid_until,
        )
    )
    return text


def default_lifetime() -> timedelta:
    """Return how long a token lives when nobody says: a year (section 3.4)."""
    return timedelta(seconds=31_536_000)


def package_for(db: Session, grant: Grant, name: str, namespace: str = "charm") -> Package:
    """Return the package that a request names, when the account and its token reach it.

    Args:
        db: The transaction.
        grant: Who asks.
        name: The name.
        namespace: ``charm`` or ``snap``.

    Raises:
        StoreError: 404 for unknown names and other people's, 401 for a token limited elsewhere.
    """
    package = named_package(db, name, namespace)
    if package is None:
        grant.require_package(namespace, name, None)
        raise not_found(f"Name {name} not found in the {namespace} namespace")
    grant.require_package(restriction_type(package), package.name, package.id)
    if package.owner_id != grant.account.id and not _collaborates(db, grant, package):
        raise not_found(f"Name {name} not found in the {namespace} namespace")
    return package


def restriction_type(package: Package) -> str:
    """Return what tokens that are limited to a package call its type."""
    return package.type if package.namespace == "charm" else package.namespace


def _collaborates(db: Session, grant: Grant, package: Package) -> bool:
    return db.get(Collaborator, (package.id, grant.account.id)) is not None
