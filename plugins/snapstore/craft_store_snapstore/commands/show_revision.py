"""``craft-store show-revision``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from craft_store_snapstore.endpoints import SnapStoreEndpoints

if TYPE_CHECKING:
    from craft_store_core.plugins import Application


@click.command("show-revision")
@click.argument("name")
@click.argument("revision", type=click.IntRange(1))
@click.pass_obj
def command(app: Application, *, name: str, revision: int) -> None:
    """Show one revision of a snap.

    Example: craft-store show-revision weather-widget 8 --store snapstore
    """
    with app.connect() as client:
        found = client.endpoints_of(SnapStoreEndpoints, "show-revision").get_revision(
            name, revision
        )
    said = found.to_json()
    app.result(
        said,
        columns=("", ""),
        rows=[
            ("revision", found.revision),
            ("version", found.version),
            ("status", found.status),
            ("architectures", ", ".join(map(str, found.bases)) or None),
            ("base", said.get("base")),
            ("grade", said.get("grade")),
            ("confinement", said.get("confinement")),
            ("created", f"{found.created_at:%Y-%m-%d %H:%M}" if found.created_at else None),
            ("bytes", found.size),
            ("sha3-384", found.sha3_384),
        ],
    )
