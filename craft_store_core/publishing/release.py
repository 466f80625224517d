"""The last step of a publishing: what was approved goes to its channels, unless it is there."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from craft_store_core.errors import CraftStoreError
from craft_store_core.models import ReleaseRequest, ResourcePin
from craft_store_core.publishing.items import ChannelState, ItemState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from craft_store_core.channels import Channel
    from craft_store_core.models import Base, ChannelMap
    from craft_store_core.publishing.items import PublishArtifact
    from craft_store_core.publishing.preflight import Preflight
    from craft_store_core.stores.client import StoreClient


class Releasing:
    """Releases the artifacts of a plan; what became of it is in their ``releases``.

    Args:
        client: Of the store.
        preflight: Asks what is released now.
        artifacts: The plan's.
        only_if_newer: Leave channels alone that have a newer revision.
    """

    def __init__(
        self,
        client: StoreClient,
        preflight: Preflight,
        artifacts: Sequence[PublishArtifact],
        *,
        only_if_newer: bool,
    ) -> None:
        self._client = client
        self._preflight = preflight
        self._artifacts = artifacts
        self.only_if_newer = only_if_newer

    def unbound_resources(self) -> list[tuple[PublishArtifact, str]]:
        """Return resources that are declared, but neither given nor released before.

        A store takes what was released before for a resource that a release does not name, and
        refuses the release where there is nothing, unless the resource is optional, which only the
        store knows (Publisher Gateway reference, section 10.3).
        """
        left = [
            (artifact, resource)
            for artifact in self._artifacts
            if artifact.releases
            for resource in artifact.read.resources
            if resource not in artifact.request.resources
        ]
        if not left:
            return []
        current = self._preflight.releases([artifact for artifact, _ in left])
        return [
            (artifact, resource)
            for artifact, resource in left
            if not _was_released(current[artifact.name], resource)
        ]

    def plan(self) -> None:
        """Find out for each channel whether anything must be done."""
        current = self._preflight.releases(self._artifacts)
        for artifact in self._artifacts:
            for channel in artifact.releases:
                state = self._state(artifact, channel, current[artifact.name])
                # What the store did by itself was done in this run.
                done = artifact.handed_over and artifact.artifact.state is ItemState.UPLOADED
                if done and state is ChannelState.UNCHANGED:
                    state = ChannelState.RELEASED
                artifact.releases[channel] = state

    def run(self) -> None:
        """Release what must be, with one request for each package.

        Raises:
            StoreError: The store refused a release.
            TransportError: It did not answer, and did not do it either.
        """
        self.plan()
        for name in dict.fromkeys(artifact.name for artifact in self._artifacts):
            missing = [
                (artifact, channel)
                for artifact in self._artifacts
                if artifact.name == name
                for channel, state in artifact.releases.items()
                if state is ChannelState.TO_RELEASE
            ]
            if not missing:
                continue
            try:
                self._client.release(name, [_wanted(*one) for one in missing])
            except CraftStoreError:
                # An answer that was lost on the way is no failure.
                if not self._all_released(name, missing):
                    raise
            for artifact, channel in missing:
                artifact.releases[channel] = ChannelState.RELEASED

    def _state(
        self, artifact: PublishArtifact, channel: Channel, releases: ChannelMap
    ) -> ChannelState:
        revision, pins = artifact.artifact.revision, artifact.pins
        if revision is None or len(pins) < len(artifact.resources):
            return ChannelState.TO_RELEASE
        if is_released(releases, channel, revision, pins):
            return ChannelState.UNCHANGED
        newer = has_newer(releases, channel, revision, artifact.read.bases)
        return ChannelState.KEPT_NEWER if self.only_if_newer and newer else ChannelState.TO_RELEASE

    def _all_released(self, name: str, missing: list[tuple[PublishArtifact, Channel]]) -> bool:
        """Find out what a release did that the store refused, or did not answer."""
        with suppress(CraftStoreError):
            current = self._client.list_releases(name)
            for artifact, channel in missing:
                if is_released(current, channel, artifact.artifact.revision or 0, artifact.pins):
                    artifact.releases[channel] = ChannelState.RELEASED
        return all(
            artifact.releases[channel] is ChannelState.RELEASED for artifact, channel in missing
        )


def _was_released(releases: ChannelMap, resource: str) -> bool:
    return any(
        pin.name == resource and pin.revision is not None
        for row in releases.rows
        for pin in row.resources
    )


def _wanted(artifact: PublishArtifact, channel: Channel) -> ReleaseRequest:
    pins = tuple(ResourcePin(name, number) for name, number in artifact.pins.items())
    return ReleaseRequest(channel, artifact.artifact.revision, pins)


def is_released(
    releases: ChannelMap, channel: Channel, revision: int, pins: Mapping[str, int]
) -> bool:
    """Tell whether a channel has a revision on all its bases, with those resource revisions.

    Rows of other bases, to which another architecture may be released, do not matter.
    """
    details = releases.revision(revision)
    if details is None:
        return False
    bases: set[Base | None] = {*details.bases} or {None}
    rows = [row for row in releases.at(channel) if row.base in bases]
    return {row.base for row in rows} == bases and all(
        row.revision == revision
        and pins.items() <= {item.name: item.revision for item in row.resources}.items()
        for row in rows
    )


def has_newer(
    releases: ChannelMap, channel: Channel, revision: int, bases: Sequence[Base | None]
) -> bool:
    """Tell whether a channel has a newer revision for one of some bases.

    Args:
        releases: What is released.
        channel: The channel; what it inherits from a more stable one does not count.
        revision: The revision that would be released.
        bases: What that revision runs on; empty when it is not known: then all rows count.
    """
    return any(
        row.revision > revision for row in releases.at(channel) if not bases or row.base in bases
    )
