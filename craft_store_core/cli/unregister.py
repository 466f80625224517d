"""``craft-store unregister``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from craft_store_core.cli.confirmation import confirm, yes_option
from craft_store_core.cli.results import CommandResult

if TYPE_CHECKING:
    from craft_store_core.cli.application import Application


@dataclass(frozen=True)
class UnregisteredName(CommandResult):
    """The unregistered name.

    Attributes:
        id: The id that the package had.
    """

    name: str
    id: str

    def lines(self) -> tuple[str, ...]:
        """Show the name."""
        return (f"Unregistered {self.name}.",)


@click.command("unregister")
@click.argument("name")
@yes_option
@click.pass_obj
def command(app: Application, *, name: str, yes: bool) -> UnregisteredName:
    """Unregister a package name that has no revisions.

    Example: craft-store unregister acme-old --yes
    """
    with app.connect() as client:
        if not yes:
            confirm(app, f"Unregister {name}? Other accounts can then register it.")
        return UnregisteredName(name, client.unregister_name(name))
