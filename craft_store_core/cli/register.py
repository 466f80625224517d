"""``craft-store register``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from craft_store_core.errors import ConflictError
from craft_store_core.http.error_bodies import normal_code

if TYPE_CHECKING:
    from craft_store_core.cli.application import Application


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
def command(app: Application, *, name: str, entity_type: str | None, private: bool) -> None:
    """Register a package name. Succeeds if the account already owns the name.

    Example: craft-store register acme-web
    """
    with app.connect() as client:
        try:
            package_id: str | None = client.register_name(
                name, entity_type=entity_type, private=private
            )
        except ConflictError as error:
            if "already-owned" not in map(normal_code, error.codes):
                raise
            package_id = None
    if package_id is None:
        app.result(
            {"name": name, "id": None, "status": "already-owned"},
            lines=[f"Your account already owns {name}."],
        )
    else:
        app.result(
            {"name": name, "id": package_id, "status": "registered"},
            lines=[f"Registered {name} ({package_id})."],
        )
