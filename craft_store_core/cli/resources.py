"""``craft-store resources``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from craft_store_core.errors import NotFoundError

if TYPE_CHECKING:
    from craft_store_core.cli.application import Application


@click.command("resources")
@click.argument("name")
@click.option(
    "--revision",
    type=click.IntRange(min=1),
    help="Revision of the package, such as 7 (default: the newest).",
)
@click.pass_obj
def command(app: Application, *, name: str, revision: int | None) -> None:
    """List the resources that a revision declares, with their own revisions.

    Example: craft-store resources acme-web --revision 7
    """
    with app.connect() as client:
        declared = client.list_resources(name, revision=revision)
        newest = revision or max((item.revision or 0 for item in declared), default=0)
        rows = []
        for item in (item for item in declared if item.revision == newest):
            try:
                found = client.list_resource_revisions(name, item.name)
            except NotFoundError:
                found = None
            numbers = sorted((each.revision for each in found or ()), reverse=True)
            rows.append((item, numbers))
    app.result(
        [{**item.to_json(), "resource-revisions": numbers} for item, numbers in rows],
        columns=("Revision", "Resource", "Type", "Optional", "Resource revisions"),
        rows=[
            (
                item.revision,
                item.name,
                item.type,
                "yes" if item.optional else "no",
                ", ".join(map(str, numbers)) or None,
            )
            for item, numbers in rows
        ],
        empty=f"{name} declares no resources.",
    )
    app.warn_unreadable(declared)
