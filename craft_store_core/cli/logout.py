"""``craft-store logout``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from craft_store_core.cli.application import Application


@click.command("logout")
@click.pass_obj
def command(app: Application) -> None:
    """Remove the stored credentials.

    Example: craft-store logout --store charmhub
    """
    with app.connect() as client:
        removed = client.logout()
        backend = client.authenticator.backend.name
        title = client.store.title
    app.result(
        {"removed": removed, "credential-backend": backend},
        lines=[
            f"Logged out of {title}."
            if removed
            else f"The backend {backend} has no credentials for {title}."
        ],
    )
