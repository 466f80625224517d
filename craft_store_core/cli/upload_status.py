"""``craft-store upload-status``: go on waiting for a review."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

from craft_store_core.cli.results import INLINE, CommandResult
from craft_store_core.cli.review_options import timeout_option
from craft_store_core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from craft_store_core.cli.application import Application
    from craft_store_core.models import ReviewStatus
    from craft_store_core.stores.reviews import Polling


@dataclass(frozen=True)
class UploadStatus(CommandResult):
    """The review of an upload."""

    name: str
    review: ReviewStatus = field(metadata=INLINE)

    def lines(self) -> Iterator[str]:
        """Show the status, and the reasons of a rejection."""
        number = "" if self.review.revision is None else f", revision {self.review.revision}"
        yield f"{self.name}: {self.review.status}{number}"
        yield from (f"  {entry.message}" for entry in self.review.errors)


@click.command("upload-status")
@click.argument("name")
@click.argument("upload_id", metavar="UPLOAD-ID")
@click.option("--no-wait", is_flag=True, help="Show the current status without waiting.")
@timeout_option
@click.pass_obj
def command(
    app: Application, *, name: str, upload_id: str, no_wait: bool, polling: Polling
) -> UploadStatus:
    """Wait for the review of an earlier upload, or show its status.

    Example: craft-store upload-status acme-web 4a3b2c1d-0f9e-4d8c-b7a6-1234567890ab
    """
    if not upload_id.strip():
        raise UsageError(
            "The upload id is empty.",
            advice="Pass the upload id that 'craft-store upload' printed.",
        )
    with app.connect() as client:
        if not no_wait:
            client.wait_for_review(name, upload_id, polling)
        return UploadStatus(name, client.review_status(name, upload_id))
