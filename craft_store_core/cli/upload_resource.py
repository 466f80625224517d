"""``craft-store upload-resource``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from craft_store_core.cli.review_options import timeout_option

if TYPE_CHECKING:
    from craft_store_core.cli.application import Application
    from craft_store_core.reviews import Polling


@click.command("upload-resource")
@click.argument("name")
@click.argument("resource")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--type", "resource_type", default="file", show_default=True, help="Resource type.")
@timeout_option
@click.pass_obj
def command(
    app: Application,
    *,
    name: str,
    resource: str,
    file: Path,
    resource_type: str,
    polling: Polling,
) -> None:
    """Upload a file as a new revision of a resource, and wait for its review.

    Example: craft-store upload-resource acme-web model model.bin
    """
    with app.connect() as client:
        upload_id = client.upload_file(file)
        client.push_resource(name, resource, upload_id, resource_type=resource_type)
        revision = client.wait_for_review(name, upload_id, polling)
    app.result(
        {"name": name, "resource": resource, "revision": revision, "upload-id": upload_id},
        lines=[f"{name}: resource {resource} revision {revision}"],
    )
