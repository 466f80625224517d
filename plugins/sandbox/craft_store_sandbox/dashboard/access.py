"""The dashboard's routes, who calls them, and how far the credentials reach.

Source: Snap Store reference, sections 2.1, 2.2, 5.5 and 5.10.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, request
from sqlalchemy import select

from craft_store_sandbox.identity import candid_macaroons
from craft_store_sandbox.identity.dashboard_macaroons import (
    Scope,
    authorization_required,
    verify_dashboard_pair,
)
from craft_store_sandbox.identity.ubuntu_one import read_header
from craft_store_sandbox.serving.errors import DashboardError, DischargeRequiredError, StoreError
from craft_store_sandbox.state.backend import backend
from craft_store_sandbox.state.keys import fingerprint
from craft_store_sandbox.state.snap_tables import Snap
from craft_store_sandbox.state.tables import Account, Collaborator, Package, RootMacaroon, Token

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from craft_store_sandbox.state.channels import Channel

_VERSION = secrets.token_hex(20)
_PRIVATE = "max-age=0, no-cache, no-store, must-revalidate, private"
_UNCACHED = ("api-acl", "api-tokens", "api-account")
CANDID = "dashboard-candid"
"""The kind of root macaroons that the identity service discharges for the dashboard."""


class DashboardBlueprint(Blueprint):
    """A blueprint of the dashboard (Snap Store reference, sections 2.1 and 2.2).

    Both spellings of a path are served, never by a redirect: many clients turn a redirected POST
    into a GET.
    """

    def __init__(self, name: str) -> None:
        super().__init__(f"dashboard-{name}", __name__)
        self.after_request(_describe)

    def add_url_rule(self, rule: str, *args: Any, **options: Any) -> None:
        """Add a route, tolerant of the slash."""
        options.setdefault("strict_slashes", False)
        super().add_url_rule(rule, *args, **options)


def _describe(response: Response) -> Response:
    view = "api-" + (request.endpoint or "").rpartition(".")[2].replace("_", "-")
    response.headers["x-view-name"] = view
    response.headers["x-vcs-revision"] = _VERSION
    response.headers["vary"] = "Authorization,Accept-Language"
    response.headers["content-language"] = "en"
    if view.startswith(_UNCACHED):
        response.headers["cache-control"] = _PRIVATE
    return response


@dataclass(frozen=True)
class DashboardGrant:
    """An authenticated account with the limits of its credentials."""

    account: Account
    scope: Scope
    last_auth: datetime | None = None

    def holds(self, *permissions: str) -> bool:
        """Return whether the credentials carry one of some permissions."""
        held = self.scope.permissions
        return held is None or any(permission in held for permission in permissions)

    def require(self, *permissions: str) -> None:
        """Check that the credentials carry one of some permissions.

        Raises:
            DashboardError: 403 ``macaroon-permission-required``.
        """
        if not self.holds(*permissions):
            raise DashboardError(
                403,
                "macaroon-permission-required",
                f"Permission is required: {permissions[0]}",
                beside={"permission": permissions[0]},
            )

    def require_channel(self, channel: Channel) -> None:
        """Check that the credentials reach a channel, in either spelling.

        Raises:
            DashboardError: 403 ``invalid-channel-permission``.
        """
        for patterns in self.scope.channels:
            if not any(
                fnmatchcase(name, pattern) for name in spellings(channel) for pattern in patterns
            ):
                raise DashboardError(
                    403,
                    "invalid-channel-permission",
                    f"The macaroon allows the channels {', '.join(patterns)}, not {channel}.",
                    beside={"permission": "channel", "channels": list(patterns)},
                )


def spellings(channel: Channel) -> set[str]:
    """Return the names of a channel: the track ``latest`` may be left out."""
    return {str(channel), str(channel).removeprefix("latest/")}


def authenticate(db: Session, *permissions: str) -> DashboardGrant:
    """Return the grant of the current request.

    Args:
        db: The transaction.
        permissions: One of these is needed; none takes any credentials.

    Raises:
        DashboardError: 401 or 403 (section 5.5).
    """
    grant = _grant(db, request.headers.get("Authorization"), request.headers.get("Macaroons"))
    if permissions:
        grant.require(*permissions)
    return grant


def grant_of(db: Session, authorization: str) -> DashboardGrant:
    """Return the grant of an ``Authorization`` header, wherever it came from.

    Raises:
        DashboardError: 401.
    """
    return _grant(db, authorization, None)


def _grant(db: Session, authorization: str | None, macaroons: str | None) -> DashboardGrant:
    if authorization is None and macaroons is not None:
        return _candid_grant(db, macaroons)
    scheme, _, rest = (authorization or "").strip().partition(" ")
    if scheme.lower() not in ("macaroon", "bearer") or not rest.strip():
        raise authorization_required("Authorization is required.")
    if "root=" not in rest.lower():
        return _token_grant(db, rest.strip())
    try:
        pair = read_header(rest)
    except ValueError as error:
        raise authorization_required(str(error)) from error
    verified = verify_dashboard_pair(db, pair)
    return DashboardGrant(verified.account, verified.scope, verified.last_auth)


def _token_grant(db: Session, text: str) -> DashboardGrant:
    token = db.get(Token, fingerprint(text))
    if token is None:
        raise authorization_required("The token was not issued by this store.")
    if token.revoked_at is not None or token.valid_until <= backend().clock.now():
        raise DashboardError(
            401, "macaroon-permission-required", "The token is expired or was revoked."
        )
    return DashboardGrant(token.account, scope_of(db, token))


def _candid_grant(db: Session, value: str) -> DashboardGrant:
    root, account = candid_set(db, value)
    return DashboardGrant(account, scope_of(db, root))


def candid_set(db: Session, value: str) -> tuple[RootMacaroon, Account]:
    """Verify a ``Macaroons`` header (section 5.8).

    Raises:
        StoreError: 401, in the dashboard's spelling or the bakery's.
    """
    try:
        return candid_macaroons.verify_header(db, value, kind=CANDID)
    except DischargeRequiredError:
        raise
    except StoreError as error:
        raise DashboardError(error.status, error.code, error.message) from error


def scope_of(db: Session, source: RootMacaroon | Token) -> Scope:
    """Return the limits that a record carries, with snaps by their ids."""
    ids = None
    if source.packages is not None:
        ids = frozenset(filter(None, (_snap_id(db, item) for item in source.packages)))
    return Scope(
        None if source.permissions is None else frozenset(source.permissions),
        ids,
        () if source.channels is None else (tuple(source.channels),),
        source.valid_until,
    )


def _snap_id(db: Session, item: dict[str, str]) -> str | None:
    named = item.get("snap_id") or item.get("id")
    if named or item.get("type", "snap") != "snap":
        return named
    package = find_package(db, item.get("name", ""))
    return None if package is None else package.id


def find_package(db: Session, name: str) -> Package | None:
    """Return the package of a snap, or None."""
    return db.scalar(select(Package).where(Package.namespace == "snap", Package.name == name))


def snap_named(db: Session, grant: DashboardGrant, name: str) -> Snap:
    """Return the snap of a name, when the account and its credentials reach it.

    Raises:
        DashboardError: 404 ``resource-not-found``, 403 otherwise.
    """
    package = find_package(db, name)
    if package is None:
        raise snap_not_found(f"Snap not found for name={name[:80]!r}")
    return _reachable(db, grant, package)


def snap_with_id(db: Session, grant: DashboardGrant, snap_id: str) -> Snap:
    """Return the snap of an id; otherwise as `snap_named`."""
    package = db.get(Package, snap_id)
    if package is None or package.namespace != "snap":
        raise snap_not_found(f"Snap not found for snap_id={snap_id[:80]!r}")
    return _reachable(db, grant, package)


def snap_not_found(message: str) -> DashboardError:
    """Return 404 ``resource-not-found``."""
    return DashboardError(404, "resource-not-found", message)


def _reachable(db: Session, grant: DashboardGrant, package: Package) -> Snap:
    ids = grant.scope.snap_ids
    if ids is not None and package.id not in ids:
        raise DashboardError(
            403,
            "macaroon-permission-required",
            f"The macaroon does not allow the snap {package.name!r}.",
            beside={"permission": "package_id"},
        )
    mine = package.owner_id == grant.account.id
    if not mine and db.get(Collaborator, (package.id, grant.account.id)) is None:
        raise DashboardError(
            403,
            "resource-forbidden",
            f"Not allowed: you are neither publisher nor collaborator of {package.name!r}.",
        )
    return db.get_one(Snap, package.id)


def require_ready(account: Account) -> None:
    """Refuse an account that has something left to do (section 7.1).

    Raises:
        DashboardError: 403 ``user-not-ready`` or ``user-missing-latest-tos``.
    """
    url = f"{backend().urls.dashboard}/dev"
    if not account.agreement_signed:
        raise DashboardError(
            403,
            "user-not-ready",
            "Developer has not signed agreement.",
            extra={"url": f"{url}/tos/", "api": f"{url}/api/agreement/"},
        )
    if account.username is None:
        raise DashboardError(
            403,
            "user-not-ready",
            "Developer profile is missing short namespace.",
            extra={"url": f"{url}/account/", "api": f"{url}/api/account"},
        )
    if not account.latest_terms_accepted:
        raise DashboardError(
            403,
            "user-missing-latest-tos",
            "Developer has not accepted the latest terms of service.",
            extra={"url": f"{url}/tos/", "api": f"{url}/api/agreement/"},
        )
