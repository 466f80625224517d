"""``craft-store resources``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

from craft_store_core.cli.results import INLINE, CommandResult, Table
from craft_store_core.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from craft_store_core.cli.application import Application
    from craft_store_core.models import DeclaredResource, Listing


@dataclass(frozen=True)
class DeclaredWithRevisions:
    """A resource that a revision of the package declares.

    Attributes:
        resource_revisions: The numbers of the resource's own revisions, the newest first.
    """

    declared: DeclaredResource = field(metadata=INLINE)
    resource_revisions: Sequence[int]


@dataclass(frozen=True)
class Resources(CommandResult, document="resources"):
    """The resources that a revision declares."""

    resources: Sequence[DeclaredWithRevisions]
    name: str
    listing: Listing[DeclaredResource]

    def table(self) -> Table:
        """Show each resource."""
        return Table(
            ("Revision", "Resource", "Type", "Optional", "Resource revisions"),
            [
                (
                    item.declared.revision,
                    item.declared.name,
                    item.declared.type,
                    "yes" if item.declared.optional else "no",
                    ", ".join(map(str, item.resource_revisions)) or None,
                )
                for item in self.resources
            ],
            empty=f"{self.name} declares no resources.",
        )


@click.command("resources")
@click.argument("name")
@click.option(
    "--revision",
    type=click.IntRange(min=1),
    help="Revision of the package, such as 7 (default: the newest).",
)
@click.pass_obj
def command(app: Application, *, name: str, revision: int | None) -> Resources:
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
            rows.append(DeclaredWithRevisions(item, numbers))
    return Resources(rows, name, declared)
