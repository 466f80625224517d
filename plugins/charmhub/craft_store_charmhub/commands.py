"""The commands of ``craft-store`` that only make sense for charms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from craft_store_core.plugins import CommandResult, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from craft_store_charmhub.models import PublicPackage
    from craft_store_core.models import Listing, ResourceRevision
    from craft_store_core.plugins import Application

ARCHITECTURES = ("all", "amd64", "arm64", "armhf", "i386", "ppc64el", "riscv64", "s390x")


@dataclass(frozen=True)
class Info(CommandResult, document="package"):
    """The public information of a charm or bundle."""

    package: PublicPackage
    channel: str | None

    def lines(self) -> Iterator[str]:
        """Show the page."""
        details = self.package.result
        publisher = details.publisher
        texts = {
            "title": details.title,
            "summary": details.summary,
            "publisher": publisher and (publisher.display_name or publisher.username),
            "license": details.license,
        }
        yield self.package.name
        yield from (f"{key}: {text}" for key, text in texts.items() if text)

    def table(self) -> Table:
        """Show the releases."""
        return Table(
            ("Channel", "Base", "Version", "Revision", "Resources", "Released"),
            [
                (
                    row.channel.name,
                    row.channel.base,
                    row.revision.version,
                    row.revision.revision,
                    ", ".join(f"{item.name} (r{item.revision})" for item in row.resources) or None,
                    None if (when := row.channel.released_at) is None else f"{when:%Y-%m-%d}",
                )
                for row in self.package.channel_map
            ],
            empty=f"The {'channel' if self.channel else 'package'} has no releases.",
        )


@dataclass(frozen=True)
class ChangedResourceRevisions(CommandResult, document="revisions"):
    """The changed revisions."""

    revisions: Sequence[ResourceRevision]
    listing: Listing[ResourceRevision]

    def table(self) -> Table:
        """Show the architectures of each revision."""
        return Table(
            ("Revision", "Architectures"),
            [
                (
                    item.revision,
                    ", ".join(arch for base in item.bases for arch in base.architectures),
                )
                for item in self.revisions
            ],
        )


@click.command("info")
@click.argument("name")
@click.option(
    "--channel",
    metavar="CHANNEL",
    help="Show only the releases in this channel, such as latest/stable.",
)
@click.pass_obj
def info(app: Application, *, name: str, channel: str | None) -> Info:
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
    return Info(package, channel)


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
) -> ChangedResourceRevisions:
    """Set the architectures of resource revisions. Earlier values are replaced.

    Example: craft-store set-resource-architectures acme-web model amd64 arm64 --revision 2
    """
    from craft_store_core.models import ResourceBase

    bases = (ResourceBase(tuple(dict.fromkeys(architectures))),)
    with app.connect() as client:
        client.update_resource_revisions(name, resource, dict.fromkeys(revisions, bases))
        listing = client.list_resource_revisions(name, resource)
    changed = [item for item in listing if item.revision in revisions]
    return ChangedResourceRevisions(changed, listing)
