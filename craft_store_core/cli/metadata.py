"""``craft-store metadata``: what the store tells people about a package."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from craft_store_core.cli.results import CommandResult, Table
from craft_store_core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from craft_store_core.cli.application import Application
    from craft_store_core.models import Package

_TEXTS = ("title", "summary", "description", "contact", "website")


@dataclass(frozen=True)
class PackageMetadata(CommandResult, document="package"):
    """A package."""

    package: Package

    def table(self) -> Table:
        """Show the metadata with their names."""
        package = self.package
        icons = [item.url for item in package.media if item.type == "icon"]
        return Table(
            ("Field", "Value"),
            [
                ("name", package.name),
                *((key, getattr(package, key)) for key in _TEXTS),
                *(
                    (f"link {kind}", ", ".join(urls))
                    for kind, urls in sorted(package.links.items())
                ),
                ("visibility", "private" if package.private else "public"),
                ("default track", package.default_track),
                ("icon", ", ".join(icons) or None),
            ],
        )


@click.group("metadata")
def command() -> None:
    """Show or set the metadata of a package."""


@command.command("get")
@click.argument("name")
@click.pass_obj
def get(app: Application, *, name: str) -> PackageMetadata:
    """Show the metadata of a package, with its icon and links.

    Example: craft-store metadata get acme-web
    """
    with app.connect() as client:
        return PackageMetadata(client.describe(name))


@command.command("set")
@click.argument("name")
@click.option(
    "--title", metavar="TEXT", help="Display name of the package; an empty value removes it."
)
@click.option("--summary", metavar="TEXT", help="Summary, one line.")
@click.option("--description", metavar="TEXT", help="Description, in paragraphs.")
@click.option(
    "--contact",
    metavar="TEXT",
    help="Contact of the publisher, such as an e-mail address or a URL.",
)
@click.option("--website", metavar="URL", help="URL of the package's web site.")
@click.option(
    "--link",
    "links",
    multiple=True,
    metavar="KIND=URL",
    help="Link of a kind, such as docs, issues or source; KIND= removes the links of that kind.",
)
@click.option(
    "--private/--public",
    default=None,
    help="Hide the package from everyone except its collaborators, or show it to everyone.",
)
@click.pass_obj
def change(
    app: Application,
    *,
    name: str,
    title: str | None,
    summary: str | None,
    description: str | None,
    contact: str | None,
    website: str | None,
    links: tuple[str, ...],
    private: bool | None,
) -> PackageMetadata:
    """Set metadata of a package. Fields without an option are not changed.

    To change the icon, use 'craft-store icon'.

    Example: craft-store metadata set acme-web --contact team@example.com --link docs=https://example.com
    """
    texts = (title, summary, description, contact, website)
    changes: dict[str, Any] = {
        key: text or None for key, text in zip(_TEXTS, texts, strict=True) if text is not None
    }
    if private is not None:
        changes["private"] = private
    wanted = _links(links)
    if not (changes or wanted):
        raise UsageError(
            "No metadata was given.", advice="Pass at least one option, such as --title."
        )
    with app.connect() as client:
        if wanted:
            # The store replaces the links as a whole.
            kept = {**client.describe(name).links, **wanted}
            changes["links"] = {kind: list(urls) for kind, urls in kept.items() if urls}
        client.update_metadata(name, changes)
        return PackageMetadata(client.describe(name))


def _links(texts: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for text in texts:
        kind, separator, url = text.partition("=")
        if not (kind and separator):
            raise UsageError(f"--link {text!r} is not KIND=URL.")
        found.setdefault(kind, []).extend([url] if url else [])
    return found
