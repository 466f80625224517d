"""``craft-store icon``: the picture that a store shows beside a package's name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from craft_store_core.errors import UsageError

if TYPE_CHECKING:
    from craft_store_core.cli.application import Application

_force = click.option(
    "--force", is_flag=True, help="Overwrite changes made in the store since the last upload."
)


@click.group("icon")
def command() -> None:
    """Set or remove the icon of a package. 'craft-store metadata get' shows its URL.

    Charms are not supported: Charmhub takes the icon from the file icon.svg in the released charm.
    """


@command.command("set")
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path))
@_force
@click.pass_obj
def change(app: Application, *, name: str, file: Path, force: bool) -> None:
    """Set the icon of a package. Other images of the package are kept.

    Example: craft-store icon set weather-widget icon.png
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise UsageError(f"The image {file} cannot be read.", why=error.strerror) from None
    _apply(app, name, (file.name, content), force=force)


@command.command("remove")
@click.argument("name")
@_force
@click.pass_obj
def remove(app: Application, *, name: str, force: bool) -> None:
    """Remove the icon of a package.

    Example: craft-store icon remove weather-widget
    """
    _apply(app, name, None, force=force)


def _apply(app: Application, name: str, icon: tuple[str, bytes] | None, *, force: bool) -> None:
    with app.connect() as client:
        changed = client.set_icon(name, icon, force=force)
    done = ("Set the icon of" if icon else "Removed the icon of") if changed else _unchanged(icon)
    app.result({"name": name, "changed": changed}, lines=[f"{done} {name}."])


def _unchanged(icon: object) -> str:
    return "The icon is already set for" if icon else "No icon to remove from"
