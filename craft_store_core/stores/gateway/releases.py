"""The channel map, releasing and closing.

Source: Publisher Gateway reference, sections 10 and 21.6.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from craft_store_core.channels import Channel, names_track
from craft_store_core.errors import InvalidChannelError
from craft_store_core.models import (
    ChannelInfo,
    ChannelMap,
    Listing,
    Release,
    ReleaseResult,
    Revision,
    UnreadableError,
    read,
)
from craft_store_core.plugins.answers import architecture_as_base
from craft_store_core.plugins.endpoint_sets import operation
from craft_store_core.stores.gateway.area import GatewayArea

if TYPE_CHECKING:
    from collections.abc import Iterable

    from craft_store_core.models import ReleaseRequest


class GatewayReleases(GatewayArea):
    """Releases and the channel map."""

    @operation("package-view-releases")
    def list_releases(self, name: str) -> ChannelMap:
        """Return what is released where. May lag some seconds behind a release."""
        answer = self.ask("GET", self.package_path(name, "releases"))
        return ChannelMap(
            rows=answer.listing(Release, "channel-map", adapt=architecture_as_base),
            channels=answer.part("package").listing(ChannelInfo, "channels"),
            revisions=answer.listing(Revision, "revisions", adapt=architecture_as_base),
            raw=answer.document,
        )

    @operation("package-manage-releases")
    def release(self, name: str, requests: Iterable[ReleaseRequest]) -> Listing[ReleaseResult]:
        """Release revisions to channels; a request without a revision closes its channel.

        All requests are sent at once: the store does all of them or none. Sending the same
        again is harmless, so it is done when an answer is lost.

        Returns:
            One result for each request, in the same order.
        """
        wanted = tuple(requests)
        body = [request.to_json() for request in wanted]
        answer = self.ask("POST", self.package_path(name, "releases"), json=body, repeatable=True)
        released = answer.document.get("released")
        rows = released if isinstance(released, list) else []
        rows = rows + [None] * (len(wanted) - len(rows))
        return Listing(_result(request, row) for request, row in zip(wanted, rows, strict=False))


def _result(request: ReleaseRequest, row: Any) -> ReleaseResult:
    """Return what became of a request; requests and rows correspond by position.

    The answer may leave out anything, and may shorten the channel to its risk.
    """
    accepted = ReleaseResult(request.channel, request.revision, request.resources, confirmed=False)
    if not isinstance(row, dict):
        return accepted
    channel = row.get("channel")
    if not isinstance(channel, str):
        return accepted
    try:
        return read(ReleaseResult, {**row, "channel": _in_full(channel, request.channel)})
    except (UnreadableError, InvalidChannelError):
        return accepted


def _in_full(text: str, requested: Channel) -> str:
    channel = Channel.parse(text)
    return str(channel if names_track(text) else channel.with_track(requested.track))
