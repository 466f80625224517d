"""``craft-store diff``: what two channels have that the other has not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from craft_store_core.channels import Channel
from craft_store_core.cli.results import CommandResult, Table
from craft_store_core.publishing import channels_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from craft_store_core.cli.application import Application
    from craft_store_core.models import ChannelMap, Release


@dataclass(frozen=True)
class ReleasedContent:
    """What a channel has for one base.

    Attributes:
        resources: Each resource with its revision.
    """

    revision: int
    resources: Mapping[str, int | None]

    @classmethod
    def of(cls, row: Release | None) -> ReleasedContent | None:
        """Return the content of a row; None for none."""
        if row is None:
            return None
        return cls(row.revision, {item.name: item.revision for item in row.resources})

    def __str__(self) -> str:
        bound = [(name, number) for name, number in self.resources.items() if number is not None]
        resources = ", ".join(f"{name} (r{number})" for name, number in bound)
        return f"revision {self.revision}" + (f": {resources}" if resources else "")


@dataclass(frozen=True)
class Difference:
    """A base for which two channels differ.

    Attributes:
        base: The base; null for bundles.
        first: What the first channel has; null when it has nothing.
        second: What the second channel has.
    """

    base: str | None
    first: ReleasedContent | None
    second: ReleasedContent | None


@dataclass(frozen=True)
class ChannelDifferences(CommandResult):
    """The bases for which two channels differ."""

    name: str
    channels: tuple[Channel, Channel]
    differences: Sequence[Difference]

    def table(self) -> Table:
        """Show the contents side by side."""
        first, second = map(str, self.channels)
        return Table(
            ("Base", first, second),
            [(row.base, row.first, row.second) for row in self.differences],
            empty=f"{first} and {second} have the same releases.",
        )


@click.command("diff")
@click.argument("name")
@click.argument("first", metavar="CHANNEL")
@click.argument("second", metavar="CHANNEL")
@click.pass_obj
def command(app: Application, *, name: str, first: str, second: str) -> ChannelDifferences:
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
    return ChannelDifferences(name, (one, two), differences(releases, one, two))


def differences(releases: ChannelMap, one: Channel, two: Channel) -> list[Difference]:
    """Return the bases for which two channels differ, with what each has."""
    found = []
    for base in dict.fromkeys(row.base for row in releases.rows):
        first, second = (ReleasedContent.of(releases.effective(each, base)) for each in (one, two))
        if first != second:
            found.append(Difference(None if base is None else str(base), first, second))
    return found
