"""``craft-store create-key``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from craft_store_core.plugins import Application


@click.command("create-key")
@click.argument("name", default="default")
@click.pass_obj
def command(app: Application, *, name: str) -> None:
    """Create a key on this machine with the program 'snap', which prompts for a passphrase.

    Does not require a login or a store.

    Example: craft-store create-key build-key
    """
    from craft_store_snapstore.signing import SnapProgram

    SnapProgram().create_key(name, ask=app.interactive)
    app.result(
        {"name": name},
        lines=[f"Created the key {name}. Register it with 'craft-store register-key {name}'."],
    )
