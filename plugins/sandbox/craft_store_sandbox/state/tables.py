"""The store's state: one class for each table.

Sections are those of the Publisher Gateway reference.
"""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column, relationship
from sqlalchemy.types import TypeDecorator


class UTCDateTime(TypeDecorator[datetime]):
    """A zone-aware moment; SQLite itself would lose the zone."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store UTC without a zone."""
        return None if value is None else value.astimezone(timezone.utc).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Give UTC with the zone."""
        return None if value is None else value.replace(tzinfo=timezone.utc)


class Table(DeclarativeBase):
    """Base of all tables; ``RootMacaroon`` is kept in ``root_macaroon``."""

    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads a plain attribute
        datetime: UTCDateTime,
        dict[str, Any]: JSON,
        list[Any]: JSON,
        bytes: LargeBinary,
    }

    @declared_attr.directive
    def __tablename__(cls) -> str:  # noqa: N805 - SQLAlchemy calls it with the class
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", cls.__name__).lower()


class Setting(Table):
    """What is decided once for a state folder: key pairs, for example."""

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[bytes]


class Account(Table):
    """A person with a login at Ubuntu One and a publisher name at the store."""

    id: Mapped[str] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    username: Mapped[str | None] = mapped_column(unique=True)
    display_name: Mapped[str]
    validation: Mapped[str] = mapped_column(default="unproven")
    password_hash: Mapped[str]
    totp_secret: Mapped[str | None]
    refuse_totp_replay: Mapped[bool] = mapped_column(default=False)
    last_totp_step: Mapped[int] = mapped_column(default=-1)
    suspended: Mapped[bool] = mapped_column(default=False)
    deactivated: Mapped[bool] = mapped_column(default=False)
    email_invalidated: Mapped[bool] = mapped_column(default=False)
    agreement_signed: Mapped[bool] = mapped_column(default=True)
    latest_terms_accepted: Mapped[bool] = mapped_column(default=True)
    terms_accepted_at: Mapped[datetime | None]
    logged_in_since: Mapped[datetime | None]


class Agent(Table):
    """A name and public key with which a program logs in for an account (section 4.6)."""

    username: Mapped[str] = mapped_column(primary_key=True)
    public_key: Mapped[str]
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"))


DASHBOARD = "dashboard"
OFFLINE = "offline"
"""Kinds of root macaroons: of the dashboard, and of administrators of stores on premises."""


class RootMacaroon(Table):
    """A root macaroon: its key and what it is limited to.

    The dashboard's ones say their limits themselves. An account is named by those alone that need
    no discharge.
    """

    identifier: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    session_id: Mapped[str]
    root_key: Mapped[bytes]
    account_id: Mapped[str | None] = mapped_column(ForeignKey("account.id"))
    permissions: Mapped[list[Any] | None]
    packages: Mapped[list[Any] | None]
    channels: Mapped[list[Any] | None]
    description: Mapped[str | None]
    valid_since: Mapped[datetime]
    valid_until: Mapped[datetime]
    revoked: Mapped[bool] = mapped_column(default=False)


class Token(Table):
    """An exchanged token, known by its hash alone."""

    digest: Mapped[str] = mapped_column(primary_key=True)
    session_id: Mapped[str] = mapped_column(index=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"))
    permissions: Mapped[list[Any] | None]
    packages: Mapped[list[Any] | None]
    channels: Mapped[list[Any] | None]
    description: Mapped[str | None]
    valid_since: Mapped[datetime]
    valid_until: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None]
    account: Mapped[Account] = relationship()


class Package(Table):
    """A registered name and its metadata (section 5.0); each namespace has names of its own."""

    __table_args__ = (UniqueConstraint("namespace", "name"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    namespace: Mapped[str] = mapped_column(default="charm")
    name: Mapped[str] = mapped_column(index=True)
    type: Mapped[str]
    owner_id: Mapped[str] = mapped_column(ForeignKey("account.id"))
    private: Mapped[bool] = mapped_column(default=False)
    status: Mapped[str] = mapped_column(default="registered")
    title: Mapped[str | None]
    summary: Mapped[str | None]
    description: Mapped[str | None]
    contact: Mapped[str | None]
    website: Mapped[str | None]
    links: Mapped[dict[str, Any]] = mapped_column(default=dict)
    media: Mapped[list[Any]] = mapped_column(default=list)
    default_track: Mapped[str] = mapped_column(default="latest")
    created_at: Mapped[datetime]
    owner: Mapped[Account] = relationship()
    tracks: Mapped[list[Track]] = relationship(
        order_by="desc(Track.created_at)", cascade="all, delete-orphan"
    )
    guardrails: Mapped[list[Guardrail]] = relationship(
        order_by="Guardrail.created_at", cascade="all, delete-orphan"
    )


class ReservedName(Table):
    """A name that nobody may register without asking; `code` is what the dashboard calls it."""

    name: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(default="reserved_name")


class Track(Table):
    """A track of a package (section 6.1)."""

    package_id: Mapped[str] = mapped_column(ForeignKey("package.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]
    version_pattern: Mapped[str | None]
    automatic_phasing_percentage: Mapped[float | None]
    closed: Mapped[bool] = mapped_column(default=False)


class Guardrail(Table):
    """A pattern that the names of self-service tracks must match (section 6.1)."""

    package_id: Mapped[str] = mapped_column(ForeignKey("package.id"), primary_key=True)
    pattern: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]


class Collaborator(Table):
    """An account that shares a package (section 7)."""

    package_id: Mapped[str] = mapped_column(ForeignKey("package.id"), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), primary_key=True)
    created_at: Mapped[datetime]
    created_by_id: Mapped[str] = mapped_column(ForeignKey("account.id"))
    account: Mapped[Account] = relationship(foreign_keys=account_id)
    created_by: Mapped[Account] = relationship(foreign_keys=created_by_id)


class Invite(Table):
    """An invitation to collaborate (section 7)."""

    token_digest: Mapped[str] = mapped_column(primary_key=True)
    package_id: Mapped[str] = mapped_column(ForeignKey("package.id"), index=True)
    email: Mapped[str]
    created_at: Mapped[datetime]
    created_by_id: Mapped[str] = mapped_column(ForeignKey("account.id"))
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    accepted_by_id: Mapped[str | None] = mapped_column(ForeignKey("account.id"))
    revoked_at: Mapped[datetime | None]
    revoked_by_id: Mapped[str | None] = mapped_column(ForeignKey("account.id"))
    created_by: Mapped[Account] = relationship(foreign_keys=created_by_id)
    accepted_by: Mapped[Account | None] = relationship(foreign_keys=accepted_by_id)
    revoked_by: Mapped[Account | None] = relationship(foreign_keys=revoked_by_id)


class Upload(Table):
    """A blob on the storage host; the digests are filled as they become known."""

    id: Mapped[str] = mapped_column(primary_key=True)
    filename: Mapped[str]
    size: Mapped[int]
    created_at: Mapped[datetime]
    sha3_384: Mapped[str | None]
    sha256: Mapped[str | None]
    sha384: Mapped[str | None]
    sha512: Mapped[str | None]


class Review(Table):
    """The review of one upload, of a charm or of a resource (section 9.2)."""

    upload_id: Mapped[str] = mapped_column(ForeignKey("upload.id"), primary_key=True)
    package_id: Mapped[str] = mapped_column(ForeignKey("package.id"), index=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"))
    resource: Mapped[str | None]
    resource_type: Mapped[str | None]
    resource_bases: Mapped[list[Any] | None]
    finding: Mapped[dict[str, Any] | None]
    polls: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(default="new")
    revision: Mapped[int | None]
    errors: Mapped[list[Any] | None]
    upload: Mapped[Upload] = relationship()


class Revision(Table):
    """A revision of a package, approved or rejected (section 9.4)."""

    package_id: Mapped[str] = mapped_column(ForeignKey("package.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    upload_id: Mapped[str] = mapped_column(ForeignKey("upload.id"))
    sha3_384: Mapped[str]
    version: Mapped[str]
    bases: Mapped[list[Any]]
    status: Mapped[str]
    errors: Mapped[list[Any] | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    upload: Mapped[Upload] = relationship()


class DeclaredResource(Table):
    """A resource that a revision's metadata declares (section 11.1)."""

    package_id: Mapped[str] = mapped_column(ForeignKey("package.id"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str]
    optional: Mapped[bool]
    filename: Mapped[str]
    description: Mapped[str]


class ResourceRevision(Table):
    """A revision of a resource (section 11.2)."""

    package_id: Mapped[str] = mapped_column(ForeignKey("package.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    upload_id: Mapped[str] = mapped_column(ForeignKey("upload.id"))
    type: Mapped[str]
    bases: Mapped[list[Any]]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime | None]
    updated_by: Mapped[str | None]
    released_at: Mapped[datetime | None]
    upload: Mapped[Upload] = relationship()


class Release(Table):
    """A row of the channel map: one channel, one base (section 10.1)."""

    __table_args__ = (UniqueConstraint("package_id", "track", "risk", "branch", "base_key"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    package_id: Mapped[str] = mapped_column(ForeignKey("package.id"), index=True)
    track: Mapped[str]
    risk: Mapped[str]
    branch: Mapped[str]
    base_key: Mapped[str]
    base: Mapped[dict[str, Any] | None]
    revision: Mapped[int]
    resources: Mapped[list[Any]]
    when: Mapped[datetime]
    expires_at: Mapped[datetime | None]


class Image(Table):
    """The blob that stands for an OCI image of a resource (section 12.3)."""

    package_id: Mapped[str] = mapped_column(ForeignKey("package.id"), primary_key=True)
    resource: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(primary_key=True)
    blob: Mapped[str]


class Library(Table):
    """A charm library (section 13)."""

    __table_args__ = (UniqueConstraint("package_id", "name"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    package_id: Mapped[str] = mapped_column(ForeignKey("package.id"), index=True)
    name: Mapped[str]
    package: Mapped[Package] = relationship()


class LibraryRevision(Table):
    """One published patch of a library (section 13.2)."""

    library_id: Mapped[str] = mapped_column(ForeignKey("library.id"), primary_key=True)
    api: Mapped[int] = mapped_column(primary_key=True)
    patch: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[str]
    hash: Mapped[str]
    library: Mapped[Library] = relationship()


class RegistryBlob(Table):
    """A layer or a configuration; its bytes are in the blob folder."""

    repository: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(primary_key=True)
    blob_id: Mapped[str]
    size: Mapped[int]


class RegistryUpload(Table):
    """A blob that is not complete yet; `state` is what its present URL must say."""

    id: Mapped[str] = mapped_column(primary_key=True)
    repository: Mapped[str]
    size: Mapped[int] = mapped_column(default=0)
    state: Mapped[str]


class RegistryManifest(Table):
    """A manifest or an index, byte for byte as it was pushed."""

    repository: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(primary_key=True)
    media_type: Mapped[str]
    content: Mapped[bytes]


class RegistryTag(Table):
    """A name for a manifest."""

    repository: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str]


class RegistryGrant(Table):
    """A password or a Bearer token, known by its hash, and what it is good for."""

    secret_digest: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    repository: Mapped[str | None]
    actions: Mapped[list[Any]]
    valid_until: Mapped[datetime | None]
