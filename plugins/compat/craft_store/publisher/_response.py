"""What a Publisher Gateway answers.

Source: Publisher Gateway reference, sections 9.5, 10.1 and 10.2.
"""

# ruff: noqa: TC001, TC003  # pydantic reads the annotations of the fields

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Annotated, Any

from pydantic import Field, ModelWrapValidatorHandler, SerializeAsAny, field_validator

from craft_store.models._base_model import MarshableModel
from craft_store.models._charm_model import CharmBaseModel, ResourceModel
from craft_store.models._common_list_releases_model import PackageModel, ProgressiveModel
from craft_store.models.error_model import ErrorModel

Length = Annotated[int, Field(ge=0)]
"""A number of bytes."""
RevisionNumber = Annotated[int, Field(ge=1)]
"""The number of a revision."""
Sha3_384 = Annotated[str, Field(min_length=96, max_length=96, pattern="[0-9a-fA-F]{96}")]
"""A digest in hexadecimal digits."""


class SnapConfinement(Enum):
    """How much a snap is kept from the system."""

    STRICT = "strict"
    CLASSIC = "classic"
    DEVMODE = "devmode"


class Grade(Enum):
    """Whether a snap may be released to stable channels."""

    STABLE = "stable"
    DEVEL = "devel"


class SnapType(Enum):
    """What kind of snap it is."""

    APP = "app"
    OS = "os"
    GADGET = "gadget"
    KERNEL = "kernel"
    BASE = "base"
    SNAPD = "snapd"


class ChannelMap(MarshableModel):
    """One release: a revision in a channel, for one base."""

    base: CharmBaseModel | None = Field(description="What it runs on; None for bundles.")
    channel: str = Field(description="The channel with its track, such as latest/stable.")
    expiration_date: datetime | None = Field(None, description="When a branch ends.")
    progressive: ProgressiveModel | None = Field(None, description="How far it is rolled out.")
    resources: list[ResourceModel] | None = Field(None, description="The resources attached to it.")
    revision: RevisionNumber
    when: datetime = Field(description="When it was released.")


class Revision(MarshableModel):
    """What revisions of all kinds of packages have."""

    created_at: datetime = Field(description="When it was uploaded.")
    created_by: str | None = Field(None, description="Id of the account that uploaded it.")
    errors: list[ErrorModel] | None = None
    revision: RevisionNumber
    sha3_384: Sha3_384 | None = None
    size: Length
    status: str
    version: str | None

    @classmethod
    def of_kind(cls, row: Any) -> Any:
        """Return a revision of the kind that a row is about; anything else as it is."""
        if not isinstance(row, dict):
            return row
        kind = next((kind for key, kind in _KINDS.items() if key in row), Revision)
        return kind.model_validate(row)


class CharmRevision(Revision):
    """A revision of a charm."""

    bases: list[CharmBaseModel | None] | None = Field(
        None, description="What it runs on; None stands in it for bundles and very old charms."
    )


class SnapRevision(Revision):
    """A revision of a snap."""

    apps: list[str] | None = Field(None, description="The commands in it.")
    architectures: list[str] | None = Field(None, description="What it runs on.")
    base: str | None = Field(None, description="Its base, such as core24.")
    build_url: str | None = None
    confinement: SnapConfinement | None = None
    grade: Grade | None = None
    type_: SnapType | None = Field(None, alias="type")


class SourceRevision(Revision):
    """A revision that is a commit."""

    commit_id: str | None = None
    craft_yaml: dict[Any, Any] | None = None


_KINDS: dict[str, type[Revision]] = {
    "bases": CharmRevision,
    "apps": SnapRevision,
    "commit-id": SourceRevision,
}


class Releases(MarshableModel):
    """What is released where, which channels there are, and the revisions that are released."""

    channel_map: list[ChannelMap]
    package: PackageModel
    revisions: (
        list[SerializeAsAny[Revision]]
        | list[SerializeAsAny[CharmRevision]]
        | list[SerializeAsAny[SnapRevision]]
        | list[SerializeAsAny[SourceRevision]]
    )

    @field_validator("revisions", mode="wrap")
    @classmethod
    def _read_each(cls, rows: Any, handler: ModelWrapValidatorHandler[Any]) -> Any:
        # By itself pydantic chooses one kind for all rows, and loses fields when one row is odd.
        return [Revision.of_kind(row) for row in rows] if _are_rows(rows) else handler(rows)


class ReleasedResourceRevision(MarshableModel):
    """A resource revision that was attached to a release."""

    name: str
    revision: int | None = None


class ReleaseResult(MarshableModel):
    """What became of one request to release; the store may leave out anything."""

    channel: str | None = None
    revision: int | None = None
    resources: list[ReleasedResourceRevision] | None = None


def _are_rows(rows: Any) -> bool:
    return isinstance(rows, list) and all(isinstance(row, (dict, Revision)) for row in rows)
