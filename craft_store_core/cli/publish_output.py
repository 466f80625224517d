"""What ``publish`` and ``upload`` show to people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from craft_store_core.publishing.results import name_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from craft_store_core.publishing import PublishedFile, PublishOutcome, PublishResult

_CHANNEL_WORDS = {
    "released": "released",
    "unchanged": "already released",
    "kept-newer": "skipped, the channel has a newer revision",
    "when-approved": "the store releases it after approval",
    "to-release": "not released",
}
_PLANNED_CHANNEL_WORDS = {**_CHANNEL_WORDS, "to-release": "to be released"}


def outcome_lines(outcome: PublishOutcome) -> list[str]:
    """Return what became of a plan, or what would."""
    lines = [
        line for item in outcome.artifacts for line in artifact_lines(item, dry_run=outcome.dry_run)
    ]
    return ["Plan (nothing is uploaded or released):", *lines] if outcome.dry_run else lines


def artifact_lines(result: PublishResult, *, dry_run: bool = False) -> Iterator[str]:
    """Return what became of one artifact, or what would."""
    words = _PLANNED_CHANNEL_WORDS if dry_run else _CHANNEL_WORDS
    yield f"{result.name} {_described(result.artifact, dry_run=dry_run)}"
    for item in result.resources:
        yield f"  resource {item.resource}: {_described(item, dry_run=dry_run)}"
    for channel, state in result.channels.items():
        yield f"  {channel}: {words[state]}"


def _described(item: PublishedFile, *, dry_run: bool) -> str:
    name = "" if item.file is None else name_of(item.file)
    if item.revision is not None:
        return f"revision {item.revision} ({item.status.replace('-', ' ')})"
    if item.status == "in-review":
        return f"{name}: in review, upload id {item.upload_id}"
    if item.error is not None:
        return f"{name}: failed: {item.error.message}"
    digest = "" if item.digest is None else f"{item.digest}, "
    return f"upload {name} ({digest}{item.size} bytes)" if dry_run else f"{name}: not uploaded"
