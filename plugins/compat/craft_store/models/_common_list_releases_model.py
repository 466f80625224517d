"""Parts of a channel map that all kinds of packages have."""

from __future__ import annotations

from craft_store.models._base_model import MarshableModel


class ChannelsModel(MarshableModel):
    """A channel that exists, whether something is released to it or not.

    Attributes:
        fallback: The channel that is followed while this one is closed.
    """

    branch: str | None = None
    fallback: str | None = None
    name: str
    risk: str
    track: str


class PackageModel(MarshableModel):
    """The channels of a package."""

    channels: list[ChannelsModel]


class ProgressiveModel(MarshableModel):
    """How far a release is rolled out; both None when it is not progressive."""

    paused: bool | None = None
    percentage: float | None = None
