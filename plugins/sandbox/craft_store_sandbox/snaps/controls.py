"""What tests and demonstrations do to the snap side of a sandbox, past its API.

Sections are those of the Snap Store reference.
"""

from __future__ import annotations

import base64
import json
import secrets
import uuid
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pyotp
from pymacaroons import Macaroon
from sqlalchemy import select

from craft_store_sandbox.identity import ubuntu_one
from craft_store_sandbox.identity.dashboard_macaroons import Scope, issue_root
from craft_store_sandbox.snaps.media import replace_media
from craft_store_sandbox.snaps.registration import (
    GLOBAL_STORE,
    add_snap,
    name_fault,
    write_metadata,
)
from craft_store_sandbox.snaps.releasing import find_snap_revision
from craft_store_sandbox.snaps.reviews import decide, settle_uploads
from craft_store_sandbox.state.packages import named_package
from craft_store_sandbox.state.snap_tables import (
    GATED,
    Assertion,
    BrandStore,
    BrandStoreRole,
    Metric,
    Snap,
)
from craft_store_sandbox.state.tables import (
    DASHBOARD,
    OFFLINE,
    Account,
    Collaborator,
    Guardrail,
    ReservedName,
    RootMacaroon,
    Track,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy.orm import Session

    from craft_store_sandbox.state.accounts import AccountInfo
    from craft_store_sandbox.state.backend import Backend
    from craft_store_sandbox.state.clock import Clock
    from craft_store_sandbox.state.settings import SnapSwitches

_YEAR_SECONDS = 31_536_000


@dataclass(frozen=True)
class SnapMacaroons:
    """Credentials of the dashboard, as a login leaves them.

    Attributes:
        root: The root macaroon.
        discharge: The discharge, not bound to the root.
    """

    root: str = field(repr=False)
    discharge: str = field(repr=False)

    @property
    def authorization(self) -> str:
        """The ``Authorization`` header."""
        root = ubuntu_one.deserialize(self.root)
        bound = root.prepare_for_request(ubuntu_one.deserialize(self.discharge))
        return f"Macaroon root={self.root}, discharge={ubuntu_one.serialize(bound)}"

    @property
    def exported(self) -> str:
        """What snapcraft exports and keyrings hold (Snap Store reference, section 6.1)."""
        content = {"t": "u1-macaroon", "v": {"r": self.root, "d": self.discharge}}
        return base64.b64encode(json.dumps(content).encode()).decode()


class SnapControls:
    """The snap part of `Sandbox`."""

    clock: Clock
    snaps: SnapSwitches

    @property
    def _backend(self) -> Backend:
        raise NotImplementedError

    def add_snap(
        self,
        name: str,
        owner: AccountInfo,
        *,
        tracks: Iterable[str] = (),
        guardrails: Iterable[str] = (),
        collaborators: Iterable[AccountInfo] = (),
        private: bool = False,
        store: str = GLOBAL_STORE,
        status: str = "Approved",
    ) -> str:
        """Register a snap for an account.

        Args:
            name: The name.
            owner: Its publisher.
            tracks: Tracks besides ``latest``.
            guardrails: Patterns of the tracks that the publisher may create.
            collaborators: Who may work on it, too.
            private: Hide it from everybody else.
            store: Id of the store that it is in.
            status: ``Approved``, ``Revoked`` or another word for a registration.

        Returns:
            The snap id.

        Raises:
            ValueError: The name is taken or malformed.
        """
        now = self.clock.now()
        fault = name_fault(name)
        if fault is not None:
            raise ValueError(fault)
        with self._backend.database.transaction() as db:
            if named_package(db, name, "snap") is not None:
                raise ValueError(f"Name {name!r} is already registered")
            account = db.get_one(Account, owner.id)
            snap = add_snap(db, name, account, now=now, private=private, store=store)
            snap.status = status
            package = snap.package
            package.tracks.extend(Track(name=track, created_at=now) for track in tracks)
            package.guardrails.extend(
                Guardrail(pattern=pattern, created_at=now) for pattern in guardrails
            )
            db.add_all(
                Collaborator(
                    package_id=package.id,
                    account_id=other.id,
                    created_at=now,
                    created_by_id=owner.id,
                )
                for other in collaborators
            )
            return package.id

    def issue_dashboard_root(
        self,
        *,
        permissions: Sequence[str] | None = None,
        packages: Sequence[str] | None = None,
        channels: Sequence[str] | None = None,
        ttl: float = _YEAR_SECONDS,
    ) -> str:
        """Issue a root macaroon of the dashboard, which single sign-on has still to discharge.

        Args:
            permissions: With underscores; None does not limit; so for the next two.
            packages: Names of snaps.
            channels: Names or shell-style patterns.
            ttl: Lifetime in seconds of the sandbox's clock.

        Raises:
            ValueError: There is no such snap.
        """
        with self._backend.database.transaction() as db:
            ids = None if packages is None else [self._snap(db, x).package_id for x in packages]
            scope = Scope(
                None if permissions is None else frozenset(permissions),
                None if ids is None else frozenset(ids),
                () if channels is None else (tuple(channels),),
                self.clock.now() + timedelta(seconds=ttl),
            )
            return issue_root(self._backend, db, scope)

    def issue_snap_macaroons(
        self,
        account: AccountInfo,
        *,
        permissions: Sequence[str] | None = None,
        packages: Sequence[str] | None = None,
        channels: Sequence[str] | None = None,
        ttl: float = _YEAR_SECONDS,
    ) -> SnapMacaroons:
        """Issue credentials of the dashboard; arguments as `issue_dashboard_root`."""
        root = self.issue_dashboard_root(
            permissions=permissions, packages=packages, channels=channels, ttl=ttl
        )
        (caveat,) = ubuntu_one.deserialize(root).third_party_caveats()
        with self._backend.database.snapshot() as db:
            row = db.get_one(Account, account.id)
        discharge = ubuntu_one.discharge(self._backend, str(caveat.caveat_id), row)
        return SnapMacaroons(root, discharge)

    def issue_admin_macaroon(self, account: AccountInfo, *, ttl: float = _YEAR_SECONDS) -> str:
        """Issue the macaroon of an Enterprise Store's administrator.

        Source: Snap Store reference, section 15.2.

        It is the value of the variable ``SNAPCRAFT_ADMIN_MACAROON``.

        Args:
            account: Whose tokens it gives.
            ttl: Lifetime in seconds of the sandbox's clock.
        """
        now = self.clock.now()
        record = RootMacaroon(
            identifier=str(uuid.uuid4()),
            kind=OFFLINE,
            session_id=str(uuid.uuid4()),
            root_key=secrets.token_bytes(32),
            account_id=account.id,
            valid_since=now,
            valid_until=now + timedelta(seconds=ttl),
        )
        with self._backend.database.transaction() as db:
            db.add(record)
        macaroon = Macaroon(
            location="store.on-prem", identifier=record.identifier, key=record.root_key
        )
        return ubuntu_one.serialize(macaroon)

    def force_refresh(self) -> None:
        """Make every discharge that there is stale: clients must renew theirs (section 5.5)."""
        self.snaps.refresh_before = self.clock.now()

    def revoke_logins(self, account: AccountInfo) -> None:
        """End the logins of an account at single sign-on, as a new password does.

        Its discharges are stale, and cannot be renewed.
        """
        with self._backend.database.transaction() as db:
            db.get_one(Account, account.id).logged_in_since = self.clock.now()

    def set_two_factor(self, account: AccountInfo, *, on: bool) -> AccountInfo:
        """Give an account a second factor, with a new secret, or take it away.

        Returns:
            The account as it is now.
        """
        secret = pyotp.random_base32() if on else None
        with self._backend.database.transaction() as db:
            row = db.get_one(Account, account.id)
            row.totp_secret, row.last_totp_step = secret, -1
        return replace(account, totp_secret=secret)

    def set_agreement(
        self, account: AccountInfo, *, signed: bool = True, latest_terms: bool = True
    ) -> None:
        """Say whether an account has signed the developer agreement, and its latest terms.

        Without, the dashboard answers ``user-not-ready`` or ``user-missing-latest-tos``
        (section 7.1).
        """
        with self._backend.database.transaction() as db:
            row = db.get_one(Account, account.id)
            row.agreement_signed, row.latest_terms_accepted = signed, latest_terms

    def revoke_dashboard_roots(self) -> None:
        """Revoke every root macaroon of the dashboard that was issued so far."""
        with self._backend.database.transaction() as db:
            for root in db.scalars(select(RootMacaroon).where(RootMacaroon.kind == DASHBOARD)):
                root.revoked = True

    def revoke_name(self, name: str) -> None:
        """Make registering a name fail with ``revoked_name``."""
        with self._backend.database.transaction() as db:
            db.merge(ReservedName(name=name, code="revoked_name"))

    def decide_review(
        self, name: str, revision: int, *, approve: bool = True, reason: str | None = None
    ) -> None:
        """Be the person who reviews a revision that waits for one.

        Args:
            name: The snap.
            revision: Its number.
            approve: Accept it, and release it where its upload asked for; otherwise reject it.
            reason: Why it is rejected; None leaves the reasons why it had to wait.

        Raises:
            ValueError: There is no such snap or revision, or it does not wait.
        """
        with self._backend.database.transaction() as db:
            package = self._snap(db, name).package
            settle_uploads(self._backend, db, package)
            row = find_snap_revision(db, package, revision)
            if row is None:
                raise ValueError(f"{name!r} has no revision {revision}")
            decide(self._backend, db, row, approve=approve, reason=reason)

    def edit_snap(self, name: str, **fields: Any) -> None:
        """Change metadata as on the web: a client that did not read them gets a conflict.

        Args:
            name: The snap.
            fields: Such as ``summary`` (section 10.1).

        Raises:
            ValueError: There is no such snap.
        """
        with self._backend.database.transaction() as db:
            snap = self._snap(db, name)
            for key, value in fields.items():
                write_metadata(snap, key, value)

    def edit_snap_media(self, name: str, *media: tuple[str, str, bytes]) -> None:
        """Replace the media as on the web.

        Args:
            name: The snap.
            media: Type (``icon``, ``banner`` or ``screenshot``), file name and content of each.

        Raises:
            ValueError: There is no such snap.
        """
        with self._backend.database.transaction() as db:
            replace_media(db, self._snap(db, name), media)

    def gate_snap(self, name: str, gated: str) -> None:
        """Let a snap gate another: it is listed as not validated until it is (section 11.2).

        Raises:
            ValueError: There is no such snap.
        """
        with self._backend.database.transaction() as db:
            gating, other = self._snap(db, name), self._snap(db, gated)
            db.add(
                Assertion(
                    kind=GATED,
                    key=f"{gating.package_id}/{other.package_id}",
                    account_id=gating.package.owner_id,
                    name="",
                    headers={
                        "approved-snap-id": other.package_id,
                        "approved-snap-revision": "-",
                        "authority-id": gating.package.owner_id,
                        "series": "16",
                        "type": "validation",
                    },
                    text="",
                )
            )

    def set_snap_status(self, name: str, status: str) -> None:
        """Change the status of a registration, such as ``Revoked``.

        Raises:
            ValueError: There is no such snap.
        """
        with self._backend.database.transaction() as db:
            self._snap(db, name).status = status

    def close_snap_track(self, name: str, track: str) -> None:
        """Close a track: nothing more can be released to it.

        Raises:
            ValueError: There is no such snap or track.
        """
        with self._backend.database.transaction() as db:
            package = self._snap(db, name).package
            found = [item for item in package.tracks if item.name == track]
            if not found:
                raise ValueError(f"{name!r} has no track {track!r}")
            found[0].closed = True

    def add_brand_store(
        self, store_id: str, name: str, members: Mapping[AccountInfo, Sequence[str]]
    ) -> None:
        """Add a brand store.

        Args:
            store_id: Its id.
            name: Its name.
            members: Accounts to their roles, such as ``admin`` and ``view``.
        """
        with self._backend.database.transaction() as db:
            db.add(BrandStore(id=store_id, name=name))
            db.flush()
            db.add_all(
                BrandStoreRole(store_id=store_id, account_id=account.id, roles=list(roles))
                for account, roles in members.items()
            )

    def add_metric(self, name: str, metric: str, series: Mapping[str, Mapping[str, int]]) -> None:
        """Give a snap numbers (section 12).

        Args:
            name: The snap.
            metric: Such as ``installed_base_by_channel``.
            series: Name of each series to its value on each day, ``2026-11-01``.

        Raises:
            ValueError: There is no such snap.
        """
        with self._backend.database.transaction() as db:
            package_id = self._snap(db, name).package_id
            for label, days in series.items():
                for day, value in days.items():
                    db.merge(
                        Metric(
                            package_id=package_id, metric=metric, series=label, day=day, value=value
                        )
                    )

    def _snap(self, db: Session, name: str) -> Snap:
        package = named_package(db, name, "snap")
        if package is None:
            raise ValueError(f"The snap {name!r} does not exist")
        return db.get_one(Snap, package.id)
