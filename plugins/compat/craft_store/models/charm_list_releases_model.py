"""The channel map of a charm.

Source: Publisher Gateway reference, section 10.1.
"""

# ruff: noqa: TC001, TC003  # pydantic reads the annotations of the fields

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from craft_store.models._base_model import MarshableModel
from craft_store.models._charm_model import CharmBaseModel, ResourceModel
from craft_store.models._common_list_releases_model import PackageModel, ProgressiveModel


class ChannelMapModel(MarshableModel):
    """One release: a revision in a channel, for one base.

    Attributes:
        base: None for bundles.
        expiration_date: When a branch ends.
    """

    base: CharmBaseModel | None
    channel: str
    expiration_date: datetime | None = None
    progressive: ProgressiveModel = Field(default_factory=ProgressiveModel)
    resources: list[ResourceModel] = Field(default_factory=list)
    revision: int
    when: datetime


class RevisionModel(MarshableModel):
    """A revision that is released somewhere.

    Attributes:
        bases: None stands in it for bundles and very old charms.
        size: In bytes.
    """

    bases: list[CharmBaseModel | None]
    created_at: datetime
    errors: Any = None
    revision: int
    sha3_384: str
    size: int
    status: str
    version: str


class ListReleasesModel(MarshableModel):
    """What is released where, which channels there are, and the revisions that are released."""

    channel_map: list[ChannelMapModel]
    package: PackageModel
    revisions: list[RevisionModel]
