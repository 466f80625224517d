"""``craft-store resource-revisions``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from craft_store_core.cli.application import Application


@click.command("resource-revisions")
@click.argument("name")
@click.argument("resource")
@click.pass_obj
def command(app: Application, *, name: str, resource: str) -> None:
    """List the revisions of a resource, newest first.

    Example: craft-store resource-revisions acme-web model
    """
    with app.connect() as client:
        revisions = client.list_resource_revisions(name, resource)
    app.result(
        revisions.to_json(),
        columns=("Revision", "Created", "Size", "Architectures", "SHA3-384"),
        rows=[
            (
                item.revision,
                f"{item.created_at:%Y-%m-%d %H:%M}" if item.created_at else None,
                item.size,
                ", ".join(sorted({arch for base in item.bases for arch in base.architectures})),
                item.sha3_384,
            )
            for item in sorted(revisions, key=lambda item: -item.revision)
        ],
        empty=f"The resource {resource} of {name} has no revisions.",
    )
    app.warn_unreadable(revisions)
