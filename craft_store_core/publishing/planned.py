"""The artifacts of a plan: their files read and measured, nothing asked of a store yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

from craft_store_core.channels import Channel
from craft_store_core.errors import UsageError
from craft_store_core.publishing.checks import refuse_undeclared, size_of
from craft_store_core.publishing.digests import sha3_384
from craft_store_core.publishing.results import (
    GIVEN,
    PlannedFile,
    PublishResult,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from concurrent.futures import Future

    from craft_store_core.models import Artifact
    from craft_store_core.plugins.endpoint_sets import ResourceContent
    from craft_store_core.publishing.request import PublishRequest
    from craft_store_core.publishing.workers import Workers
    from craft_store_core.stores.client import StoreClient


@dataclass
class PlannedArtifact:
    """One artifact of a plan, and how far it is.

    Attributes:
        request: What was asked for.
        read: What the file says of itself.
        name: The package.
        channels: Where to release it.
        file: The artifact's file.
        resources: Its resources, in the order given; artifacts of a package share them.
        components: Component name to its file.
        states: Channel to what became of its release.
        handed_over: The store releases it by itself once it is approved.
    """

    request: PublishRequest
    read: Artifact
    name: str
    channels: tuple[Channel, ...]
    file: PlannedFile
    resources: tuple[PlannedFile, ...]
    components: Mapping[str, Path] = field(default_factory=dict)
    states: dict[Channel, str] = field(default_factory=dict)
    handed_over: bool = False

    @property
    def pins(self) -> dict[str, int]:
        """Resource name to the revision that is released with the artifact."""
        return {
            item.resource: item.revision
            for item in self.resources
            if item.resource is not None and item.revision is not None
        }

    def snapshot(self, default: str, *, wait: bool = True) -> PublishResult:
        """Return how far it is.

        Args:
            default: The state of channels of which nothing is known.
            wait: Wait for the digests.
        """
        return PublishResult(
            name=self.name,
            artifact=self.file.snapshot(wait=wait),
            resources=tuple(item.snapshot(wait=wait) for item in self.resources),
            channels={str(channel): self.states.get(channel, default) for channel in self.channels},
            bases=tuple(self.read.bases),
        )


def read_artifacts(
    client: StoreClient, requests: Sequence[PublishRequest], digests: Workers
) -> tuple[PlannedArtifact, ...]:
    """Read what is to be published; digests are computed in the background.

    Raises:
        ArtifactError: A file is missing, or is not what it should be.
        InvalidChannelError: A channel is not one.
        UsageError: Something is given that an artifact does not declare, or two artifacts would
            replace each other.
    """
    if not requests:
        raise UsageError("No artifact was given.", advice="Pass the path of an artifact.")
    read = [_checked(client, request) for request in requests]
    for request, artifact in read:
        resources = _resource_files(client, request, artifact)
        for file in (request.artifact, *request.components.values(), *resources):
            size_of(file)
    planner = _Planner(client, digests)
    artifacts = tuple(planner.artifact(request, artifact) for request, artifact in read)
    for first, second in combinations(artifacts, 2):
        _refuse_clash(first, second)
    return artifacts


def _checked(client: StoreClient, request: PublishRequest) -> tuple[PublishRequest, Artifact]:
    for text in request.channels:
        Channel.parse(text)  # a typing mistake is found before anything is read or sent
    artifact = client.read_artifact(request.artifact)
    refuse_undeclared("resource", request.artifact, request.resources, artifact.resources)
    refuse_undeclared("component", request.artifact, request.components, artifact.components)
    missing = sorted(set(artifact.components) - set(request.components))
    if missing:
        raise UsageError(
            f"{request.artifact.name} requires the file of its component {missing[0]!r}.",
            why="An artifact and all its components become one revision.",
            advice="Pass it with --component NAME=FILE.",
        )
    return request, artifact


class _Planner:
    """Makes the files of artifacts; what is given more than once is read once."""

    def __init__(self, client: StoreClient, digests: Workers) -> None:
        self._client = client
        self._digests = digests
        self._files: dict[tuple[str, str | None, Path | str], PlannedFile] = {}
        self._contents: dict[tuple[str, Path | str], ResourceContent] = {}

    def artifact(self, request: PublishRequest, artifact: Artifact) -> PlannedArtifact:
        """Return one artifact with its resources."""
        name = request.name or artifact.name
        return PlannedArtifact(
            request=request,
            read=artifact,
            name=name,
            # Without the package's default track yet; a repeated channel is released once.
            channels=tuple(dict.fromkeys(Channel.parse(text) for text in request.channels)),
            file=self._file(name, None, request.artifact, None),
            resources=tuple(
                PlannedFile(None, resource, None, None, revision=given, status=GIVEN)
                if isinstance(given, int)
                else self._resource(name, resource, given, request, artifact)
                for resource, given in request.resources.items()
            ),
            components=request.components,
        )

    def _resource(
        self,
        name: str,
        resource: str,
        given: Path | str,
        request: PublishRequest,
        artifact: Artifact,
    ) -> PlannedFile:
        kind = artifact.resources.get(resource)
        if kind is None or not self._client.transports(kind):
            return self._file(name, resource, _path(request, given), kind)
        place = given.resolve() if isinstance(given, Path) else given
        key = name, resource, place
        if key not in self._files:
            content = self._content(kind, place, given, request)
            self._files[key] = PlannedFile(
                given, resource, content.size, None, kind, package=name, content=content
            )
        return self._files[key]

    def _content(
        self, kind: str, place: Path | str, given: Path | str, request: PublishRequest
    ) -> ResourceContent:
        if (kind, place) not in self._contents:
            folder = request.folder if isinstance(given, str) else None
            content = self._client.read_resource(kind, given, folder=folder)
            self._contents[kind, place] = content
        return self._contents[kind, place]

    def _file(self, name: str, resource: str | None, file: Path, kind: str | None) -> PlannedFile:
        key = name, resource, file.resolve()
        if key not in self._files:
            digest: Future[str] = self._digests.submit(sha3_384, file)
            self._files[key] = PlannedFile(
                file, resource, size_of(file), digest, kind, package=name
            )
        return self._files[key]


def _path(request: PublishRequest, given: Path | str) -> Path:
    """Return the path of a file; one that is given as a path is complete."""
    return given if isinstance(given, Path) else request.folder / given


def _resource_files(client: StoreClient, request: PublishRequest, artifact: Artifact) -> list[Path]:
    return [
        _path(request, given)
        for resource, given in request.resources.items()
        if not isinstance(given, int) and not client.transports(artifact.resources.get(resource))
    ]


def _refuse_clash(first: PlannedArtifact, second: PlannedArtifact) -> None:
    if first.name != second.name:
        return
    files = f"{first.request.artifact} and {second.request.artifact}"
    if first.file is second.file:
        raise UsageError(f"{first.request.artifact} is given twice.", advice="Pass it once.")
    shared = [channel for channel in first.channels if channel in second.channels]
    one, other = set(first.read.bases), set(second.read.bases)
    same = one & other if one and other else one == other
    if shared and same:
        raise UsageError(
            f"{files} would replace each other in {shared[0]}.",
            why=(
                f"Both contain {first.name} for "
                f"{', '.join(map(str, sorted(one & other, key=str)))}."
            )
            if one & other
            else f"Both contain {first.name}, and neither declares its bases or architectures.",
            advice="Release them to different channels, or remove one.",
        )
