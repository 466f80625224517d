"""The channel map of a package: which revision installers get, where and on which base.

Source: Publisher Gateway reference, sections 10.1 and 10.4.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from craft_store_core.models.listing import Listing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from craft_store_core.channels import Channel
    from craft_store_core.models.release import ChannelInfo, Release
    from craft_store_core.models.revision import Base, Revision


@dataclass(frozen=True)
class ChannelMap:
    """What is released where.

    Attributes:
        rows: One per channel and base; of channels whose track was removed, too.
        channels: The channels that exist, each once.
        revisions: Details of the revisions that the rows name.
        raw: The answer as it came.
    """

    rows: Listing[Release] = field(default_factory=Listing)
    channels: Listing[ChannelInfo] = field(default_factory=Listing)
    revisions: Listing[Revision] = field(default_factory=Listing)
    raw: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        # Branches may be listed more than once.
        once: dict[Channel, ChannelInfo] = {}
        for info in self.channels:
            once.setdefault(info.channel, info)
        if len(once) != len(self.channels):
            deduplicated = Listing(once.values(), self.channels.unreadable)
            object.__setattr__(self, "channels", deduplicated)

    def at(self, channel: Channel) -> tuple[Release, ...]:
        """Return the rows of a channel, without fallback; empty when it is closed."""
        return self._rows_by_channel.get(channel, ())

    def effective(self, channel: Channel, base: Base | None) -> Release | None:
        """Return what installers that follow a channel on a base get.

        Args:
            channel: The channel they follow.
            base: Their base; None for bundles.

        Returns:
            The row of the channel or of the first one in its chain of fallbacks; None when
            nothing is there for that base.
        """
        seen: set[Channel] = set()
        current: Channel | None = channel
        while current is not None and current not in seen:
            seen.add(current)
            for row in self.at(current):
                if row.base == base:
                    return row
            info = self._info.get(current)
            current = current.fallback if info is None else info.fallback
        return None

    def revision(self, number: int) -> Revision | None:
        """Return the details of a revision; None when the store did not send them."""
        return self._revisions_by_number.get(number)

    def to_json(self) -> dict[str, Any]:
        """Return JSON-able data in the store's shape."""
        return {
            "channel-map": self.rows.to_json(),
            "package": {"channels": self.channels.to_json()},
            "revisions": self.revisions.to_json(),
        }

    @cached_property
    def _rows_by_channel(self) -> dict[Channel, tuple[Release, ...]]:
        rows: dict[Channel, list[Release]] = {}
        for row in self.rows:
            rows.setdefault(row.channel, []).append(row)
        return {channel: tuple(group) for channel, group in rows.items()}

    @cached_property
    def _info(self) -> dict[Channel, ChannelInfo]:
        return {info.channel: info for info in self.channels}

    @cached_property
    def _revisions_by_number(self) -> dict[int, Revision]:
        return {revision.revision: revision for revision in self.revisions}
