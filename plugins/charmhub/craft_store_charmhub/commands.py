"""The commands of ``craft-store`` that only make sense for charms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from craft_store_core.cli.application import Application

ARCHITECTURES = ("all", "amd64", "arm64", "armhf", "i386", "ppc64el", "riscv64", "s390x")


@click.command("set-resource-architectures")
@click.argument("name")
@click.argument("resource")
@click.argument(
    "architectures",
    metavar="ARCHITECTURE...",
    nargs=-1,
    required=True,
    type=click.Choice(ARCHITECTURES),
)
@click.option(
    "--revision",
    "revisions",
    multiple=True,
    required=True,
    type=click.IntRange(min=1),
    help="A revision of the resource; can be given several times.",
)
@click.pass_obj
def set_resource_architectures(
    app: Application,
    *,
    name: str,
    resource: str,
    architectures: tuple[str, ...],
    revisions: tuple[int, ...],
) -> None:
    """Say on which architectures revisions of a resource run, in place of what was said before.

    Example: craft-store set-resource-architectures acme-web model amd64 arm64 --revision 2
    """
    from craft_store_core.models import ResourceBase

    bases = (ResourceBase(tuple(dict.fromkeys(architectures))),)
    with app.connect() as client:
        client.update_resource_revisions(name, resource, dict.fromkeys(revisions, bases))
        listing = client.list_resource_revisions(name, resource)
    changed = [item for item in listing if item.revision in revisions]
    app.result(
        [item.to_json() for item in changed],
        columns=("Revision", "Architectures"),
        rows=[
            (item.revision, ", ".join(arch for base in item.bases for arch in base.architectures))
            for item in changed
        ],
    )
    app.warn_unreadable(listing)
