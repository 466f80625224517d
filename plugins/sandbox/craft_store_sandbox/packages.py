"""Making packages, of any namespace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .identifiers import new_id
from .tables import Package, Track

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from .tables import Account


def add_package(
    db: Session,
    name: str,
    owner: Account,
    *,
    now: datetime,
    namespace: str = "charm",
    package_type: str = "charm",
    private: bool = False,
) -> Package:
    """Make a package with its first track."""
    package = Package(
        id=new_id(),
        namespace=namespace,
        name=name,
        type=package_type,
        owner=owner,
        private=private,
        status="registered",
        links={},
        media=[],
        default_track="latest",
        created_at=now,
        tracks=[Track(name="latest", created_at=now)],
    )
    db.add(package)
    db.flush()
    return package
