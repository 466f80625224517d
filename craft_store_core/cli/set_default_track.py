"""``craft-store set-default-track``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from craft_store_core.cli.application import Application


@click.command("set-default-track")
@click.argument("name")
@click.argument("track")
@click.pass_obj
def command(app: Application, *, name: str, track: str) -> None:
    """Set the track used when an installer names none.

    Example: craft-store set-default-track acme-web 2.0
    """
    with app.connect() as client:
        package = client.update_metadata(name, {"default-track": track})
    app.result(
        {"name": name, "default-track": package.default_track},
        lines=[f"The default track of {name} is {package.default_track}."],
    )
