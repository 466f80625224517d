"""Outputs and summary of a GitHub Actions step."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from craft_store_core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from craft_store_core.cli.publish_output import ArtifactOutcome, PlanOutcome

_MARKUP = str.maketrans({char: f"&#{ord(char)};" for char in "|*_[]()`~\\!"})


@dataclass(frozen=True)
class GitHubReport:
    """Where a step writes what later steps and people read.

    Attributes:
        output: The file that ``GITHUB_OUTPUT`` names.
        summary: The file that ``GITHUB_STEP_SUMMARY`` names; None when it is not set.
    """

    output: Path
    summary: Path | None

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> GitHubReport:
        """Find the files, before anything is done.

        Raises:
            UsageError: The program does not run in a step of GitHub Actions.
        """
        output, summary = environment.get("GITHUB_OUTPUT"), environment.get("GITHUB_STEP_SUMMARY")
        if not output:
            raise UsageError(
                "--github works only in a GitHub Actions step.",
                why="The environment variable GITHUB_OUTPUT is not set.",
                advice="Remove --github, or set GITHUB_OUTPUT to a file path.",
            )
        return cls(Path(output), Path(summary) if summary else None)

    def write(self, result: PlanOutcome) -> None:
        """Append outputs and summary.

        The outputs are ``outcome`` (one word), ``result`` (the whole, as JSON) and ``revisions``
        (package to revisions, as JSON); of a single artifact also ``name`` and ``revision``.

        Raises:
            UsageError: A file cannot be written.
        """
        revisions: dict[str, list[int]] = {}
        for item in result.artifacts:
            number = item.revision
            revisions.setdefault(item.name, []).extend([] if number is None else [number])
        outputs = {
            "outcome": result.outcome,
            "result": json.dumps(result.to_json()),
            "revisions": json.dumps(revisions),
        }
        if len(result.artifacts) == 1:
            (only,) = result.artifacts
            outputs["name"] = only.name
            outputs["revision"] = str(only.revision or "")
        _append(self.output, "".join(_assignment(*one) for one in outputs.items()))
        if self.summary is not None:
            _append(self.summary, _summary(result))


def _assignment(name: str, value: str) -> str:
    # With a delimiter that no value can know, a line break in a value stays inside of it.
    delimiter = f"end-{secrets.token_hex(16)}"
    return f"{name}<<{delimiter}\n{value}\n{delimiter}\n"


def _summary(result: PlanOutcome) -> str:
    lines = [
        f"### craft-store publish: {result.outcome}",
        "",
        "| Package | File | Revision | Status | Resources | Channels |",
        "|---|---|---|---|---|---|",
        *(_row(item) for item in result.artifacts),
    ]
    if result.failure is not None:
        lines += ["", _plain(f"{result.failure.message} {result.failure.why or ''}")]
    return "\n".join(lines) + "\n\n"


def _row(item: ArtifactOutcome) -> str:
    cells = (
        item.name,
        item.title,
        item.revision or "-",
        item.status,
        ", ".join(f"{part.resource} (r{part.revision or '-'})" for part in item.resources) or "-",
        ", ".join(f"{each.channel}: {each.status}" for each in item.channels) or "-",
    )
    return f"| {' | '.join(_plain(str(cell)) for cell in cells)} |"


def _plain(text: str) -> str:
    """Return text that Markdown and HTML show as it is, on one line."""
    shown = "".join(c if c.isprintable() else " " for c in text)
    return escape(shown).translate(_MARKUP)


def _append(file: Path, text: str) -> None:
    try:
        with file.open("a", encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        raise UsageError(
            f"{file} cannot be written.",
            why=error.strerror,
            advice="Check the paths in GITHUB_OUTPUT and GITHUB_STEP_SUMMARY.",
        ) from None
