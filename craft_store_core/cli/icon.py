"""``craft-store icon``: the picture that a store shows beside a package's name."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click

from craft_store_core.cli.results import FOR_PEOPLE, CommandResult
from craft_store_core.errors import UsageError

if TYPE_CHECKING:
    from craft_store_core.cli.application import Application


@dataclass(frozen=True)
class IconChange(CommandResult):
    """Whether the icon was changed.

    Attributes:
        changed: False where the icon was set, or missing, before.
    """

    name: str
    changed: bool
    removed: bool = field(metadata=FOR_PEOPLE)

    def lines(self) -> tuple[str, ...]:
        """Show what was done."""
        if self.changed:
            done = "Removed the icon of" if self.removed else "Set the icon of"
        else:
            done = "No icon to remove from" if self.removed else "The icon is already set for"
        return (f"{done} {self.name}.",)


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
def change(app: Application, *, name: str, file: Path, force: bool) -> IconChange:
    """Set the icon of a package. Other images of the package are kept.

    Example: craft-store icon set weather-widget icon.png
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise UsageError(f"The image {file} cannot be read.", why=error.strerror) from None
    return _apply(app, name, (file.name, content), force=force)


@command.command("remove")
@click.argument("name")
@_force
@click.pass_obj
def remove(app: Application, *, name: str, force: bool) -> IconChange:
    """Remove the icon of a package.

    Example: craft-store icon remove weather-widget
    """
    return _apply(app, name, None, force=force)


def _apply(
    app: Application, name: str, icon: tuple[str, bytes] | None, *, force: bool
) -> IconChange:
    with app.connect() as client:
        changed = client.set_icon(name, icon, force=force)
    return IconChange(name, changed, removed=icon is None)
