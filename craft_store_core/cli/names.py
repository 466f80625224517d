"""``craft-store names``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from craft_store_core.cli.application import Application


@click.command("names")
@click.option(
    "--include-collaborations",
    is_flag=True,
    help="Also list names that other accounts share with this account.",
)
@click.pass_obj
def command(app: Application, *, include_collaborations: bool) -> None:
    """List the package names of the account.

    Example: craft-store names --include-collaborations
    """
    with app.connect() as client:
        packages = client.list_names(include_collaborations=include_collaborations)
    app.result(
        [package.to_json() for package in packages],
        columns=("Name", "Type", "Visibility", "Status", "Publisher"),
        rows=[
            (
                package.name,
                package.type,
                "private" if package.private else "public",
                package.status,
                package.publisher
                and (package.publisher.display_name or package.publisher.username),
            )
            for package in sorted(packages, key=lambda package: package.name or "")
        ],
        empty="The account has no names. Register one with 'craft-store register NAME'.",
    )
    app.warn_unreadable(packages)
