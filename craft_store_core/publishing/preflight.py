"""Everything that is asked of the store before the first byte is sent to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from craft_store_core.channels import DEFAULT_TRACK, Channel
from craft_store_core.errors import (
    NotFoundError,
    ReviewRejectedError,
    UnsupportedOperationError,
    UsageError,
)
from craft_store_core.publishing.checks import channels_of, check_limits, outside_limits
from craft_store_core.publishing.results import ALREADY_UPLOADED, PlannedFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from craft_store_core.models import ChannelMap, Identity, Package, Revision
    from craft_store_core.publishing.planned import PlannedArtifact
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

    def check(self, artifacts: Sequence[PlannedArtifact]) -> None:
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
        releasing = any(artifact.channels for artifact in artifacts)
        self._check_permissions(identity, releasing=releasing)
        for artifact in artifacts:
            check_limits(identity, artifact.name, ())
        for artifact in artifacts:
            artifact.channels = self._channels(artifact)
            check_limits(identity, artifact.name, artifact.channels)
        for artifact in artifacts:
            self._reconcile_all(artifact)

    def knows_resource(self, name: str, resource: str) -> bool:
        """Tell whether some revision at the store declares the resource."""
        return self._known_resource(name, resource) is not None

    def in_review(self, artifact: PlannedArtifact) -> int | None:
        """Return the revision that has the same bytes and waits for its review, after `check`."""
        return matching(artifact.file, self._in_review[artifact.name])

    def twin(self, artifact: PlannedArtifact) -> Revision | None:
        """Return the revision that has the same bytes now; a rejected one if there is no other."""
        same = [
            item
            for item in self._client.list_revisions(artifact.name)
            if matching(artifact.file, [_known(item)]) is not None
        ]
        return max(same, key=lambda item: (not item.rejected, item.revision), default=None)

    def releases(self, artifacts: Sequence[PlannedArtifact]) -> dict[str, ChannelMap]:
        """Return what is released now, by package, of those that are to be released."""
        names = dict.fromkeys(artifact.name for artifact in artifacts if artifact.channels)
        return {name: self._client.list_releases(name) for name in names}

    def _check_permissions(self, identity: Identity, *, releasing: bool) -> None:
        operations = _UPLOADING + (_RELEASING if releasing else ())
        missing = self._client.missing_permissions(identity, operations)
        if missing:
            raise outside_limits(
                f"The credentials do not allow {' and '.join(missing)}.",
                f"They are limited to: {', '.join(identity.permissions or ())}.",
            )

    def _channels(self, artifact: PlannedArtifact) -> tuple[Channel, ...]:
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

    def _reconcile_all(self, artifact: PlannedArtifact) -> None:
        if artifact.name not in self._revisions:
            revisions = self._client.list_revisions(artifact.name)
            self._revisions[artifact.name] = [
                _known(item) for item in revisions if not (item.rejected or item.in_review)
            ]
            self._in_review[artifact.name] = [_known(item) for item in revisions if item.in_review]
        _take(artifact.file, self._revisions[artifact.name])
        for planned in artifact.resources:
            known = self._known_resource(artifact.name, planned.resource or "") or []
            if planned.file is None:
                _require(artifact, planned, known)
            else:
                self._identify(artifact, planned)
                _take(planned, known)

    def _identify(self, artifact: PlannedArtifact, planned: PlannedFile) -> None:
        """Find out by which digest the store knows a resource that is no file, if it does."""
        resource, content = planned.resource or "", planned.content
        if content is None or planned.digest is not None:
            return
        if self.knows_resource(artifact.name, resource):
            planned.identify(self._client.resource_digest(artifact.name, resource, content))

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


def matching(planned: PlannedFile, known: Iterable[Known]) -> int | None:
    """Return the newest revision that holds the bytes of a file; None when there is none."""
    # The digest of a big file takes longer than its upload: wait for it only if it can match.
    # What stands for something else than a file has a size of its own.
    same_size = [
        (digest, number)
        for number, size, digest in known
        if size == planned.size or planned.content is not None
    ]
    if not same_size or planned.digest is None:
        return None
    digest = planned.digest.result()
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


def _take(planned: PlannedFile, known: Iterable[Known]) -> None:
    revision = matching(planned, known)
    if revision is not None:
        planned.found(revision, ALREADY_UPLOADED)


def _require(artifact: PlannedArtifact, planned: PlannedFile, known: Sequence[Known]) -> None:
    numbers = [number for number, _, _ in known]
    if planned.revision not in numbers:
        raise UsageError(
            f"The resource {planned.resource!r} of {artifact.name} has no revision "
            f"{planned.revision}.",
            why=f"Its revisions are: {', '.join(map(str, numbers)) or 'none'}. Nothing was sent.",
            advice="Pass one of these revisions, or a file.",
        )
