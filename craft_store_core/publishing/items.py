"""What is published, and how far it is: items with states, their artifacts, the outcome.

They are the same objects while the publishing works on them and when it has ended.
"""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from craft_store_core.errors import CraftStoreError, ExitCode, WorkCancelledError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from craft_store_core.channels import Channel
    from craft_store_core.models import Artifact, Base
    from craft_store_core.plugins.endpoint_sets import ResourceContent
    from craft_store_core.publishing.plan import PublishRequest

_WAITING = {ExitCode.PENDING, ExitCode.TIMEOUT}


class ItemState(str, Enum):
    """How far one file is."""

    TO_UPLOAD = "to-upload"
    """It is not at the store."""
    IN_REVIEW = "in-review"
    """The store has it, and has not decided."""
    UPLOADED = "uploaded"
    """The store approved it in this run."""
    ALREADY_UPLOADED = "already-uploaded"
    """The store had it, approved."""
    GIVEN = "given"
    """It was named by its revision."""
    FAILED = "failed"
    """It could not be sent, or was rejected."""

    @property
    def approved(self) -> bool:
        """Whether it can be released."""
        return self in {ItemState.UPLOADED, ItemState.ALREADY_UPLOADED, ItemState.GIVEN}


class ChannelState(str, Enum):
    """What became of the release of an artifact to one channel."""

    TO_RELEASE = "to-release"
    """Nothing was done."""
    RELEASED = "released"
    """It was released in this run."""
    UNCHANGED = "unchanged"
    """It was there before."""
    KEPT_NEWER = "kept-newer"
    """A newer revision is there."""
    WHEN_APPROVED = "when-approved"
    """The store releases it by itself after the review."""

    @property
    def settled(self) -> bool:
        """Whether nothing is left to do."""
        return self not in {ChannelState.TO_RELEASE, ChannelState.WHEN_APPROVED}


class PublishTimedOutError(CraftStoreError):
    """The time for the whole publishing was over before everything was sent."""

    exit_code = ExitCode.TIMEOUT


class PublishIncompleteError(CraftStoreError):
    """Some artifacts of a plan are done and others are not."""

    exit_code = ExitCode.PARTIAL


@dataclass(eq=False)
class PublishItem:
    """One file of a plan, and how far it is.

    Attributes:
        package: Whose it is.
        file: The file, or the text that was given in its place; None for a resource that was
            named by its revision.
        resource: Name of the resource that it is; None for an artifact and its components.
        resource_type: Type of the resource.
        size: Bytes; None where no file was given.
        content: What a resource consists of that takes another way to the store than a file.
        state: How far it is.
        revision: The revision that holds these bytes at the store; None while there is none.
        upload_id: The upload, when it was sent.
        review_url: Where its review can be seen, when it was sent.
        error: Why it is not at the store.
        hashing: The sha3-384, computed in the background; None where no file was given, and where
            only the store can tell it.
        sending: The upload id, once it is sent; None while it need not be.
    """

    package: str
    file: Path | str | None
    resource: str | None = None
    resource_type: str | None = None
    size: int | None = None
    content: ResourceContent | None = None
    state: ItemState = ItemState.TO_UPLOAD
    revision: int | None = None
    upload_id: str | None = None
    review_url: str | None = None
    error: CraftStoreError | None = None
    hashing: Future[str] | None = field(default=None, repr=False)
    sending: Future[str] | None = field(default=None, repr=False)

    @property
    def status(self) -> str:
        """The word of the state: ``to-upload``, ``in-review``, ``uploaded`` and so on."""
        return self.state.value

    @property
    def title(self) -> str:
        """What it is, for people."""
        name = f"revision {self.revision}" if self.file is None else name_of(self.file)
        return name if self.resource is None else f"{self.resource}={name}"

    @property
    def sha3_384(self) -> str | None:
        """Digest of the file, hexadecimal; None where there is none, or none yet."""
        known = self.hashing is not None and self.hashing.done() and not self.hashing.cancelled()
        if not known or self.hashing is None or self.hashing.exception() is not None:
            return None
        return self.hashing.result()

    @property
    def digest(self) -> str | None:
        """What identifies a resource that is no file, such as that of an image."""
        return None if self.content is None else self.content.digest

    def identify(self, digest: str | None) -> None:
        """Note the digest by which the store knows a resource that is no file."""
        if digest is not None:
            self.hashing = Future()
            self.hashing.set_result(digest)

    def found(self, revision: int, state: ItemState) -> None:
        """Note that the store has it."""
        self.revision, self.state, self.error = revision, state, None

    def pushed(self, upload_id: str, review_url: str | None) -> None:
        """Note that its review has begun."""
        self.upload_id, self.review_url, self.state = upload_id, review_url, ItemState.IN_REVIEW

    def failed(self, error: CraftStoreError) -> None:
        """Note that it could not be sent, or was not accepted (yet)."""
        if isinstance(error, WorkCancelledError):
            return  # nothing is wrong with it; the next run goes on
        self.error = error
        # Its review goes on at the store.
        at_the_store = self.upload_id is not None or self.revision is not None
        waits = error.exit_code in _WAITING and at_the_store
        self.state = ItemState.IN_REVIEW if waits else ItemState.FAILED


