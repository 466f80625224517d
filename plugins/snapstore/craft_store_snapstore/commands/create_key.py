"""``craft-store create-key``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from craft_store_core.plugins import CommandResult

if TYPE_CHECKING:
    from craft_store_core.plugins import Application


@dataclass(frozen=True)
class CreatedKey(CommandResult):
    """The new key on this machine."""

    name: str

    def lines(self) -> tuple[str, ...]:
        """Show the name, and what follows."""
        name = self.name
        return (f"Created the key {name}. Register it with 'craft-store register-key {name}'.",)


@click.command("create-key")
@click.argument("name", default="default")
@click.pass_obj
def command(app: Application, *, name: str) -> CreatedKey:
    """Create a key on this machine with the program 'snap', which prompts for a passphrase.

    Does not require a login or a store.

    Example: craft-store create-key build-key
    """
    from craft_store_snapstore.signing import SnapProgram

    SnapProgram().create_key(name, ask=app.interactive)
    return CreatedKey(name)
