"""The state of the snap side: one class for each table.

A snap is a `Package` of the namespace ``snap`` with a `Snap` beside it. Releases are a log that
only grows: the channel map is computed from it (Snap Store reference, section 18).
"""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - SQLAlchemy reads the annotations
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from craft_store_sandbox.state.tables import Account, Package, Table, Upload


class Snap(Table):
    """What a snap has besides what every package has (sections 7.1, 10.1 and 13.1).

    `details` holds the metadata that have no column, `sent` what a client last sent of each field:
    a field that differs from it was edited elsewhere.
    """

    package_id: Mapped[str] = mapped_column(ForeignKey("package.id"), primary_key=True)
    store: Mapped[str] = mapped_column(default="ubuntu")
    status: Mapped[str] = mapped_column(default="Approved")
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    sent: Mapped[dict[str, Any]] = mapped_column(default=dict)
    package: Mapped[Package] = relationship()


class SnapMedia(Table):
    """An icon, banner or screenshot (section 10.2)."""

    package_id: Mapped[str] = mapped_column(ForeignKey("package.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    type: Mapped[str]
    hash: Mapped[str]
    filename: Mapped[str]
    content: Mapped[bytes]


class SnapUpload(Table):
    """An upload that was announced, and how its processing stands (sections 8.4 and 15.4)."""

    id: Mapped[int] = mapped_column(primary_key=True)
    package_id: Mapped[str] = mapped_column(ForeignKey("package.id"), index=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"))
    upload_id: Mapped[str] = mapped_column(ForeignKey("upload.id"), unique=True)
    channels: Mapped[list[Any]]
    only_if_newer: Mapped[bool]
    components: Mapped[dict[str, Any]]
    delta: Mapped[bool] = mapped_column(default=False)
    finding: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    polls: Mapped[int] = mapped_column(default=0)
    code: Mapped[str] = mapped_column(default="being_processed")
    errors: Mapped[list[Any] | None]
    revision: Mapped[int | None]
    upload: Mapped[Upload] = relationship()


class SnapRevision(Table):
    """A revision of a snap (section 9.7)."""

    package_id: Mapped[str] = mapped_column(ForeignKey("package.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    upload_id: Mapped[str] = mapped_column(ForeignKey("upload.id"))
    status: Mapped[str]
    about: Mapped[dict[str, Any]]
    components: Mapped[dict[str, Any]]
    sha3_384: Mapped[str]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    upload: Mapped[Upload] = relationship()

    @property
    def version(self) -> str:
        """The version, as the snap's own metadata spells it."""
        return str(self.about["version"])

    @property
    def architectures(self) -> list[str]:
        """What it runs on."""
        return list(self.about["architectures"])


class SnapRelease(Table):
    """An entry of the release log; no revision means that the channel was closed (section 9.7)."""

    id: Mapped[int] = mapped_column(primary_key=True)
    package_id: Mapped[str] = mapped_column(ForeignKey("package.id"), index=True)
    when: Mapped[datetime]
    architecture: Mapped[str]
    track: Mapped[str]
    risk: Mapped[str]
    branch: Mapped[str]
    revision: Mapped[int | None]
    percentage: Mapped[float | None]
    paused: Mapped[bool | None]
    expires_at: Mapped[datetime | None]


class AccountKey(Table):
    """A key that signs assertions (section 7.4)."""

    digest: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), index=True)
    name: Mapped[str]
    since: Mapped[str]
    until: Mapped[str | None]


class NameClaim(Table):
    """A dispute over a name (section 7.6)."""

    name: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), primary_key=True)
    comment: Mapped[str]
    account: Mapped[Account] = relationship()


class BrandStore(Table):
    """A store of one brand (section 13.2)."""

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]


class BrandStoreRole(Table):
    """What an account may do in a brand store."""

    store_id: Mapped[str] = mapped_column(ForeignKey("brand_store.id"), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), primary_key=True)
    roles: Mapped[list[Any]]
    store: Mapped[BrandStore] = relationship()


GATED = "gated"
"""Kind of the rows that name a snap which another one gates."""


class Assertion(Table):
    """A posted assertion (section 11): `key` is what makes two of a kind revisions of one."""

    __table_args__ = (UniqueConstraint("kind", "key", "sequence", "revision"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    key: Mapped[str] = mapped_column(index=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"))
    name: Mapped[str]
    sequence: Mapped[int] = mapped_column(default=0)
    revision: Mapped[int] = mapped_column(default=0)
    headers: Mapped[dict[str, Any]]
    body: Mapped[str | None]
    text: Mapped[str]


class Metric(Table):
    """One number of a metric: a series on a day (section 12)."""

    package_id: Mapped[str] = mapped_column(ForeignKey("package.id"), primary_key=True)
    metric: Mapped[str] = mapped_column(primary_key=True)
    series: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int]
