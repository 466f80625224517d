"""Releases: what is where, and what is asked of the store.

Source: Publisher Gateway reference, sections 10.1 and 10.2.
"""

# ruff: noqa: TC001, TC003  # pydantic looks at these annotations while the program runs
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

from craft_store_core.models.fields import ChannelName, Many, Timestamp
from craft_store_core.models.revision import Base
from craft_store_core.models.wire import WireModel


@dataclass(frozen=True, slots=True)
class ResourcePin(WireModel):
    """A revision of a resource, bound to a release.

    Attributes:
        name: The resource.
        revision: Its revision; None releases without it, where it is optional.
        type: ``file`` or ``oci-image``, where the store tells it; not part of requests.
    """

    name: str
    revision: int | None = None
    type: str | None = None


@dataclass(frozen=True, slots=True)
class Progressive(WireModel):
    """A roll-out to a part of the installations; both None when there is none."""

    paused: bool | None = None
    percentage: float | None = None


@dataclass(frozen=True, slots=True)
class Release(WireModel):
    """One row of a channel map: a revision in a channel for one base.

    One channel has as many rows as bases, possibly with different revisions.

    Attributes:
        channel: The channel, with its track.
        revision: The revision of the package.
        base: The base; None for bundles.
        resources: The resource revisions that go with it.
        when: When it was released.
        expires_at: When the branch ends; None for others than branches.
        progressive: The roll-out.
    """

    wire_names: ClassVar[Mapping[str, str]] = MappingProxyType({"expires_at": "expiration-date"})

    channel: ChannelName
    revision: int
    base: Base | None = None
    resources: Many[ResourcePin] = ()
    when: Timestamp | None = None
    expires_at: Timestamp | None = None
    progressive: Progressive = Progressive()


@dataclass(frozen=True, slots=True)
class ChannelInfo(WireModel):
    """A channel that exists, whether or not anything is released to it.

    Attributes:
        channel: The channel.
        fallback: Where installers go while it is closed; None when nowhere.
    """

    wire_names: ClassVar[Mapping[str, str]] = MappingProxyType({"channel": "name"})

    channel: ChannelName
    fallback: ChannelName | None = None


@dataclass(frozen=True, slots=True)
class ReleaseRequest(WireModel):
    """Something to be released, or a channel to be closed.

    Attributes:
        channel: The channel.
        revision: The revision for it; None closes the channel.
        resources: Resource revisions to bind; the store keeps the earlier ones of resources that
            are not named.
        percentage: Part of the installations that get the revision, above 0 and below 100; None
            for all of them. Only stores with the operation ``RELEASE_PROGRESSIVELY`` take it.
    """

    channel: ChannelName
    revision: int | None
    resources: Many[ResourcePin] = ()
    percentage: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the request as it is sent; the revision is there also when it is null."""
        return {
            "channel": str(self.channel),
            "revision": self.revision,
            "resources": [{"name": pin.name, "revision": pin.revision} for pin in self.resources],
        }


@dataclass(frozen=True, slots=True)
class ReleaseResult(WireModel):
    """What the store made of a request.

    Attributes:
        channel: The channel, with its track.
        revision: The revision that is there now; None when the channel was closed.
        resources: The resource revisions that the store named.
        confirmed: False where the store accepted the request without repeating it.
    """

    channel: ChannelName
    revision: int | None = None
    resources: Many[ResourcePin] = ()
    confirmed: bool = True
