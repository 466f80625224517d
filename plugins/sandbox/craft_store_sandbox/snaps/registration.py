"""Registering snaps, and what is known of one (Snap Store reference, sections 7 and 10)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from craft_store_sandbox.state.packages import add_package
from craft_store_sandbox.state.snap_tables import Snap

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from craft_store_sandbox.state.tables import Account

GLOBAL_STORE = "ubuntu"
_MAX_NAME = 40
_CHARACTERS = re.compile(r"[a-z0-9-]*")


def name_fault(name: str) -> str | None:
    """Return what is wrong with the name of a snap: one thing at a time (section 7.5)."""
    rules = (
        (0 < len(name) <= _MAX_NAME, f"it should have 1 to {_MAX_NAME} characters"),
        (
            _CHARACTERS.fullmatch(name) is not None,
            "it should only have ASCII lowercase letters, numbers, and hyphens",
        ),
        (any("a" <= letter <= "z" for letter in name), "it must have at least one letter"),
        (
            not name.startswith("-") and not name.endswith("-"),
            "it cannot start or end with a hyphen",
        ),
        ("--" not in name, "it cannot have two hyphens in a row"),
    )
    for holds, fault in rules:
        if not holds:
            return f"The name '{name[:80]}' is not valid: {fault}."
    return None


def add_snap(
    db: Session,
    name: str,
    owner: Account,
    *,
    now: datetime,
    private: bool = False,
    store: str = GLOBAL_STORE,
    kind: str = "snap",
) -> Snap:
    """Make a snap with its first track."""
    package = add_package(
        db, name, owner, now=now, namespace="snap", package_type=kind, private=private
    )
    snap = Snap(
        package_id=package.id,
        package=package,
        store=store,
        status="Approved",
        details={},
        sent={"private": private},
    )
    db.add(snap)
    db.flush()
    return snap


DETAILS: dict[str, Any] = {
    "license": None,
    "keywords": [],
    "price": None,
    "unlisted": False,
    "whitelist_countries": [],
    "blacklist_countries": [],
    "public_metrics_enabled": True,
    "public_metrics_blacklist": [],
    "video_urls": [],
    "categories": [],
    "update_metadata_on_release": True,
}
"""Metadata that only snaps have, and what they are until somebody sets them."""

COLUMNS = ("title", "summary", "description", "contact", "website", "links", "private")
"""Metadata that every package has."""


def read_metadata(snap: Snap, field: str) -> Any:
    """Return the value of a field of `DETAILS`, `COLUMNS` or the default track."""
    if field == "default_track":
        track = snap.package.default_track
        return None if track == "latest" else track
    if field in COLUMNS:
        return getattr(snap.package, field)
    return snap.details.get(field, DETAILS[field])


def last_sent(snap: Snap, field: str) -> Any:
    """Return what the publisher's tools last sent of a field, or its first value."""
    return snap.sent.get(field, {"links": {}}.get(field, DETAILS.get(field)))


def send_metadata(snap: Snap, field: str, value: Any) -> None:
    """Set a field, as the publisher's tools do."""
    write_metadata(snap, field, value)
    snap.sent = {**snap.sent, field: value}


def write_metadata(snap: Snap, field: str, value: Any) -> None:
    """Set a field, as the web does."""
    if field == "default_track":
        snap.package.default_track = value or "latest"
    elif field in COLUMNS:
        setattr(snap.package, field, value)
    else:
        snap.details = {**snap.details, field: value}
