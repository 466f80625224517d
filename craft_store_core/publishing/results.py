"""What became of a publishing, also of one that is not finished."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING

from craft_store_core.errors import CraftStoreError, ExitCode, WorkCancelledError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from craft_store_core.models import Base
    from craft_store_core.plugins.endpoint_sets import ResourceContent

TO_UPLOAD = "to-upload"
UPLOADED = "uploaded"
ALREADY_UPLOADED = "already-uploaded"
GIVEN = "given"
IN_REVIEW = "in-review"
FAILED = "failed"

TO_RELEASE = "to-release"
RELEASED = "released"
UNCHANGED = "unchanged"
KEPT_NEWER = "kept-newer"
WHEN_APPROVED = "when-approved"

_AT_THE_STORE = {UPLOADED, ALREADY_UPLOADED, GIVEN}
_SETTLED = {RELEASED, UNCHANGED, KEPT_NEWER}
_WAITING = {ExitCode.PENDING, ExitCode.TIMEOUT}


class PublishTimedOutError(CraftStoreError):
    """The time for the whole publishing was over before everything was sent."""

    exit_code = ExitCode.TIMEOUT


class PublishIncompleteError(CraftStoreError):
    """Some artifacts of a plan are done and others are not."""

    exit_code = ExitCode.PARTIAL


@dataclass
class PlannedFile:
    """One file of a plan, and how far it is.

    Attributes:
        file: The file, or the text that was given in its place; None for a resource that was
            named by its revision.
        resource: Name of the resource that it is; None for the artifact.
        size: Bytes; None where no file was given.
        digest: The sha3-384, computed in the background; None where no file was given, and where
            only the store can tell it.
        resource_type: Type of the resource.
        revision: The revision that holds these bytes at the store; None while there is none.
        status: ``to-upload``, ``in-review``, ``uploaded``, ``already-uploaded``, ``given`` or
            ``failed``.
        upload_id: The upload, when it was sent.
        review_url: Where its review can be seen, when it was sent.
        error: Why it failed.
        package: Whose it is.
        content: What a resource consists of that takes another way to the store than a file.
    """

    file: Path | str | None
    resource: str | None
    size: int | None
    digest: Future[str] | None
    resource_type: str | None = None
    revision: int | None = None
    status: str = TO_UPLOAD
    upload_id: str | None = None
    review_url: str | None = None
    error: CraftStoreError | None = None
    package: str = ""
    content: ResourceContent | None = None

    @property
    def title(self) -> str:
        """What it is, for people."""
        name = f"revision {self.revision}" if self.file is None else name_of(self.file)
        return name if self.resource is None else f"{self.resource}={name}"

    def identify(self, digest: str | None) -> None:
        """Note the digest by which the store knows a resource that is no file."""
        if digest is not None:
            self.digest = Future()
            self.digest.set_result(digest)

    def found(self, revision: int, status: str) -> None:
        """Note that the store has it."""
        self.revision, self.status, self.error = revision, status, None

    def failed(self, error: CraftStoreError) -> None:
        """Note that it could not be sent, or was not accepted (yet)."""
        if isinstance(error, WorkCancelledError):
            # Nothing is wrong with it; the next run goes on.
            self.status = TO_UPLOAD if self.review_url is None else IN_REVIEW
            return
        self.error = error
        # Its review goes on at the store.
        at_the_store = self.upload_id is not None or self.revision is not None
        self.status = IN_REVIEW if error.exit_code in _WAITING and at_the_store else FAILED

    def snapshot(self, *, wait: bool = True) -> PublishedFile:
        """Return how far it is.

        Args:
            wait: Wait for the digest; otherwise it may be None.
        """
        known = self.digest is not None and (wait or (self.digest.done() and not self._broken()))
        return PublishedFile(
            file=self.file,
            resource=self.resource,
            revision=self.revision,
            sha3_384=self.digest.result() if known and self.digest is not None else None,
            size=self.size,
            status=self.status,
            upload_id=self.upload_id,
            review_url=self.review_url,
            error=self.error,
            digest=None if self.content is None else self.content.digest,
        )

    def _broken(self) -> bool:
        return self.digest is not None and (
            self.digest.cancelled() or self.digest.exception() is not None
        )


@dataclass(frozen=True)
class PublishedFile:
    """What became of one file.

    Attributes:
        file: The file, or the text that was given in its place; None for a resource that was
            named by its revision.
        resource: Name of the resource; None for the artifact.
        revision: Its revision at the store; None where there is none yet.
        sha3_384: Digest, hexadecimal; None where no file was given.
        size: Bytes; None where no file was given.
        status: ``uploaded``; ``already-uploaded`` when the store had it; ``given`` for a revision;
            ``in-review``; ``failed``; ``to-upload`` when it was not sent.
        upload_id: The upload, when it was sent in this run.
        review_url: Where its review can be seen.
        error: Why it is not at the store.
        digest: What identifies a resource that is no file, such as that of an image.
    """

    file: Path | str | None
    resource: str | None
    revision: int | None
    sha3_384: str | None
    size: int | None
    status: str
    upload_id: str | None = None
    review_url: str | None = None
    error: CraftStoreError | None = None
    digest: str | None = None


@dataclass(frozen=True)
class PublishResult:
    """What became of one artifact.

    Attributes:
        name: The package.
        artifact: The artifact's revision.
        resources: The resources' revisions, in the order given.
        channels: Channel to ``released``; ``unchanged`` when it was released there before;
            ``kept-newer`` when a newer revision is there; ``when-approved`` when the store releases
            it by itself after its review; ``to-release`` when nothing was done.
        bases: What it runs on, as the file says.
    """

    name: str
    artifact: PublishedFile
    resources: tuple[PublishedFile, ...]
    channels: Mapping[str, str]
    bases: tuple[Base, ...] = ()

    @property
    def files(self) -> tuple[PublishedFile, ...]:
        """The artifact and its resources."""
        return (self.artifact, *self.resources)

    @property
    def uploaded(self) -> bool:
        """The store has all of it, approved."""
        return all(item.status in _AT_THE_STORE for item in self.files)

    @property
    def done(self) -> bool:
        """It is where it should be."""
        return self.uploaded and all(state in _SETTLED for state in self.channels.values())


@dataclass(frozen=True)
class PublishOutcome:
    """What became of a whole plan.

    Attributes:
        artifacts: One for each artifact, in the order of the plan.
        release_error: Why a release failed after the uploads.
        dry_run: Nothing was to be done.
        interrupted: It was stopped before its end.
    """

    artifacts: tuple[PublishResult, ...]
    release_error: CraftStoreError | None = None
    dry_run: bool = False
    interrupted: bool = False

    @property
    def done(self) -> bool:
        """Everything is where it should be."""
        return all(item.done for item in self.artifacts)

    @property
    def name(self) -> str:
        """``planned``, ``done``, ``pending``, ``interrupted``, ``partial`` or ``failed``."""
        if self.dry_run:
            return "planned"
        if self.interrupted:
            return "interrupted"
        error = self.error
        if error is None:
            return "done" if self.done else "pending"
        if error.exit_code in _WAITING:
            return "pending"
        return "partial" if isinstance(error, PublishIncompleteError) else "failed"

    @property
    def error(self) -> CraftStoreError | None:
        """What to raise; None when nothing failed, which includes reviews nobody waited for.

        Of one artifact it is its own error. Of several, some of which are done, it is a
        :class:`PublishIncomplete`, unless the others only wait: then it is why they do.
        """
        if self.release_error is not None:
            reached = [item for item in self.artifacts if RELEASED in item.channels.values()]
            return _incomplete(self, [self.release_error]) if reached else self.release_error
        errors = _errors(self.artifacts)
        if not errors:
            return None
        hard = [error for error in errors if error.exit_code not in _WAITING]
        if not hard:
            return errors[0]
        some = len(self.artifacts) > 1 and any(item.uploaded for item in self.artifacts)
        return _incomplete(self, errors) if some else hard[0]


def name_of(file: Path | str) -> str:
    """Return how a file, or the text that was given in its place, is called in one line."""
    return file if isinstance(file, str) else file.name


def _errors(artifacts: Sequence[PublishResult]) -> list[CraftStoreError]:
    found = [file.error for item in artifacts for file in item.files if file.error is not None]
    # A resource that several artifacts share has one error.
    return list({id(error): error for error in found}.values())


def _incomplete(
    outcome: PublishOutcome, errors: Sequence[CraftStoreError]
) -> PublishIncompleteError:
    uploaded = sum(item.uploaded for item in outcome.artifacts)
    released = [
        f"{item.name} revision {item.artifact.revision} to {channel}"
        for item in outcome.artifacts
        for channel, state in item.channels.items()
        if state == RELEASED
    ]
    return PublishIncompleteError(
        f"{uploaded} of {len(outcome.artifacts)} artifacts were uploaded; "
        + (f"released: {', '.join(released)}." if released else "nothing was released."),
        why=" ".join(f"{error.message} {error.why or ''}".strip() for error in errors),
        advice="Fix the cause and run the same command again. Completed steps are not repeated.",
    )
