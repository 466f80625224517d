"""Everything that is asked of the store before the first byte is sent to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from craft_store_core.channels import DEFAULT_TRACK, Channel
from craft_store_core.errors import (
    NotFoundError,
    PermissionRequiredError,
    ReviewRejectedError,
    UnsupportedOperationError,
    UsageError,
)
from craft_store_core.publishing.items import ChannelState, ItemState, PublishItem

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from craft_store_core.models import ChannelMap, Identity, Package, Revision
    from craft_store_core.publishing.items import PublishArtifact
    from craft_store_core.stores.client import StoreClient

_UPLOADING = ("push-revision", "review-status", "list-revisions")
_RELEASING = ("release", "list-releases")

Known = tuple[int, "int | None", "str | None"]
"""What the store has: revision, bytes, digest."""


class Preflight:
    """Asks a store about the artifacts of one plan; each question once.

    Args:
        client: Of the store.
    """

    def __init__(self, client: StoreClient) -> None:
        self._client = client
        self._revisions: dict[str, list[Known]] = {}
        self._in_review: dict[str, list[Known]] = {}
        self._packages: dict[str, Package | None] = {}
        self._resources: dict[tuple[str, str], list[Known] | None] = {}

    def check(self, artifacts: Sequence[PublishArtifact]) -> None:
        """Find what could make the publishing fail, and what the store has already.

        Fills in the channels with the default track of the package, and the revisions.

        Raises:
            UnsupportedOperationError: There are components, and the store takes none.
            PermissionRequiredError: The credentials do not allow it.
            NotFoundError: A name is not registered, or belongs to somebody else.
            UsageError: A track or a revision of a resource does not exist.
        """
        components = "push-components"
        if any(item.components for item in artifacts) and not self._client.supports(components):
            raise UnsupportedOperationError(self._client.store.name, components)
        identity = self._client.whoami()
        releasing = any(artifact.releases for artifact in artifacts)
        self._check_permissions(identity, releasing=releasing)
        for artifact in artifacts:
            check_limits(identity, artifact.name, ())
        for artifact in artifacts:
            channels = self._channels(artifact)
            check_limits(identity, artifact.name, channels)
            artifact.releases = dict.fromkeys(channels, ChannelState.TO_RELEASE)
        for artifact in artifacts:
            self._reconcile_all(artifact)

    def knows_resource(self, name: str, resource: str) -> bool:
        """Tell whether some revision at the store declares the resource."""
        return self._known_resource(name, resource) is not None

    def in_review(self, artifact: PublishArtifact) -> int | None:
        """Return the revision that has the same bytes and waits for its review, after `check`."""
        return matching(artifact.artifact, self._in_review[artifact.name])

    def twin(self, artifact: PublishArtifact) -> Revision | None:
        """Return the revision that has the same bytes now; a rejected one if there is no other."""
        same = [
            item
            for item in self._client.list_revisions(artifact.name)
            if matching(artifact.artifact, [_known(item)]) is not None
        ]
        return max(same, key=lambda item: (not item.rejected, item.revision), default=None)

    def releases(self, artifacts: Sequence[PublishArtifact]) -> dict[str, ChannelMap]:
        """Return what is released now, by package, of those that are to be released."""
        names = dict.fromkeys(artifact.name for artifact in artifacts if artifact.releases)
        return {name: self._client.list_releases(name) for name in names}

    def _check_permissions(self, identity: Identity, *, releasing: bool) -> None:
        operations = _UPLOADING + (_RELEASING if releasing else ())
        missing = self._client.missing_permissions(identity, operations)
        if missing:
            raise outside_limits(
                f"The credentials do not allow {' and '.join(missing)}.",
                f"They are limited to: {', '.join(identity.permissions or ())}.",
            )

    def _channels(self, artifact: PublishArtifact) -> tuple[Channel, ...]:
        name, texts = artifact.name, artifact.request.channels
        if name not in self._packages:
            self._packages[name] = self._package(name)
            if self._client.supports("check-upload"):
                self._client.check_upload(name)
        package = self._packages[name]
        if package is None:
            return tuple(dict.fromkeys(Channel.parse(text, DEFAULT_TRACK) for text in texts))
        return channels_of(package, texts)

    def _package(self, name: str) -> Package | None:
        if not self._client.supports("get-metadata"):
            return None
        try:
            return self._client.get_metadata(name)
        except NotFoundError as error:
            raise NotFoundError(
                f"The store does not have the package {name!r}, or your account has no access to "
                "it.",
                status=error.status,
                entries=error.entries,
                request_id=error.request_id,
                why=error.why,
                advice=f"Register the name with 'craft-store register {name}'.",
            ) from error

    def _reconcile_all(self, artifact: PublishArtifact) -> None:
        if artifact.name not in self._revisions:
            revisions = self._client.list_revisions(artifact.name)
            self._revisions[artifact.name] = [
                _known(item) for item in revisions if not (item.rejected or item.in_review)
            ]
            self._in_review[artifact.name] = [_known(item) for item in revisions if item.in_review]
        _take(artifact.artifact, self._revisions[artifact.name])
        for item in artifact.resources:
            known = self._known_resource(artifact.name, item.resource or "") or []
            if item.file is None:
                _require(artifact, item, known)
            else:
                self._identify(artifact, item)
                _take(item, known)

    def _identify(self, artifact: PublishArtifact, item: PublishItem) -> None:
        """Find out by which digest the store knows a resource that is no file, if it does."""
        resource, content = item.resource or "", item.content
        if content is None or item.hashing is not None:
            return
        if self.knows_resource(artifact.name, resource):
            item.identify(self._client.resource_digest(artifact.name, resource, content))

    def _known_resource(self, name: str, resource: str) -> list[Known] | None:
        key = name, resource
        if key not in self._resources:
            try:
                listing = self._client.list_resource_revisions(name, resource)
            except NotFoundError:
                self._resources[key] = None  # no revision has declared the resource yet
            else:
                self._resources[key] = [(one.revision, one.size, one.sha3_384) for one in listing]
        return self._resources[key]


def matching(item: PublishItem, known: Iterable[Known]) -> int | None:
    """Return the newest revision that holds the bytes of a file; None when there is none."""
    # The digest of a big file takes longer than its upload: wait for it only if it can match.
    # What stands for something else than a file has a size of its own.
    same_size = [
        (digest, number)
        for number, size, digest in known
        if size == item.size or item.content is not None
    ]
    if not same_size or item.hashing is None:
        return None
    digest = item.hashing.result()
    return max((number for other, number in same_size if other == digest), default=None)


def rejected_before(revision: Revision, error: ReviewRejectedError) -> ReviewRejectedError:
    """Return the error for bytes that the store rejected already.

    Args:
        revision: The rejected revision.
        error: What the store says to the second upload.
    """
    return ReviewRejectedError(
        f"The store's review has already rejected the same file, as revision {revision.revision}.",
        upload_id=error.upload_id,
        entries=revision.errors,
        why="; ".join(entry.message or str(entry.code) for entry in revision.errors),
        advice=error.advice,
    )


def _known(revision: Revision) -> Known:
    return revision.revision, revision.size, revision.sha3_384


def _take(item: PublishItem, known: Iterable[Known]) -> None:
    revision = matching(item, known)
    if revision is not None:
        item.found(revision, ItemState.ALREADY_UPLOADED)


def _require(artifact: PublishArtifact, item: PublishItem, known: Sequence[Known]) -> None:
    numbers = [number for number, _, _ in known]
    if item.revision not in numbers:
        raise UsageError(
            f"The resource {item.resource!r} of {artifact.name} has no revision {item.revision}.",
            why=f"Its revisions are: {', '.join(map(str, numbers)) or 'none'}. Nothing was sent.",
            advice="Pass one of these revisions, or a file.",
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
                advice="Choose one of these, or create the track with 'craft-store create-track'.",
            )
    return channels


def check_limits(identity: Identity, name: str, channels: Sequence[Channel]) -> None:
    """Compare what is planned with the packages and channels that credentials are limited to.

    Raises:
        PermissionRequiredError: Something planned is outside of them.
    """
    packages = identity.packages
    if packages is not None and not any(item.name in {name, None} for item in packages):
        names = ", ".join(str(item.name) for item in packages)
        raise outside_limits(
            f"The credentials do not allow access to {name!r}.", f"They are limited to: {names}."
        )
    for channel in channels:
        if identity.channels is not None and not _matches(identity.channels, channel):
            raise outside_limits(
                f"The credentials do not allow a release to {channel}.",
                f"They are limited to: {', '.join(identity.channels)}.",
            )


def outside_limits(message: str, why: str) -> PermissionRequiredError:
    """Return the error for credentials that do not suffice."""
    return PermissionRequiredError(
        message,
        status=401,
        why=f"{why} Nothing was sent.",
        advice="Log in again for credentials without this limit, or use other credentials.",
    )


def _matches(patterns: Sequence[str], channel: Channel) -> bool:
    from fnmatch import fnmatchcase

    # "edge" in a limit means the edge of the default track.
    spellings = {str(channel), str(channel).removeprefix("latest/")}
    return any(fnmatchcase(text, pattern) for text in spellings for pattern in patterns)
