"""``craft-store release``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

from craft_store_core.channels import Channel
from craft_store_core.cli.results import FOR_PEOPLE, CommandResult
from craft_store_core.errors import UnsupportedOperationError, UsageError
from craft_store_core.models import ReleaseRequest, ResourcePin
from craft_store_core.publishing import channels_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from craft_store_core.cli.application import Application
    from craft_store_core.models import ReleaseResult


@dataclass(frozen=True)
class Releases(CommandResult):
    """The releases.

    Attributes:
        percentage: The part of the installations that gets the revision; null for all of them.
    """

    name: str
    revision: int
    percentage: float | None
    released: Sequence[ReleaseResult]
    targets: Sequence[Channel] = field(metadata=FOR_PEOPLE)

    def lines(self) -> Iterator[str]:
        """Show each channel."""
        part = "" if self.percentage is None else f" for {self.percentage:g} % of installations"
        for target in self.targets:
            yield f"Released {self.name} revision {self.revision} to {target}{part}."


@click.command("release")
@click.argument("name")
@click.argument("revision", type=click.IntRange(min=1))
@click.argument("channels", nargs=-1, required=True, metavar="CHANNEL...")
@click.option(
    "--resource",
    "resources",
    multiple=True,
    metavar="NAME=REVISION",
    help=(
        "Revision of a resource to release with; can be repeated. Other resources keep their "
        "revisions."
    ),
)
@click.option(
    "--progressive",
    "percentage",
    type=click.FloatRange(0, 100, min_open=True, max_open=True),
    metavar="PERCENT",
    help=(
        "Release to this percentage of installations only, such as 20. Without it, all get the "
        "release."
    ),
)
@click.pass_obj
def command(
    app: Application,
    *,
    name: str,
    revision: int,
    channels: tuple[str, ...],
    resources: tuple[str, ...],
    percentage: float | None,
) -> Releases:
    """Release a revision to channels.

    Example: craft-store release acme-web 7 latest/edge latest/beta --resource model=2
    """
    pins = tuple(_pin(text) for text in resources)
    for text in channels:
        Channel.parse(text)  # a typing mistake is found before anything is sent
    with app.connect() as client:
        progressively = "release-progressively"
        if percentage is not None and not client.supports(progressively):
            raise UnsupportedOperationError(client.store.name, progressively)
        targets = channels_of(client.get_metadata(name), channels)
        released = client.release(
            name, [ReleaseRequest(target, revision, pins, percentage) for target in targets]
        )
    return Releases(name, revision, percentage, released, targets)


def _pin(text: str) -> ResourcePin:
    name, _, revision = text.partition("=")
    if not name or not (revision.isascii() and revision.isdigit()):
        raise UsageError(f"--resource {text!r} is not NAME=REVISION.")
    return ResourcePin(name, int(revision))
