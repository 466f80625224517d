"""Registering and claiming the names of snaps.

Source: Snap Store reference, sections 7.5 and 7.6.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from flask import Response, jsonify, request
from sqlalchemy import select

from craft_store_sandbox.dashboard.access import (
    DashboardBlueprint,
    authenticate,
    find_package,
    require_ready,
)
from craft_store_sandbox.serving.errors import DashboardError, invalid_field
from craft_store_sandbox.serving.schemas import TEXT, read_object
from craft_store_sandbox.snaps.registration import GLOBAL_STORE, add_snap, name_fault
from craft_store_sandbox.state.backend import backend
from craft_store_sandbox.state.snap_tables import BrandStoreRole, NameClaim
from craft_store_sandbox.state.tables import Account, Package, ReservedName

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

blueprint = DashboardBlueprint("names")

_TAKEN = {
    "already_claimed": ("Name already claimed", "You have already claimed this name."),
    "already_owned": ("Name already owned", "You already own this name."),
    "already_registered": ("Name already registered", "The name is taken."),
    "reserved_name": ("Name reserved", "The name is reserved."),
    "revoked_name": ("Name revoked", "The name is revoked."),
}


@blueprint.post("/dev/api/register-name/")
def register_name() -> tuple[Response, int]:
    """Register a name, or say whether it could be (section 7.5)."""
    with backend().database.transaction() as db:
        account = authenticate(db, "package_register").account
        require_ready(account)
        body = read_object(
            {
                "snap_name": TEXT,
                "series": {"enum": ["16"]},
                "is_private": {"type": ["boolean", "null"]},
                "store": {"type": ["string", "null"]},
                "registrant_comment": {"type": ["string", "null"]},
            },
            ("snap_name", "series"),
        )
        name, store = body["snap_name"], body.get("store") or GLOBAL_STORE
        fault = name_fault(name)
        if fault is not None:
            raise DashboardError(400, "invalid", fault, extra={"name": "snap_name"})
        _check_store(db, account, store)
        _check_free(db, name, account)
        _check_window(db, account)
        if request.args.get("dry_run") == "1":
            return jsonify(snap_id=None, snap_name=name), 200
        snap = add_snap(
            db,
            name,
            account,
            now=backend().clock.now(),
            private=bool(body.get("is_private")),
            store=store,
        )
        return jsonify(snap_id=snap.package_id, snap_name=name), 201


@blueprint.post("/dev/api/register-name-dispute/")
def register_name_dispute() -> tuple[Response, int]:
    """Claim a name that somebody else has (section 7.6)."""
    with backend().database.transaction() as db:
        account = authenticate(db, "package_register").account
        require_ready(account)
        body = read_object({"snap_name": TEXT, "comment": TEXT}, ("snap_name", "comment"))
        name = body["snap_name"]
        package, reserved = find_package(db, name), db.get(ReservedName, name)
        if package is None and reserved is None:
            raise DashboardError(404, "name-not-registered", f"'{name[:80]}' is not registered.")
        if package is not None and package.owner_id == account.id:
            raise DashboardError(
                409, "name-not-available-for-dispute", f"'{name}' is yours already."
            )
        if db.get(NameClaim, (name, account.id)) is not None:
            raise DashboardError(409, "already_claimed", _TAKEN["already_claimed"][1])
        db.add(NameClaim(name=name, account_id=account.id, comment=body["comment"]))
    status_url = f"{backend().urls.dashboard}/register-snap-feedback/{name}/"
    return jsonify(snap_name=name, status_url=status_url), 201


def _check_store(db: Session, account: Account, store: str) -> None:
    if store != GLOBAL_STORE and db.get(BrandStoreRole, (store, account.id)) is None:
        raise invalid_field(f"There is no store '{store[:80]}' for you.", "store")


def _check_free(db: Session, name: str, account: Account) -> None:
    package, reserved = find_package(db, name), db.get(ReservedName, name)
    code = None
    if package is not None and package.owner_id == account.id:
        code = "already_owned"
    elif (package or reserved) and db.get(NameClaim, (name, account.id)) is not None:
        code = "already_claimed"
    elif package is not None:
        code = "already_registered"
    elif reserved is not None:
        code = reserved.code
    if code is None:
        return
    title, detail = _TAKEN[code]
    claim = {"register_name_url": f"{backend().urls.dashboard}/register-snap/?name={name}"}
    raise DashboardError(
        409,
        code,
        detail,
        beside={
            "status": 409,
            "code": code,
            "title": title,
            "detail": detail,
            **(claim if code == "already_registered" else {}),
        },
    )


def _check_window(db: Session, account: Account) -> None:
    """Refuse more registrations than the window allows (section 7.5)."""
    switches = backend().snaps
    if switches.register_limit is None:
        return
    now, window = backend().clock.now(), timedelta(seconds=switches.register_window)
    recent = sorted(
        db.scalars(
            select(Package.created_at).where(
                Package.namespace == "snap",
                Package.owner_id == account.id,
                Package.created_at > now - window,
            )
        ),
        reverse=True,
    )
    if len(recent) < switches.register_limit:
        return
    oldest = recent[switches.register_limit - 1] if recent else now
    wait = max(1, int((oldest + window - now).total_seconds()) + 1)
    raise DashboardError(
        429,
        "register_window",
        f"You must wait {wait} seconds before trying to register another snap.",
        extra={"retry_after": wait},
        beside={"status": 429, "code": "register_window", "retry_after": wait},
    )
