"""``craft-store revisions``."""

from __future__ import annotations

import click

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
                "; ".join([item.status, *(error.message for error in item.errors)]),
                item.size,
                ", ".join(str(base) for base in item.bases if base is not None) or None,
            )
            for item in sorted(revisions, key=lambda item: -item.revision)
        ],
        empty=f"{name} has no revisions.",
    )
    app.warn_unreadable(revisions)
