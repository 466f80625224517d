"""The channel map of a snap."""

# ruff: noqa: TC003  # pydantic reads the annotations of the fields

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from craft_store.models._base_model import MarshableModel
from craft_store.models._common_list_releases_model import PackageModel, ProgressiveModel
from craft_store.models.revisions_model import SnapRevisionModel

RevisionModel = SnapRevisionModel
"""What this module calls a revision."""


class ChannelMapModel(MarshableModel):
    """One release: a revision in a channel, for one architecture."""

    architecture: str
    channel: str
    expiration_date: datetime | None = None
    progressive: ProgressiveModel = Field(default_factory=ProgressiveModel)
    revision: int
    when: datetime


class ListReleasesModel(MarshableModel):
    """What is released where, which channels there are, and the revisions that are released."""

    channel_map: list[ChannelMapModel]
    package: PackageModel
    revisions: list[SnapRevisionModel]
