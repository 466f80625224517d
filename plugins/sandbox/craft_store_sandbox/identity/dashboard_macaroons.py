"""Root macaroons of the dashboard: they say themselves what they are limited to.

Whoever holds one may limit it further by adding caveats, so what counts is what the macaroon says
and not what the store remembers (Snap Store reference, sections 4.4 and 18).
"""

from __future__ import annotations

import json
import secrets
import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from pymacaroons import Macaroon

from craft_store_sandbox.identity.ubuntu_one import (
    HeaderPair,
    account_id_of,
    ask_single_sign_on,
    discharge_facts,
    serialize,
    verify,
)
from craft_store_sandbox.serving.errors import DashboardError
from craft_store_sandbox.state.backend import Backend, backend
from craft_store_sandbox.state.clock import parse_caveat_moment, zoneless
from craft_store_sandbox.state.tables import DASHBOARD, Account, RootMacaroon

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

REALM = "Devportal"
LIFETIME = timedelta(days=365)
_HOST = "dashboard.snapcraft.io"


@dataclass(frozen=True)
class Scope:
    """What credentials of the dashboard are limited to; None does not limit.

    Attributes:
        permissions: Names with underscores.
        snap_ids: Ids of snaps.
        channels: Lists of patterns; a channel must match one of each list.
        expires: When the credentials end.
    """

    permissions: frozenset[str] | None = None
    snap_ids: frozenset[str] | None = None
    channels: tuple[tuple[str, ...], ...] = ()
    expires: datetime | None = None

    @property
    def channel_patterns(self) -> list[str] | None:
        """The patterns as one list; None when channels are not limited."""
        if not self.channels:
            return None
        first, *others = self.channels
        return [pattern for pattern in first if all(pattern in other for other in others)]


@dataclass(frozen=True)
class Verified:
    """A verified root with its discharge.

    Attributes:
        account: Whom it names.
        scope: What it is limited to.
        last_auth: When the password was last given.
        session_id: Of the root.
    """

    account: Account
    scope: Scope
    last_auth: datetime | None
    session_id: str


def issue_root(
    store: Backend,
    db: Session,
    scope: Scope,
    *,
    description: str | None = None,
    account: Account | None = None,
) -> str:
    """Make a root macaroon.

    Args:
        store: The store that issues it.
        db: The transaction; a record of the root is added to it.
        scope: Becomes its caveats.
        description: Label.
        account: Whose root it is; it needs no discharge then (section 5.1, legacy use).

    Returns:
        A version 1 binary macaroon, base64url without padding.
    """
    now = store.clock.now()
    record = RootMacaroon(
        identifier=str(uuid.uuid4()),
        kind=DASHBOARD,
        session_id=str(uuid.uuid4()),
        root_key=secrets.token_bytes(32),
        account_id=None if account is None else account.id,
        description=description,
        valid_since=now,
        valid_until=scope.expires or now + LIFETIME,
    )
    db.add(record)
    root = Macaroon(location=_HOST, identifier=record.identifier, key=record.root_key)
    if scope.permissions is not None:
        root.add_first_party_caveat(f"{_HOST}|acl|{json.dumps(sorted(scope.permissions))}")
    root.add_first_party_caveat(f"{_HOST}|valid_since|{zoneless(now)}")
    if scope.snap_ids is not None:
        root.add_first_party_caveat(f"{_HOST}|package_id|{json.dumps(sorted(scope.snap_ids))}")
    for patterns in scope.channels:
        root.add_first_party_caveat(f"{_HOST}|channel|{json.dumps(list(patterns))}")
    if account is None:
        ask_single_sign_on(store, root)
    root.add_first_party_caveat(f"{_HOST}|expires|{zoneless(record.valid_until)}")
    return serialize(root)


