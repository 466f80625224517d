"""``craft-store unregister``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from craft_store_core.cli.confirmation import confirm, yes_option

if TYPE_CHECKING:
    from craft_store_core.cli.application import Application


@click.command("unregister")
@click.argument("name")
@yes_option
@click.pass_obj
def command(app: Application, *, name: str, yes: bool) -> None:
    """Unregister a package name that has no revisions.

    Example: craft-store unregister acme-old --yes
    """
    with app.connect() as client:
        if not yes:
            confirm(app, f"Unregister {name}? Other accounts can then register it.")
        package_id = client.unregister_name(name)
    app.result({"name": name, "id": package_id}, lines=[f"Unregistered {name}."])
