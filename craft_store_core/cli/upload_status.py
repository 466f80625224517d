"""``craft-store upload-status``: go on waiting for a review."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from craft_store_core.cli.review_options import timeout_option
from craft_store_core.errors import UsageError

if TYPE_CHECKING:
    from craft_store_core.cli.application import Application
    from craft_store_core.stores.reviews import Polling


@click.command("upload-status")
@click.argument("name")
@click.argument("upload_id", metavar="UPLOAD-ID")
@click.option("--no-wait", is_flag=True, help="Show the current status without waiting.")
@timeout_option
@click.pass_obj
def command(
    app: Application, *, name: str, upload_id: str, no_wait: bool, polling: Polling
) -> None:
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
        status = client.review_status(name, upload_id)
    reasons = [f"  {entry.message}" for entry in status.errors]
    number = "" if status.revision is None else f", revision {status.revision}"
    app.result(
        {"name": name, **status.to_json()}, lines=[f"{name}: {status.status}{number}", *reasons]
    )
