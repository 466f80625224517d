"""The command ``craft-store acme-seal``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from acme_craft_store.endpoints import AcmeEndpoints
from craft_store_core.plugins import CommandResult

if TYPE_CHECKING:
    from craft_store_core.plugins import Application


@dataclass(frozen=True)
class Seal(CommandResult):
    """The new seal of a package."""

    name: str
    seal: str

    def lines(self) -> tuple[str, ...]:
        """Show the seal."""
        return (f"Sealed {self.name}: {self.seal}",)


@click.command("acme-seal")
@click.argument("name")
@click.pass_obj
def seal(app: Application, *, name: str) -> Seal:
    """Seal a package.

    Example: craft-store acme-seal acme-web
    """
    with app.connect() as client:
        return Seal(name, client.endpoints_of(AcmeEndpoints, "seal").seal(name))
