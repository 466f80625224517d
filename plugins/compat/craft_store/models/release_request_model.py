"""What is asked for when something is released.

Source: Publisher Gateway reference, section 10.2.
"""

from __future__ import annotations

from pydantic import Field

from craft_store.models._base_model import MarshableModel


class ResourceModel(MarshableModel):
    """A resource revision to attach."""

    name: str
    revision: int | None = None


class ReleaseRequestModel(MarshableModel):
    """One release, or the closing of a channel.

    Attributes:
        revision: None closes the channel.
    """

    channel: str
    resources: list[ResourceModel] | None = Field(default_factory=list)
    revision: int | None
