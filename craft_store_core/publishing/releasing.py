"""The last step of a publishing: what was approved goes to its channels, unless it is there."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from craft_store_core.errors import CraftStoreError
from craft_store_core.models import ReleaseRequest, ResourcePin
from craft_store_core.publishing.checks import has_newer, is_released
from craft_store_core.publishing.results import (
    KEPT_NEWER,
    RELEASED,
    TO_RELEASE,
    UNCHANGED,
    UPLOADED,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from craft_store_core.channels import Channel
    from craft_store_core.models import ChannelMap
    from craft_store_core.publishing.planned import PlannedArtifact
    from craft_store_core.publishing.preflight import Preflight
    from craft_store_core.stores.client import StoreClient


class Releasing:
    """Releases the artifacts of a plan; what became of it is in their ``states``.

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
        artifacts: Sequence[PlannedArtifact],
        *,
        only_if_newer: bool,
    ) -> None:
        self._client = client
        self._preflight = preflight
        self._artifacts = artifacts
        self.only_if_newer = only_if_newer

    def unbound_resources(self) -> list[tuple[PlannedArtifact, str]]:
        """Return resources that are declared, but neither given nor released before.

        A store takes what was released before for a resource that a release does not name, and
        refuses the release where there is nothing, unless the resource is optional, which only the
        store knows (Publisher Gateway reference, section 10.3).
        """
        left = [
            (artifact, resource)
            for artifact in self._artifacts
            if artifact.channels
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
            for channel in artifact.channels:
                state = self._state(artifact, channel, current[artifact.name])
                # What the store did by itself was done in this run.
                done = artifact.handed_over and artifact.file.status == UPLOADED
                artifact.states[channel] = RELEASED if done and state == UNCHANGED else state

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
                for channel, state in artifact.states.items()
                if state == TO_RELEASE
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
                artifact.states[channel] = RELEASED

    def _state(self, artifact: PlannedArtifact, channel: Channel, releases: ChannelMap) -> str:
        revision, pins = artifact.file.revision, artifact.pins
        if revision is None or len(pins) < len(artifact.resources):
            return TO_RELEASE
        if is_released(releases, channel, revision, pins):
            return UNCHANGED
        newer = has_newer(releases, channel, revision, artifact.read.bases)
        return KEPT_NEWER if self.only_if_newer and newer else TO_RELEASE

    def _all_released(self, name: str, missing: list[tuple[PlannedArtifact, Channel]]) -> bool:
        """Find out what a release did that the store refused, or did not answer."""
        with suppress(CraftStoreError):
            current = self._client.list_releases(name)
            for artifact, channel in missing:
                if is_released(current, channel, artifact.file.revision or 0, artifact.pins):
                    artifact.states[channel] = RELEASED
        return all(artifact.states[channel] == RELEASED for artifact, channel in missing)


def _was_released(releases: ChannelMap, resource: str) -> bool:
    return any(
        pin.name == resource and pin.revision is not None
        for row in releases.rows
        for pin in row.resources
    )


def _wanted(artifact: PlannedArtifact, channel: Channel) -> ReleaseRequest:
    pins = tuple(ResourcePin(name, number) for name, number in artifact.pins.items())
    return ReleaseRequest(channel, artifact.file.revision, pins)
