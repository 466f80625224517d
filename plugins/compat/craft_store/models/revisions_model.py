"""Revisions of packages, and turning an upload into one.

Source: Publisher Gateway reference, sections 9.1, 9.4 and 9.5.
"""

# ruff: noqa: TC001, TC003  # pydantic reads the annotations of the fields

from __future__ import annotations

from datetime import datetime
from typing import Any

from craft_store.models._base_model import MarshableModel
from craft_store.models._charm_model import CharmBaseModel
from craft_store.models._snap_models import Confinement, Grade, Type
from craft_store.models.error_model import ErrorModel


class RevisionsRequestModel(MarshableModel):
    """The upload that is to become a revision."""

    upload_id: str


class RevisionsResponseModel(MarshableModel):
    """Where to ask about the review.

    Attributes:
        status_url: Path and query, to be added to the URL of the store.
    """

    status_url: str


class RevisionModel(MarshableModel):
    """What revisions of all kinds of packages have."""

    created_at: datetime
    revision: int
    sha3_384: str
    status: str

    @classmethod
    def unmarshal(cls, data: dict[str, Any]) -> RevisionModel:
        """Make one of the kind that the document is about.

        Raises:
            ValidationError: Something is missing or of another type.
        """
        kind = next((kind for key, kind in _KINDS.items() if key in data), RevisionModel)
        return kind.model_validate(data)


class CharmRevisionModel(RevisionModel):
    """A revision of a charm.

    Attributes:
        bases: None stands in it for bundles and very old charms.
        size: In bytes.
    """

    bases: list[CharmBaseModel | None]
    errors: list[ErrorModel] | None = None
    size: int
    version: str


class SnapRevisionModel(RevisionModel):
    """A revision of a snap.

    Attributes:
        size: In bytes.
    """

    apps: list[str] | None = None
    architectures: list[str]
    base: str | None = None
    build_url: str | None = None
    confinement: Confinement
    created_by: str
    grade: Grade
    size: int
    type: Type
    version: str


class GitRevisionModel(RevisionModel):
    """A revision that is a commit."""

    commit_id: str
    created_by: str


_KINDS: dict[str, type[RevisionModel]] = {
    "bases": CharmRevisionModel,
    "apps": SnapRevisionModel,
    "commit-id": GitRevisionModel,
}
