"""``craft-store resource-revisions``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from craft_store_core.cli.results import CommandResult, Table

if TYPE_CHECKING:
    from craft_store_core.cli.application import Application
    from craft_store_core.models import Listing, ResourceRevision


@dataclass(frozen=True)
class ResourceRevisions(CommandResult, document="revisions"):
    """The revisions of a resource."""

    revisions: Listing[ResourceRevision]
    name: str
    resource: str

    def table(self) -> Table:
        """Show the newest first."""
        return Table(
            ("Revision", "Created", "Size", "Architectures", "SHA3-384"),
            [
                (
                    item.revision,
                    f"{item.created_at:%Y-%m-%d %H:%M}" if item.created_at else None,
                    item.size,
                    ", ".join(sorted({arch for base in item.bases for arch in base.architectures})),
                    item.sha3_384,
                )
                for item in sorted(self.revisions, key=lambda item: -item.revision)
            ],
            empty=f"The resource {self.resource} of {self.name} has no revisions.",
        )


@click.command("resource-revisions")
@click.argument("name")
@click.argument("resource")
@click.pass_obj
def command(app: Application, *, name: str, resource: str) -> ResourceRevisions:
    """List the revisions of a resource, newest first.

    Example: craft-store resource-revisions acme-web model
    """
    with app.connect() as client:
        return ResourceRevisions(client.list_resource_revisions(name, resource), name, resource)
