"""``craft-store gated``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from craft_store_snapstore.endpoints import SnapStoreEndpoints

if TYPE_CHECKING:
    from craft_store_core.plugins import Application


@click.command("gated")
@click.argument("name")
@click.option("--include-revoked", is_flag=True, help="Also list revoked validations.")
@click.pass_obj
def command(app: Application, *, name: str, include_revoked: bool) -> None:
    """List the snaps that a gating snap gates, with their validated revisions.

    Example: craft-store gated lab-gadget --store snapstore
    """
    with app.connect() as client:
        found = client.endpoints_of(SnapStoreEndpoints, "gated").list_validations(
            name, include_revoked=include_revoked
        )
    app.result(
        found.to_json(),
        columns=("Name", "Revision", "Required", "Revoked"),
        rows=[
            (
                item.approved_snap_name or item.approved_snap_id,
                item.approved_snap_revision,
                "yes" if item.required else None,
                "yes" if item.revoked == "true" else None,
            )
            for item in found
        ],
        empty=f"{name} gates no snaps.",
    )
    app.warn_unreadable(found)
