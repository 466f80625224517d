"""``craft-store gated``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from craft_store_core.plugins import CommandResult, Table
from craft_store_snapstore.endpoints import SnapStoreEndpoints

if TYPE_CHECKING:
    from craft_store_core.models import Listing
    from craft_store_core.plugins import Application
    from craft_store_snapstore.models import Validation


@dataclass(frozen=True)
class GatedSnaps(CommandResult, document="validations"):
    """The validations of a gating snap: headers, mostly texts."""

    validations: Listing[Validation]
    name: str

    def table(self) -> Table:
        """Show each gated snap."""
        return Table(
            ("Name", "Revision", "Required", "Revoked"),
            [
                (
                    item.approved_snap_name or item.approved_snap_id,
                    item.approved_snap_revision,
                    "yes" if item.required else None,
                    "yes" if item.revoked == "true" else None,
                )
                for item in self.validations
            ],
            empty=f"{self.name} gates no snaps.",
        )


@click.command("gated")
@click.argument("name")
@click.option("--include-revoked", is_flag=True, help="Also list revoked validations.")
@click.pass_obj
def command(app: Application, *, name: str, include_revoked: bool) -> GatedSnaps:
    """List the snaps that a gating snap gates, with their validated revisions.

    Example: craft-store gated lab-gadget --store snapstore
    """
    with app.connect() as client:
        store = client.endpoints_of(SnapStoreEndpoints, "gated")
        return GatedSnaps(store.list_validations(name, include_revoked=include_revoked), name)
