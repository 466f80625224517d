"""``craft-store promote``: what one channel has, to another."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click

from craft_store_core.channels import Channel
from craft_store_core.cli.confirmation import confirm, yes_option
from craft_store_core.cli.results import CommandResult, json_key
from craft_store_core.errors import UsageError
from craft_store_core.models import ReleaseRequest, ResourcePin
from craft_store_core.publishing import channels_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from craft_store_core.cli.application import Application
    from craft_store_core.models import Release


@dataclass(frozen=True)
class BoundResource:
    """A resource and its revision; null releases without it."""

    name: str
    revision: int | None


@dataclass(frozen=True)
class PromotedRevision:
    """A release that was requested."""

    channel: Channel
    revision: int | None
    resources: Sequence[BoundResource]

    @classmethod
    def of(cls, request: ReleaseRequest) -> PromotedRevision:
        """Return what a request asks for."""
        pins = [BoundResource(pin.name, pin.revision) for pin in request.resources]
        return cls(request.channel, request.revision, pins)


@dataclass(frozen=True)
class Promotion(CommandResult):
    """The releases."""

    name: str
    source: Channel = field(metadata=json_key("from"))
    target: Channel = field(metadata=json_key("to"))
    released: Sequence[PromotedRevision]

    def lines(self) -> Iterator[str]:
        """Show each revision."""
        for item in self.released:
            yield f"{self.name} revision {item.revision}: {self.source} -> {self.target}"


@click.command("promote")
@click.argument("name")
@click.option("--from", "source", required=True, metavar="CHANNEL", help="Channel to promote from.")
@click.option("--to", "target", required=True, metavar="CHANNEL", help="Channel to release to.")
@yes_option
@click.pass_obj
def command(app: Application, *, name: str, source: str, target: str, yes: bool) -> Promotion:
    """Release all revisions of one channel, for all bases and with their resources, to another.

    Example: craft-store promote acme-web --from latest/candidate --to latest/stable
    """
    for text in (source, target):
        Channel.parse(text)  # a typing mistake is found before anything is sent
    with app.connect() as client:
        package = client.get_metadata(name)
        (origin,) = channels_of(package, [source])
        (goal,) = channels_of(package, [target])
        if origin == goal:
            raise UsageError(f"Cannot promote {origin} to itself.")
        rows = client.list_releases(name).at(origin)
        if not rows:
            raise UsageError(
                f"{name} has no releases in {origin}.",
                advice=f"Run 'craft-store status {name}' to list its releases.",
            )
        requests = promotions(rows, goal)
        if not yes:
            numbers = ", ".join(str(request.revision) for request in requests)
            confirm(app, f"Release revision {numbers} of {name} from {origin} to {goal}?")
        client.release(name, requests)
    return Promotion(name, origin, goal, [PromotedRevision.of(request) for request in requests])


def promotions(rows: Sequence[Release], goal: Channel) -> list[ReleaseRequest]:
    """Return what must be released so that a channel has what these rows have.

    A release is of a revision and reaches all of its bases; so rows of one revision with the same
    resources make one request, and a revision that is there with several sets of resources is
    released once for each.
    """
    wanted: dict[tuple[Any, ...], ReleaseRequest] = {}
    for row in rows:
        pins = tuple(ResourcePin(item.name, item.revision) for item in row.resources)
        key = (row.revision, tuple((pin.name, pin.revision) for pin in pins))
        wanted.setdefault(key, ReleaseRequest(goal, row.revision, pins))
    return list(wanted.values())
