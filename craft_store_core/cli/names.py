"""``craft-store names``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from craft_store_core.cli.results import CommandResult, Table

if TYPE_CHECKING:
    from craft_store_core.cli.application import Application
    from craft_store_core.models import Listing, Package


@dataclass(frozen=True)
class Names(CommandResult, document="packages"):
    """The packages of the account."""

    packages: Listing[Package]

    def table(self) -> Table:
        """Show the packages by name."""
        return Table(
            ("Name", "Type", "Visibility", "Status", "Publisher"),
            [
                (
                    package.name,
                    package.type,
                    "private" if package.private else "public",
                    package.status,
                    package.publisher
                    and (package.publisher.display_name or package.publisher.username),
                )
                for package in sorted(self.packages, key=lambda package: package.name or "")
            ],
            empty="The account has no names. Register one with 'craft-store register NAME'.",
        )


@click.command("names")
@click.option(
    "--include-collaborations",
    is_flag=True,
    help="Also list names that other accounts share with this account.",
)
@click.pass_obj
def command(app: Application, *, include_collaborations: bool) -> Names:
    """List the package names of the account.

    Example: craft-store names --include-collaborations
    """
    with app.connect() as client:
        return Names(client.list_names(include_collaborations=include_collaborations))
