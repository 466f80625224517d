"""The state of the registry: one class for each table. Nothing is shared between repositories."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - SQLAlchemy reads the annotations
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from craft_store_sandbox.state.tables import Table


class RegistryBlob(Table):
    """A layer or a configuration; its bytes are in the blob folder."""

    __tablename__ = "registry_blob"
    repository: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(primary_key=True)
    blob_id: Mapped[str]
    size: Mapped[int]


class RegistryUpload(Table):
    """A blob that is not complete yet; `state` is what its present URL must say."""

    __tablename__ = "registry_upload"
    id: Mapped[str] = mapped_column(primary_key=True)
    repository: Mapped[str]
    size: Mapped[int] = mapped_column(default=0)
    state: Mapped[str]


class RegistryManifest(Table):
    """A manifest or an index, byte for byte as it was pushed."""

    __tablename__ = "registry_manifest"
    repository: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(primary_key=True)
    media_type: Mapped[str]
    content: Mapped[bytes]


class RegistryTag(Table):
    """A name for a manifest."""

    __tablename__ = "registry_tag"
    repository: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str]


class RegistryGrant(Table):
    """A password or a Bearer token, known by its hash, and what it is good for."""

    __tablename__ = "registry_grant"
    secret_digest: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    repository: Mapped[str | None]
    actions: Mapped[list[Any]]
    valid_until: Mapped[datetime | None]
