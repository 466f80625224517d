"""``craft-store show-revision``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from craft_store_core.plugins import CommandResult, Table
from craft_store_snapstore.endpoints import SnapStoreEndpoints

if TYPE_CHECKING:
    from craft_store_core.models import Revision
    from craft_store_core.plugins import Application


@dataclass(frozen=True)
class SnapRevision(CommandResult, document="revision"):
    """One revision of a snap."""

    revision: Revision

    def table(self) -> Table:
        """Show names and values."""
        found, raw = self.revision, self.revision.raw
        return Table(
            ("", ""),
            [
                ("revision", found.revision),
                ("version", found.version),
                ("status", found.status),
                ("architectures", ", ".join(map(str, found.bases)) or None),
                ("base", raw.get("base")),
                ("grade", raw.get("grade")),
                ("confinement", raw.get("confinement")),
                ("created", f"{found.created_at:%Y-%m-%d %H:%M}" if found.created_at else None),
                ("bytes", found.size),
                ("sha3-384", found.sha3_384),
            ],
        )


@click.command("show-revision")
@click.argument("name")
@click.argument("revision", type=click.IntRange(1))
@click.pass_obj
def command(app: Application, *, name: str, revision: int) -> SnapRevision:
    """Show one revision of a snap.

    Example: craft-store show-revision weather-widget 8 --store snapstore
    """
    with app.connect() as client:
        store = client.endpoints_of(SnapStoreEndpoints, "show-revision")
        return SnapRevision(store.get_revision(name, revision))
