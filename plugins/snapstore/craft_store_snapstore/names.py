"""Names of snaps: registering, claiming, listing, giving back; tracks.

Source: Snap Store reference, sections 7.1, 7.5 to 7.7, 9.9 and 13.1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from craft_store_core.errors import InvalidNameError
from craft_store_core.models import Listing, Package, read_listing
from craft_store_core.plugins import check_package_name, check_track_name, operation
from craft_store_snapstore.accounts import DashboardAccounts
from craft_store_snapstore.area import SERIES, hyphenated, model
from craft_store_snapstore.models import AccountSnap, Dispute, Registration, SnapInfo
from craft_store_snapstore.stores import BRAND_STORE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from craft_store_core.models import TrackRequest

LONGEST_NAME = 40
"""Characters in the name of a snap at most."""

_REGISTER = "/dev/api/register-name/"


class DashboardNames(DashboardAccounts):
    """Names, claims of names, and tracks."""

    @operation("package_access")
    def list_names(self, *, include_collaborations: bool = False) -> Listing[Package]:
        """Return the snaps of the account, also those that were revoked or are disputed.

        Args:
            include_collaborations: Also those that are shared with the account.
        """
        answer, account = self._account()
        by_series = answer.document.get("snaps")
        named = by_series.get(SERIES) if isinstance(by_series, dict) else None
        snaps = read_listing(AccountSnap, map(hyphenated, _named(named)))
        packages = [
            _package(snap)
            for snap in snaps
            if include_collaborations or snap.publisher is None or snap.publisher.id == account.id
        ]
        for snap in snaps:
            if snap.snap_id:
                self._snap_ids[str(snap.raw["name"])] = snap.snap_id
        return Listing(packages, snaps.unreadable)

    @operation("package_register")
    def register_name(
        self,
        name: str,
        *,
        entity_type: str | None = None,
        private: bool = False,
        team: str | None = None,
    ) -> str:
        """Register a name and return the snap id.

        Args:
            name: The name.
            entity_type: ``snap`` or None: what a snap is stands in its file.
            private: Show it to nobody else.
            team: Id of the brand store that shall own it; by default the store's option
                ``brand-store``.

        Raises:
            InvalidNameError: It cannot be the name of a snap; nothing was sent.
            NameTakenError: It belongs to somebody else. Also NameAlreadyOwned, NameAlreadyClaimed,
                NameReserved, NameRevoked, all of them kinds of Conflict.
            RegistrationLimitedError: Too many names in a short time.
        """
        registration = self._register(name, private=private, store=team)
        if not registration.snap_id:
            return ""
        self._snap_ids[name] = registration.snap_id
        return registration.snap_id

    @operation("package_register")
    def check_name(self, name: str, *, store: str | None = None) -> None:
        """Ask whether a name could be registered; registers nothing. Raises as registering does."""
        self._register(name, store=store, dry_run=True)

    @operation("package_register")
    def dispute_name(self, name: str, comment: str) -> Dispute:
        """Claim a name that is reserved or belongs to somebody else.

        Args:
            name: The name.
            comment: Why it should be yours; people read it.

        Raises:
            NotFoundError: Nobody has it.
            ConflictError: It cannot be claimed.
            ConflictError: You have claimed it before.
        """
        answer = self._ask(
            "POST",
            "/dev/api/register-name-dispute/",
            json={"snap_name": check_snap_name(name), "comment": comment},
            repeatable=False,
        )
        return model(answer, Dispute, answer.document)

    @operation("package_register")
    def unregister_name(self, name: str) -> str:
        """Give a name back that never had a published revision; return the snap id.

        The gateway beside the dashboard does it.
        """
        target = self._path("v1", "snap", name)
        answer = self._ask("DELETE", target, service="gateway", repeatable=False)
        self._snap_ids.pop(name, None)
        return answer.text("package-id")

    @operation("package_manage")
    def create_tracks(self, name: str, tracks: Sequence[TrackRequest]) -> int:
        """Create tracks and return how many were created; the gateway does it.

        Raises:
            InvalidNameError: A name has not the form of a track name; nothing was sent.
        """
        for track in tracks:
            check_track_name(track.name)
        answer = self._ask(
            "POST",
            self._path("v1", "snap", name, "tracks"),
            json=[track.to_json() for track in tracks],
            service="gateway",
            repeatable=False,
        )
        return answer.count("num-tracks-created")

    @operation("package_access")
    def info(self, name: str) -> SnapInfo:
        """Return what the dashboard knows of a snap, private ones included."""
        answer = self._ask("GET", self._path("dev", "api", "snaps", "info", name))
        return model(answer, SnapInfo, answer.document)

    @operation()
    def public_snap_id(self, name: str) -> str:
        """Return the id of a snap that everybody may see, whosever it is.

        Raises:
            NotFoundError: There is no such snap, or it is private.

        Source: Snap Store reference, section 14.1.
        """
        answer = self._ask(
            "GET",
            self._path("v2", "snaps", "info", name),
            params={"fields": "snap-id"},
            headers={"Snap-Device-Series": SERIES},
        )
        return answer.text("snap-id")

    def _register(
        self, name: str, *, private: bool = False, store: str | None, dry_run: bool = False
    ) -> Registration:
        body: dict[str, Any] = {
            "snap_name": check_snap_name(name),
            "series": SERIES,
            "is_private": private,
        }
        brand = store or self.store.options.get(BRAND_STORE)
        if brand:
            body["store"] = brand
        answer = self._ask(
            "POST",
            _REGISTER,
            params={"dry_run": "1"} if dry_run else None,
            json=body,
            repeatable=dry_run,
        )
        return model(answer, Registration, answer.document)


def check_snap_name(name: str) -> str:
    """Return a name that a snap may have.

    Raises:
        InvalidNameError: It may not.

    Source: Snap Store reference, section 7.5.
    """
    check_package_name(name)
    if len(name) > LONGEST_NAME:
        raise InvalidNameError(
            f"{name[:LONGEST_NAME]!r}... is not the name of a snap.",
            why=f"It has {len(name)} characters; {LONGEST_NAME} are allowed.",
            advice="Choose a shorter one.",
        )
    return name


def _named(snaps: Any) -> list[Any]:
    if not isinstance(snaps, dict):
        return []
    return [
        {**snap, "name": name} if isinstance(snap, dict) else snap for name, snap in snaps.items()
    ]


def _package(snap: AccountSnap) -> Package:
    return Package(
        id=snap.snap_id or "",
        name=str(snap.raw["name"]),
        type="snap",
        status=snap.status,
        private=snap.private,
        store=snap.store,
        publisher=snap.publisher,
    )
