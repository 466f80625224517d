"""Packages, of any namespace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from craft_store_sandbox.state.keys import new_id
from craft_store_sandbox.state.tables import Package, Track

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from craft_store_sandbox.state.tables import Account


NAMESPACES = ("charm", "snap")
NAMESPACE = f"/v1/<any({', '.join(NAMESPACES)}):namespace>"
"""How routes that are the same in every namespace begin."""

MAX_YAML_BYTES = 1 << 20
"""Largest metadata file that a review reads."""

ARCHITECTURES = ("all", "amd64", "arm64", "armhf", "i386", "ppc64el", "riscv64", "s390x")


def named_package(db: Session, name: str, namespace: str = "charm") -> Package | None:
    """Return the package of a name, or None."""
    return db.scalar(select(Package).where(Package.namespace == namespace, Package.name == name))


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
