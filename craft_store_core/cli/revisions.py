"""``craft-store revisions``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from craft_store_core.cli.application import Application


@click.command("revisions")
@click.argument("name")
@click.pass_obj
def command(app: Application, *, name: str) -> None:
    """List the revisions of a package, newest first.

    Example: craft-store revisions acme-web
    """
    with app.connect() as client:
        revisions = client.list_revisions(name)
    app.result(
        [revision.to_json() for revision in revisions],
        columns=("Revision", "Version", "Created", "Status", "Size", "Bases"),
        rows=[
            (
                item.revision,
                item.version,
                f"{item.created_at:%Y-%m-%d %H:%M}" if item.created_at else None,
                "; ".join([item.status or "unknown", *(error.message for error in item.errors)]),
                item.size,
                ", ".join(map(str, item.bases)) or None,
            )
            for item in sorted(revisions, key=lambda item: -item.revision)
        ],
        empty=f"{name} has no revisions.",
    )
    app.warn_unreadable(revisions)