def verify_dashboard_pair(db: Session, pair: HeaderPair) -> Verified:
    """Verify a root of the dashboard and its discharge.

    Args:
        db: The transaction.
        pair: What the header holds.

    Raises:
        DashboardError: 401; its code, header and text are chosen by cause (section 5.5).
    """
    record = db.get(RootMacaroon, pair.identifier)
    try:
        if record is None or record.kind != DASHBOARD:
            raise ValueError("The root macaroon was not issued by this store")
        verify(pair.root, record.root_key, pair.discharges)
        scope = _read_scope(pair.root)
        facts = {} if pair.discharge is None else discharge_facts(pair.discharge)
        account = db.get(Account, account_id_of(facts) if facts else record.account_id)
        if account is None or account.suspended or account.deactivated:
            raise ValueError("The account cannot log in")
        moments = {
            key: parse_caveat_moment(facts[key])
            for key in ("valid_since", "last_auth", "expires")
            if facts
        }
    except (ValueError, KeyError) as error:
        raise authorization_required(str(error)) from error
    now = backend().clock.now()
    if record.revoked or (scope.expires is not None and scope.expires <= now):
        raise DashboardError(
            401, "macaroon-permission-required", "The macaroon is expired or was revoked."
        )
    if moments and _is_stale(moments, account, now):
        raise needs_refresh(now - moments["valid_since"])
    return Verified(account, scope, moments.get("last_auth"), record.session_id)


def authorization_required(message: str) -> DashboardError:
    """Return 401 for no credentials, or for such as are none of this store."""
    return DashboardError(
        401,
        "macaroon-authorization-required",
        message,
        extra={"realm": REALM},
        headers={"WWW-Authenticate": f'Macaroon realm="{REALM}"'},
    )


def needs_refresh(age: timedelta) -> DashboardError:
    """401 that asks for a new discharge, by the signals that are switched on (section 5.5)."""
    signal = backend().snaps.refresh_signal
    seconds = int(age.total_seconds())
    code: str | None = "macaroon-needs-refresh"
    message = f"Expired macaroon (age: {seconds} seconds)"
    if signal == "header":
        code, message = "macaroon-permission-required", "Permission is required"
    elif signal == "code":
        message = "The discharge is too old"
    elif signal == "text":
        code = None
    headers = (
        {"WWW-Authenticate": "Macaroon needs_refresh=1"} if signal in ("all", "header") else {}
    )
    return DashboardError(401, code, message, extra={"age": seconds}, headers=headers)


def _is_stale(moments: dict[str, datetime], account: Account, now: datetime) -> bool:
    switches = backend().snaps
    forced = switches.refresh_before
    return (
        moments["expires"] <= now
        or (switches.stale_logins and moments["valid_since"] <= moments["last_auth"])
        or (forced is not None and moments["valid_since"] <= forced)
        or (account.logged_in_since is not None and moments["last_auth"] <= account.logged_in_since)
    )


def _read_scope(root: Macaroon) -> Scope:
    """Return what the caveats of a root say together: each can only take away.

    Raises:
        ValueError: A caveat is unknown, malformed or not met.
    """
    scope = Scope()
    for caveat in root.first_party_caveats():
        parts = str(caveat.caveat_id).split("|", 2)
        if len(parts) != 3 or parts[0] != _HOST:
            raise ValueError(f"The root macaroon has an unknown caveat: {caveat.caveat_id}")
        scope = _narrowed(scope, parts[1], parts[2])
    return scope


def _narrowed(scope: Scope, key: str, value: str) -> Scope:
    if key == "acl":
        names = frozenset(_texts(value))
        held = scope.permissions
        return replace(scope, permissions=names if held is None else held & names)
    if key == "package_id":
        ids = frozenset(_texts(value))
        held = scope.snap_ids
        return replace(scope, snap_ids=ids if held is None else held & ids)
    if key == "channel":
        return replace(scope, channels=(*scope.channels, tuple(_texts(value))))
    if key == "expires":
        moment = parse_caveat_moment(value)
        return replace(scope, expires=min(moment, scope.expires or moment))
    if key == "valid_since":
        if parse_caveat_moment(value) > backend().clock.now():
            raise ValueError("The root macaroon is not valid yet")
        return scope
    raise ValueError(f"The root macaroon has an unknown caveat: {key}")


def _texts(value: str) -> list[str]:
    try:
        items: Any = json.loads(value)
    except RecursionError as error:
        raise ValueError("A caveat of the root macaroon is nested too deeply") from error
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise ValueError("A caveat of the root macaroon is not a list of texts")
    return items
