"""``craft-store promote-snap``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

from craft_store_core.plugins import CommandResult, confirm, json_key, yes_option
from craft_store_snapstore.endpoints import SnapStoreEndpoints

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from craft_store_core.plugins import Application, Channel


@dataclass(frozen=True)
class PromotedArchitecture:
    """A release for one architecture."""

    architecture: str
    channel: Channel
    revision: int


@dataclass(frozen=True)
class SnapPromotion(CommandResult):
    """The releases of each architecture."""

    name: str
    source: Channel = field(metadata=json_key("from"))
    target: Channel = field(metadata=json_key("to"))
    released: Sequence[PromotedArchitecture]

    def lines(self) -> Iterator[str]:
        """Show each architecture."""
        for item in self.released:
            revision = f"{self.name} revision {item.revision} ({item.architecture})"
            yield f"{revision}: {self.source} -> {self.target}"


@click.command("promote-snap")
@click.argument("name")
@click.option("--from", "source", required=True, metavar="CHANNEL", help="Channel to promote from.")
@click.option("--to", "target", required=True, metavar="CHANNEL", help="Channel to release to.")
@click.option(
    "--incomplete",
    is_flag=True,
    help="Continue even if an architecture has no revision to promote.",
)
@yes_option
@click.pass_obj
def command(
    app: Application, *, name: str, source: str, target: str, incomplete: bool, yes: bool
) -> SnapPromotion:
    """Release the revisions of one channel to another, for every architecture of the snap.

    The command fails if the origin has no revision for an architecture that the snap is built for.
    A channel map does not show such gaps.

    Example: craft-store promote-snap weather-widget --from latest/beta --to latest/stable
    """
    from craft_store_core.errors import UsageError
    from craft_store_core.plugins import Channel, channels_of

    for text in (source, target):
        Channel.parse(text)  # a typing mistake is found before anything is sent
    with app.connect() as client:
        store = client.endpoints_of(SnapStoreEndpoints, "promote")
        package = client.get_metadata(name)
        (origin,) = channels_of(package, [source])
        (goal,) = channels_of(package, [target])
        if origin == goal:
            raise UsageError(f"Cannot promote {origin} to itself.")

        def ask(wanted: Mapping[str, int]) -> None:
            what = ", ".join(f"{number} ({on})" for on, number in wanted.items())
            confirm(app, f"Release revision {what} of {name} from {origin} to {goal}?")

        released = store.promote(
            name, str(origin), str(goal), incomplete=incomplete, confirm=None if yes else ask
        )
    return SnapPromotion(
        name,
        origin,
        goal,
        [PromotedArchitecture(on, goal, number) for on, number in released.items()],
    )
