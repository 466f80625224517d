"""The commands of ``craft-store`` that only make sense for charms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from craft_store_core.plugins import Application

ARCHITECTURES = ("all", "amd64", "arm64", "armhf", "i386", "ppc64el", "riscv64", "s390x")


@click.command("info")
@click.argument("name")
@click.option(
    "--channel",
    metavar="CHANNEL",
    help="Show only the releases in this channel, such as latest/stable.",
)
@click.pass_obj
def info(app: Application, *, name: str, channel: str | None) -> None:
    """Show the public page and releases of a charm or bundle.

    Does not require a login. For a private charm, and for releases that closed channels inherit,
    use 'craft-store status'.

    Example: craft-store info acme-web
    """
    from craft_store_charmhub.endpoints import CharmhubEndpoints
    from craft_store_core.plugins import Channel

    wanted = None if channel is None else str(Channel.parse(channel))
    with app.connect() as client:
        package = client.endpoints_of(CharmhubEndpoints, "info").info(name, channel=wanted)
    details = package.result
    publisher = details.publisher
    said = {
        "title": details.title,
        "summary": details.summary,
        "publisher": None if publisher is None else publisher.display_name or publisher.username,
        "license": details.license,
    }
    app.result(
        package.to_json(),
        lines=[package.name, *(f"{key}: {text}" for key, text in said.items() if text)],
        columns=("Channel", "Base", "Version", "Revision", "Resources", "Released"),
        rows=[
            (
                row.channel.name,
                row.channel.base,
                row.revision.version,
                row.revision.revision,
                ", ".join(f"{item.name} (r{item.revision})" for item in row.resources) or None,
                None if (when := row.channel.released_at) is None else f"{when:%Y-%m-%d}",
            )
            for row in package.channel_map
        ],
        empty="The channel has no releases." if channel else "The package has no releases.",
    )


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
    help="Revision of the resource, such as 2; can be repeated.",
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
    """Set the architectures of resource revisions. Earlier values are replaced.

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
