"""``craft-store metadata``: what the store tells people about a package."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from craft_store_core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from craft_store_core.cli.application import Application
    from craft_store_core.models import Package

_TEXTS = ("title", "summary", "description", "contact", "website")


@click.group("metadata")
def command() -> None:
    """Show or change what the store tells people about a package."""


@command.command("get")
@click.argument("name")
@click.pass_obj
def get(app: Application, *, name: str) -> None:
    """Show what the store tells people about a package, its icon and links included.

    Example: craft-store metadata get acme-web
    """
    with app.connect() as client:
        package = client.describe(name)
    _show(app, package)


@command.command("set")
@click.argument("name")
@click.option("--title", metavar="TEXT", help="The name for people; an empty text removes it.")
@click.option("--summary", metavar="TEXT", help="One line.")
@click.option("--description", metavar="TEXT", help="Some paragraphs.")
@click.option("--contact", metavar="TEXT", help="Where the publisher can be asked.")
@click.option("--website", metavar="URL", help="The package's own site.")
@click.option(
    "--link",
    "links",
    multiple=True,
    metavar="KIND=URL",
    help="The links of a kind (docs, issues, source, ...); KIND= removes them.",
)
@click.option("--private/--public", default=None, help="Who can see the package.")
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
) -> None:
    """Change what the store tells people about a package; what is not given stays.

    The icon is not among it: see 'craft-store icon'.

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
        raise UsageError("There is nothing to change.", advice="Give at least one option.")
    with app.connect() as client:
        if wanted:
            # The store replaces the links as a whole.
            kept = {**client.describe(name).links, **wanted}
            changes["links"] = {kind: list(urls) for kind, urls in kept.items() if urls}
        client.update_metadata(name, changes)
        package = client.describe(name)
    _show(app, package)


def _links(texts: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for text in texts:
        kind, separator, url = text.partition("=")
        if not (kind and separator):
            raise UsageError(f"--link {text!r} is not KIND=URL.")
        found.setdefault(kind, []).extend([url] if url else [])
    return found


def _show(app: Application, package: Package) -> None:
    icons = [item.url for item in package.media if item.type == "icon"]
    app.result(
        package.to_json(),
        columns=("Field", "Value"),
        rows=[
            ("name", package.name),
            *((key, getattr(package, key)) for key in _TEXTS),
            *((f"link {kind}", ", ".join(urls)) for kind, urls in sorted(package.links.items())),
            ("visibility", "private" if package.private else "public"),
            ("default track", package.default_track),
            ("icon", ", ".join(icons) or None),
        ],
    )
