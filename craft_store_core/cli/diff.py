"""``craft-store diff``: what two channels have that the other has not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from craft_store_core.channels import Channel
from craft_store_core.publishing import channels_of

if TYPE_CHECKING:
    from craft_store_core.cli.application import Application
    from craft_store_core.models import ChannelMap, Release


@click.command("diff")
@click.argument("name")
@click.argument("first", metavar="CHANNEL")
@click.argument("second", metavar="CHANNEL")
@click.pass_obj
def command(app: Application, *, name: str, first: str, second: str) -> None:
    """Compare the releases of two channels, base by base.

    Example: craft-store diff acme-web latest/stable latest/edge
    """
    for text in (first, second):
        Channel.parse(text)  # a typing mistake is found before anything is sent
    with app.connect() as client:
        package = client.get_metadata(name)
        (one,) = channels_of(package, [first])
        (two,) = channels_of(package, [second])
        releases = client.list_releases(name)
    rows = differences(releases, one, two)
    app.result(
        {"name": name, "channels": [str(one), str(two)], "differences": rows},
        columns=("Base", str(one), str(two)),
        rows=[(row["base"], _shown(row["first"]), _shown(row["second"])) for row in rows],
        empty=f"{one} and {two} have the same releases.",
    )


def differences(releases: ChannelMap, one: Channel, two: Channel) -> list[dict[str, Any]]:
    """Return the bases for which two channels differ, with what each has."""
    found = []
    for base in dict.fromkeys(row.base for row in releases.rows):
        first, second = (_content(releases.effective(each, base)) for each in (one, two))
        if first != second:
            found.append(
                {"base": None if base is None else str(base), "first": first, "second": second}
            )
    return found


def _content(row: Release | None) -> dict[str, Any] | None:
    if row is None:
        return None
    return {
        "revision": row.revision,
        "resources": {item.name: item.revision for item in row.resources},
    }


def _shown(content: dict[str, Any] | None) -> str | None:
    if content is None:
        return None
    bound = {name: number for name, number in content["resources"].items() if number is not None}
    resources = ", ".join(f"{name} (r{number})" for name, number in bound.items())
    return f"revision {content['revision']}" + (f": {resources}" if resources else "")
