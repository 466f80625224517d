"""``craft-store register``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import click

from craft_store_core.cli.results import CommandResult
from craft_store_core.errors import ConflictError
from craft_store_core.http.error_bodies import normal_code

if TYPE_CHECKING:
    from craft_store_core.cli.application import Application


@dataclass(frozen=True)
class RegisteredName(CommandResult):
    """The registered name.

    Attributes:
        id: The store's id of the package; null where the account owned the name before.
    """

    name: str
    id: str | None
    status: Literal["registered", "already-owned"]

    def lines(self) -> tuple[str, ...]:
        """Show what was done."""
        if self.status == "registered":
            return (f"Registered {self.name} ({self.id}).",)
        return (f"Your account already owns {self.name}.",)


@click.command("register")
@click.argument("name")
@click.option(
    "--type",
    "entity_type",
    metavar="TYPE",
    help="Type of the package, such as charm (default: the store's).",
)
@click.option("--private", is_flag=True, help="Show the package only to its collaborators.")
@click.pass_obj
def command(
    app: Application, *, name: str, entity_type: str | None, private: bool
) -> RegisteredName:
    """Register a package name. Succeeds if the account already owns the name.

    Example: craft-store register acme-web
    """
    with app.connect() as client:
        try:
            package_id = client.register_name(name, entity_type=entity_type, private=private)
        except ConflictError as error:
            if "already-owned" not in map(normal_code, error.codes):
                raise
            return RegisteredName(name, None, "already-owned")
    return RegisteredName(name, package_id, "registered")