@dataclass(eq=False)
class PublishArtifact:
    """One artifact of a plan with all that belongs to it, and how far it is.

    Attributes:
        request: What was asked for.
        read: What the file says of itself.
        name: The package.
        artifact: The artifact's file.
        resources: Its resources, in the order given; artifacts of a package share them.
        components: Component name to its file.
        releases: Channel to what became of its release.
        handed_over: The store releases it by itself once it is approved.
    """

    request: PublishRequest
    read: Artifact
    name: str
    artifact: PublishItem
    resources: tuple[PublishItem, ...]
    components: Mapping[str, PublishItem]
    releases: dict[Channel, ChannelState]
    handed_over: bool = False

    @property
    def channels(self) -> dict[str, str]:
        """Channel to the word of what became of its release, such as ``released``."""
        return {str(channel): state.value for channel, state in self.releases.items()}

    @property
    def bases(self) -> tuple[Base, ...]:
        """What it runs on, as the file says."""
        return tuple(self.read.bases)

    @property
    def files(self) -> tuple[PublishItem, ...]:
        """The artifact and its resources."""
        return (self.artifact, *self.resources)

    @property
    def pins(self) -> dict[str, int]:
        """Resource name to the revision that is released with the artifact."""
        return {
            item.resource: item.revision
            for item in self.resources
            if item.resource is not None and item.revision is not None
        }

    @property
    def uploaded(self) -> bool:
        """The store has all of it, approved."""
        return all(item.state.approved for item in self.files)

    @property
    def done(self) -> bool:
        """It is where it should be."""
        return self.uploaded and all(state.settled for state in self.releases.values())


@dataclass(frozen=True)
class PublishOutcome:
    """What became of a whole plan.

    Attributes:
        artifacts: Those of the plan, in its order.
        release_error: Why a release failed after the uploads.
        dry_run: Nothing was to be done.
        interrupted: It was stopped before its end.
    """

    artifacts: tuple[PublishArtifact, ...]
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
        :class:`PublishIncompleteError`, unless the others only wait: then it is why they do.
        """
        if self.release_error is not None:
            reached = any(self._released())
            return self._incomplete([self.release_error]) if reached else self.release_error
        items = dict.fromkeys(item for artifact in self.artifacts for item in artifact.files)
        errors = [item.error for item in items if item.error is not None]
        hard = [error for error in errors if error.exit_code not in _WAITING]
        if not hard:
            return errors[0] if errors else None
        some = len(self.artifacts) > 1 and any(item.uploaded for item in self.artifacts)
        return self._incomplete(errors) if some else hard[0]

    def _released(self) -> list[str]:
        return [
            f"{item.name} revision {item.artifact.revision} to {channel}"
            for item in self.artifacts
            for channel, state in item.releases.items()
            if state is ChannelState.RELEASED
        ]

    def _incomplete(self, errors: Sequence[CraftStoreError]) -> PublishIncompleteError:
        uploaded, released = sum(item.uploaded for item in self.artifacts), self._released()
        return PublishIncompleteError(
            f"{uploaded} of {len(self.artifacts)} artifacts were uploaded; "
            + (f"released: {', '.join(released)}." if released else "nothing was released."),
            why=" ".join(f"{error.message} {error.why or ''}".strip() for error in errors),
            advice=(
                "Fix the cause and run the same command again. Completed steps are not repeated."
            ),
        )


def name_of(file: Path | str) -> str:
    """Return how a file, or the text that was given in its place, is called in one line."""
    return file if isinstance(file, str) else file.name
