"""The results of ``publish`` and ``upload``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Literal, cast

from craft_store_core.cli.results import FOR_PEOPLE, CommandResult, SchemaKeyword
from craft_store_core.errors import ExitCode
from craft_store_core.publishing.items import name_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from craft_store_core.errors import CraftStoreError
    from craft_store_core.models import Base
    from craft_store_core.publishing import PublishArtifact, PublishItem, PublishOutcome

Sha3 = Annotated[str, SchemaKeyword("pattern", "^[0-9a-f]{96}$")]
ImageDigest = Annotated[str, SchemaKeyword("pattern", "^sha(256:[0-9a-f]{64}|512:[0-9a-f]{128})$")]
FileStatus = Literal["to-upload", "in-review", "uploaded", "already-uploaded", "given", "failed"]
ChannelStatus = Literal["to-release", "released", "unchanged", "kept-newer", "when-approved"]
Outcome = Literal["planned", "done", "pending", "interrupted", "partial", "failed"]

RESUME_HINT = (
    "Run the same command again to continue. Files that the store has are not uploaded again."
)
_CHANNEL_WORDS: dict[ChannelStatus, str] = {
    "released": "released",
    "unchanged": "already released",
    "kept-newer": "skipped, the channel has a newer revision",
    "when-approved": "the store releases it after approval",
    "to-release": "not released",
}
_PLANNED_CHANNEL_WORDS = {**_CHANNEL_WORDS, "to-release": "to be released"}


@dataclass(frozen=True)
class FileError:
    """Why a file is not at the store; the keys are those of the error document."""

    code: str
    message: str
    why: str | None
    request_id: str | None

    @classmethod
    def of(cls, error: CraftStoreError | None) -> FileError | None:
        """Return the reason; None without an error."""
        if error is None:
            return None
        return cls(error.code, error.message, error.why, getattr(error, "request_id", None))


@dataclass(frozen=True)
class ResourceOutcome:
    """What became of a resource.

    Attributes:
        file: The file, or what was given in its place; null for a revision.
        digest: Of an image; null for a file.
        revision: The revision at the store; null while there is none.
        size: Bytes; null where no file was given.
        upload_id: The upload, when the file was sent in this run.
        review_url: Where the review can be seen.
        error: Why the file is not at the store.
    """

    file: str | None
    resource: str
    digest: ImageDigest | None
    revision: int | None
    sha3_384: Sha3 | None
    size: int | None
    status: FileStatus
    upload_id: str | None
    review_url: str | None
    error: FileError | None
    title: str = field(metadata=FOR_PEOPLE)

    @classmethod
    def of(cls, item: PublishItem) -> ResourceOutcome:
        """Return what became of a resource."""
        return cls(
            file=None if item.file is None else str(item.file),
            resource=item.resource or "",
            digest=item.digest,
            revision=item.revision,
            sha3_384=item.sha3_384,
            size=item.size,
            status=cast("FileStatus", item.status),
            upload_id=item.upload_id,
            review_url=item.review_url,
            error=FileError.of(item.error),
            title="" if item.file is None else name_of(item.file),
        )


@dataclass(frozen=True)
class ChannelOutcome:
    """What became of the release to a channel."""

    channel: str
    status: ChannelStatus


@dataclass(frozen=True)
class ArtifactOutcome(CommandResult):
    """The outcome of an upload.

    Attributes:
        name: The package.
        revision: The revision at the store; null while there is none.
        size: Bytes.
        upload_id: The upload, when the file was sent in this run.
        review_url: Where the review can be seen.
        error: Why the file is not at the store.
        bases: What the artifact runs on, as its file says.
    """

    name: str
    file: str
    revision: int | None
    sha3_384: Sha3 | None
    size: int
    status: FileStatus
    upload_id: str | None
    review_url: str | None
    error: FileError | None
    bases: Sequence[Base]
    resources: Sequence[ResourceOutcome]
    channels: Sequence[ChannelOutcome]
    title: str = field(metadata=FOR_PEOPLE)
    dry_run: bool = field(metadata=FOR_PEOPLE)

    @classmethod
    def of(cls, result: PublishArtifact, *, dry_run: bool = False) -> ArtifactOutcome:
        """Return what became of an artifact, or what would."""
        item = result.artifact
        channels = cast("dict[str, ChannelStatus]", result.channels)
        return cls(
            name=result.name,
            file=str(item.file),
            revision=item.revision,
            sha3_384=item.sha3_384,
            size=item.size or 0,
            status=cast("FileStatus", item.status),
            upload_id=item.upload_id,
            review_url=item.review_url,
            error=FileError.of(item.error),
            bases=result.bases,
            resources=[ResourceOutcome.of(each) for each in result.resources],
            channels=[ChannelOutcome(*each) for each in channels.items()],
            title="" if item.file is None else name_of(item.file),
            dry_run=dry_run,
        )

    def lines(self) -> Iterator[str]:
        """Show the artifact, its resources and its channels."""
        words = _PLANNED_CHANNEL_WORDS if self.dry_run else _CHANNEL_WORDS
        yield f"{self.name} {_described(self, dry_run=self.dry_run)}"
        for item in self.resources:
            yield f"  resource {item.resource}: {_described(item, dry_run=self.dry_run)}"
        for each in self.channels:
            yield f"  {each.channel}: {words[each.status]}"


@dataclass(frozen=True)
class PlanOutcome(CommandResult):
    """The outcome of a plan; with --dry-run, the expected outcome.

    Attributes:
        dry_run: Nothing was uploaded or released.
        artifacts: One for each artifact, in the order of the plan.
    """

    outcome: Outcome
    dry_run: bool
    artifacts: Sequence[ArtifactOutcome]
    done: bool = field(metadata=FOR_PEOPLE)
    failure: CraftStoreError | None = field(metadata=FOR_PEOPLE)

    @classmethod
    def of(cls, outcome: PublishOutcome) -> PlanOutcome:
        """Return what became of a plan."""
        dry_run = outcome.dry_run
        return cls(
            cast("Outcome", outcome.name),
            dry_run,
            [ArtifactOutcome.of(item, dry_run=dry_run) for item in outcome.artifacts],
            outcome.done or dry_run,
            outcome.error,
        )

    @property
    def exit_code(self) -> ExitCode:
        """Name what waits for a review."""
        return ExitCode.DONE if self.done else ExitCode.PENDING

    def lines(self) -> Iterator[str]:
        """Show each artifact."""
        if self.dry_run:
            yield "Plan (nothing is uploaded or released):"
        for item in self.artifacts:
            yield from item.lines()

    def notes(self) -> tuple[str, ...]:
        """Explain how to continue."""
        return () if self.done else (f"Some reviews are not finished. {RESUME_HINT}",)


def _described(item: ArtifactOutcome | ResourceOutcome, *, dry_run: bool) -> str:
    if item.revision is not None:
        return f"revision {item.revision} ({item.status.replace('-', ' ')})"
    if item.status == "in-review":
        return f"{item.title}: in review, upload id {item.upload_id}"
    if item.error is not None:
        return f"{item.title}: failed: {item.error.message}"
    if not dry_run:
        return f"{item.title}: not uploaded"
    image = item.digest if isinstance(item, ResourceOutcome) else None
    digest = "" if image is None else f"{image}, "
    return f"upload {item.title} ({digest}{item.size} bytes)"
