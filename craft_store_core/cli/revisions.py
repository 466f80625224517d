"""``craft-store revisions``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from craft_store_core.cli.results import CommandResult, Table

if TYPE_CHECKING:
    from craft_store_core.cli.application import Application
    from craft_store_core.models import Listing, Revision


@dataclass(frozen=True)
class Revisions(CommandResult, document="revisions"):
    """The revisions of a package."""

    revisions: Listing[Revision]
    name: str

    def table(self) -> Table:
        """Show the newest first."""
        return Table(
            ("Revision", "Version", "Created", "Status", "Size", "Bases"),
            [
                (
                    item.revision,
                    item.version,
                    f"{item.created_at:%Y-%m-%d %H:%M}" if item.created_at else None,
                    "; ".join(
                        [item.status or "unknown", *(error.message for error in item.errors)]
                    ),
                    item.size,
                    ", ".join(map(str, item.bases)) or None,
                )
                for item in sorted(self.revisions, key=lambda item: -item.revision)
            ],
            empty=f"{self.name} has no revisions.",
        )


@click.command("revisions")
@click.argument("name")
@click.pass_obj
def command(app: Application, *, name: str) -> Revisions:
    """List the revisions of a package, newest first.

    Example: craft-store revisions acme-web
    """
    with app.connect() as client:
        return Revisions(client.list_revisions(name), name)
