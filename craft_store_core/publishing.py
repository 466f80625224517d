"""Publishing in one step that can be repeated: plan, reconcile, upload, review, release.

A plan is made before the first byte is sent: the files are read, channels parsed, the
credentials' limits and the package checked. What the store has already, by sha3-384, is not sent
again; so a run that was interrupted can simply be started again, and a run after success changes
nothing.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

from craft_store_core.channels import DEFAULT_TRACK, Channel
from craft_store_core.digests import sha3_384
from craft_store_core.endpoints import Operation
from craft_store_core.errors import (
    ArtifactError,
    CraftStoreError,
    NotFound,
    PermissionRequired,
    ReviewRejected,
    UsageError,
)
from craft_store_core.models import ReleaseRequest, ResourcePin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from craft_store_core.client import StoreClient
    from craft_store_core.models import Base, ChannelMap, Identity, Package
    from craft_store_core.reviews import Polling

PARALLEL_UPLOADS = 4
"""How many files are sent at once, at most."""

_UPLOADING = (Operation.PUSH_REVISION, Operation.REVIEW_STATUS, Operation.LIST_REVISIONS)
_RELEASING = (Operation.RELEASE, Operation.LIST_RELEASES)


_Known = tuple[int, "int | None", "str | None"]
"""What the store has: revision, bytes, digest."""


@dataclass(frozen=True)
class PublishRequest:
    """What is to be published.

    Attributes:
        artifact: The file.
        channels: Where to release it; none uploads only.
        resources: Resource name to a file to upload, or to a revision that the store has.
        name: Package name; by default the one in the artifact.
    """

    artifact: Path
    channels: tuple[str, ...] = ()
    resources: Mapping[str, Path | int] = field(default_factory=dict)
    name: str | None = None


@dataclass
class PlannedFile:
    """One file of a plan.

    Attributes:
        file: The file.
        resource: Name of the resource that it is; None for the artifact.
        resource_type: Type of the resource.
        size: Bytes.
        digest: The sha3-384, computed in the background.
        revision: The revision that holds these bytes at the store already; None to upload.
    """

    file: Path
    resource: str | None
    size: int
    digest: Future[str]
    resource_type: str | None = None
    revision: int | None = None

    @property
    def title(self) -> str:
        """What it is, for people."""
        return self.file.name if self.resource is None else f"{self.resource}={self.file.name}"


@dataclass(frozen=True)
class PublishedFile:
    """What became of one file.

    Attributes:
        file: The file; None for a resource that was named by its revision.
        resource: Name of the resource; None for the artifact.
        revision: Its revision at the store.
        sha3_384: Digest, hexadecimal; None where no file was given.
        size: Bytes; None where no file was given.
        status: ``uploaded``, or ``already-uploaded`` when the store had it.
    """

    file: Path | None
    resource: str | None
    revision: int
    sha3_384: str | None
    size: int | None
    status: str

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "file": None if self.file is None else str(self.file),
            "resource": self.resource,
            "revision": self.revision,
            "sha3-384": self.sha3_384,
            "size": self.size,
            "status": self.status,
        }


@dataclass(frozen=True)
class PublishResult:
    """What publishing did.

    Attributes:
        name: The package.
        artifact: The artifact's revision.
        resources: The resources' revisions, in the order given.
        channels: Channel to ``released``, or ``unchanged`` when it was released there before.
    """

    name: str
    artifact: PublishedFile
    resources: tuple[PublishedFile, ...]
    channels: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "name": self.name,
            **{key: value for key, value in self.artifact.to_json().items() if key != "resource"},
            "resources": [item.to_json() for item in self.resources],
            "channels": [{"channel": key, "status": value} for key, value in self.channels.items()],
        }


class PublicationStopped(CraftStoreError):
    """An upload ended because the publishing that it belongs to did."""


class Publication:
    """One publishing, from the plan to the release.

    Use as a context manager: leaving it stops the threads that read and send.

    Args:
        client: Of the store to publish to.
        request: What is to be published.
        polling: How reviews are waited for.
        say: Called with what happens, one line each.

    Raises:
        ArtifactError: A file is missing, or is not what it should be.
        InvalidChannelError: A channel is not one.
        UsageError: A resource is given that the artifact does not declare.
    """

    def __init__(
        self,
        client: StoreClient,
        request: PublishRequest,
        *,
        polling: Polling | None = None,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._client = client
        self._request = request
        self._polling = polling
        self._say = say
        # Without the package's default track yet; a repeated channel is released once.
        self.channels = tuple(dict.fromkeys(Channel.parse(text) for text in request.channels))
        artifact = client.read_artifact(request.artifact)
        self.name = request.name or artifact.name
        self._refuse_undeclared(artifact.resources)
        files = [(None, request.artifact, None)] + [
            (name, file, artifact.resources.get(name))
            for name, file in request.resources.items()
            if isinstance(file, Path)
        ]
        sizes = [_size(file) for _, file, _ in files]
        self._stopped = Event()
        self._pool = ThreadPoolExecutor(PARALLEL_UPLOADS, thread_name_prefix="publish")
        planned = [
            PlannedFile(file, name, size, self._pool.submit(sha3_384, file), kind)
            for (name, file, kind), size in zip(files, sizes, strict=True)
        ]
        self.artifact, self.resources = planned[0], tuple(planned[1:])

    def __enter__(self) -> Publication:
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def check(self) -> None:
        """Ask the store everything that could make the publishing fail, and what it has already.

        Raises:
            PermissionRequired: The credentials do not allow it.
            NotFound: The name is not registered, or belongs to somebody else.
        """
        identity = self._client.whoami()
        self._check_permissions(identity)
        check_limits(identity, self.name, ())
        package = self._package()
        self.channels = channels_of(package, self._request.channels)
        check_limits(identity, self.name, self.channels)
        self.artifact.revision = self._reconcile(self.artifact, self._usable_revisions())
        for planned in self.resources:
            planned.revision = self._reconcile(planned, self._resource_revisions(planned))

    def run(self) -> PublishResult:
        """Send what is missing, wait for the reviews, release.

        Raises:
            ReviewError: A file was rejected, waits for a person, or was not reviewed in time.
            StoreError: The store refused something.
        """
        blobs = {
            planned.resource: self._pool.submit(self._upload, planned)
            for planned in (self.artifact, *self.resources)
            if planned.revision is None
        }
        artifact = self._publish_artifact(blobs.get(None))
        pending = [
            self._pool.submit(self._publish_resource, planned, blobs.get(planned.resource))
            for planned in self.resources
        ]
        uploaded = {done.resource: done for done in (future.result() for future in pending)}
        resources = tuple(
            uploaded[name]
            if isinstance(given, Path)
            else PublishedFile(None, name, given, None, None, "given")
            for name, given in self._request.resources.items()
        )
        return PublishResult(self.name, artifact, resources, self._release(artifact, resources))

    def submit(self) -> str:
        """Send the artifact and do not wait for its review; return the upload id."""
        upload_id = self._upload(self.artifact)
        self._client.push_revision(self.name, upload_id)
        return upload_id

    def _upload(self, planned: PlannedFile) -> str:
        return self._client.upload_file(planned.file, progress=self._go_on)

    def _go_on(self, _: int) -> None:
        # Called between the blocks of an upload: so an interruption ends those in other threads.
        if self._stopped.is_set():
            raise PublicationStopped("The publishing was stopped; what was sent is not released.")

    def _refuse_undeclared(self, declared: Mapping[str, str]) -> None:
        for name in self._request.resources:
            if name not in declared:
                raise UsageError(
                    f"{self._request.artifact.name} declares no resource {name!r}.",
                    why=f"It declares: {', '.join(sorted(declared)) or 'none'}.",
                    advice="Correct the name, or add the resource to the artifact's metadata.",
                )

    def _package(self) -> Package:
        try:
            return self._client.get_metadata(self.name)
        except NotFound as error:
            raise NotFound(
                f"The store does not know {self.name!r}, or you may not see it.",
                status=error.status,
                entries=error.entries,
                request_id=error.request_id,
                why=error.why,
                advice=f"Register it with 'craft-store register {self.name}'.",
            ) from error

    def _check_permissions(self, identity: Identity) -> None:
        operations = _UPLOADING + (_RELEASING if self.channels else ())
        missing = self._client.missing_permissions(identity, operations)
        if missing:
            raise _outside_limits(
                f"The credentials do not allow {' and '.join(missing)}.",
                f"They are limited to: {', '.join(identity.permissions or ())}.",
            )

    def _resource_revisions(self, planned: PlannedFile) -> list[_Known]:
        try:
            listing = self._client.list_resource_revisions(self.name, planned.resource or "")
        except NotFound:
            return []  # no revision has declared the resource yet
        return [(item.revision, item.size, item.sha3_384) for item in listing]

    def _reconcile(self, planned: PlannedFile, known: Iterable[_Known]) -> int | None:
        # The digest of a big file takes longer than its upload: wait for it only if it can match.
        same_size = [(digest, number) for number, size, digest in known if size == planned.size]
        if not same_size:
            return None
        digest = planned.digest.result()
        return max((number for other, number in same_size if other == digest), default=None)

    def _publish_artifact(self, blob: Future[str] | None) -> PublishedFile:
        planned = self.artifact
        if blob is None:
            return self._published(planned, "already-uploaded")
        upload_id = blob.result()
        self._client.push_revision(self.name, upload_id)
        try:
            planned.revision = self._client.wait_for_review(self.name, upload_id, self._polling)
        except ReviewRejected:
            # An earlier run may have sent the same bytes and not lived to see the answer.
            planned.revision = self._reconcile(planned, self._usable_revisions())
            if planned.revision is None:
                raise
            return self._published(planned, "already-uploaded")
        return self._published(planned, "uploaded")

    def _usable_revisions(self) -> list[_Known]:
        return [
            (item.revision, item.size, item.sha3_384)
            for item in self._client.list_revisions(self.name)
            if not item.rejected
        ]

    def _publish_resource(self, planned: PlannedFile, blob: Future[str] | None) -> PublishedFile:
        if blob is None or planned.resource is None:
            return self._published(planned, "already-uploaded")
        upload_id = blob.result()
        self._client.push_resource(
            self.name, planned.resource, upload_id, resource_type=planned.resource_type
        )
        planned.revision = self._client.wait_for_review(self.name, upload_id, self._polling)
        return self._published(planned, "uploaded")

    def _published(self, planned: PlannedFile, status: str) -> PublishedFile:
        revision = planned.revision or 0
        self._say(f"{planned.title}: revision {revision} ({status.replace('-', ' ')})")
        return PublishedFile(
            planned.file, planned.resource, revision, planned.digest.result(), planned.size, status
        )

    def _release(
        self, artifact: PublishedFile, resources: Sequence[PublishedFile]
    ) -> dict[str, str]:
        if not self.channels:
            return {}
        pins = {item.resource: item.revision for item in resources if item.resource is not None}
        current = self._client.list_releases(self.name)
        missing = [
            channel
            for channel in self.channels
            if not is_released(current, channel, artifact.revision, pins)
        ]
        if missing:
            resource_pins = tuple(ResourcePin(name, number) for name, number in pins.items())
            self._client.release(
                self.name,
                [ReleaseRequest(channel, artifact.revision, resource_pins) for channel in missing],
            )
        return {
            str(channel): "released" if channel in missing else "unchanged"
            for channel in self.channels
        }


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


def channels_of(package: Package, texts: Iterable[str]) -> tuple[Channel, ...]:
    """Read channels as they are meant for a package.

    Args:
        package: Its default track completes channels that name none.
        texts: The channels; one that is repeated counts once.

    Raises:
        InvalidChannelError: A text is no channel.
        UsageError: The package has not got the track.
    """
    default = package.default_track or DEFAULT_TRACK
    channels = tuple(dict.fromkeys(Channel.parse(text, default) for text in texts))
    known = {track.name for track in package.tracks} | {DEFAULT_TRACK}
    for channel in channels:
        if channel.track not in known:
            raise UsageError(
                f"{package.name!r} has no track {channel.track!r}.",
                why=f"Its tracks are {', '.join(sorted(known))}.",
                advice="Choose one of these, or create the track first.",
            )
    return channels


def check_limits(identity: Identity, name: str, channels: Sequence[Channel]) -> None:
    """Compare what is planned with the packages and channels that credentials are limited to.

    Raises:
        PermissionRequired: Something planned is outside of them.
    """
    packages = identity.packages
    if packages is not None and not any(item.name in {name, None} for item in packages):
        names = ", ".join(str(item.name) for item in packages)
        raise _outside_limits(
            f"The credentials do not allow access to {name!r}.", f"They are limited to: {names}."
        )
    for channel in channels:
        if identity.channels is not None and not _matches(identity.channels, channel):
            raise _outside_limits(
                f"The credentials do not allow a release to {channel}.",
                f"They are limited to: {', '.join(identity.channels)}.",
            )


def _matches(patterns: Sequence[str], channel: Channel) -> bool:
    from fnmatch import fnmatchcase

    # "edge" in a limit means the edge of the default track.
    spellings = {str(channel), str(channel).removeprefix("latest/")}
    return any(fnmatchcase(text, pattern) for text in spellings for pattern in patterns)


def _outside_limits(message: str, why: str) -> PermissionRequired:
    return PermissionRequired(
        message,
        status=401,
        why=f"{why} Nothing was sent.",
        advice="Log in again asking for more, or use other credentials.",
    )


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError as error:
        raise ArtifactError(
            f"The file {file} cannot be read.",
            why=error.strerror,
            advice="Check the path; nothing was sent.",
        ) from None
