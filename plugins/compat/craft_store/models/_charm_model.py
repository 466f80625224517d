"""Parts of what is said about charms."""

from __future__ import annotations

from craft_store.models._base_model import MarshableModel


class CharmBaseModel(MarshableModel):
    """What a revision of a charm runs on."""

    architecture: str
    channel: str
    name: str


class ResourceModel(MarshableModel):
    """A resource that is attached to a release.

    Attributes:
        revision: None where the release has none of it.
    """

    name: str
    revision: int | None = None
    type: str
