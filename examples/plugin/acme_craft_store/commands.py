"""The command ``craft-store acme-seal``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from acme_craft_store.endpoints import AcmeEndpoints

if TYPE_CHECKING:
    from craft_store_core.plugins import Application


@click.command("acme-seal")
@click.argument("name")
@click.pass_obj
def seal(app: Application, *, name: str) -> None:
    """Seal a package.

    Example: craft-store acme-seal acme-web
    """
    with app.connect() as client:
        made = client.endpoints_of(AcmeEndpoints, "seal").seal(name)
    app.result({"name": name, "seal": made}, lines=[f"Sealed {name}: {made}"])
