"""``craft-store close``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from craft_store_core.channels import Channel
from craft_store_core.cli.confirmation import confirm, yes_option
from craft_store_core.cli.results import CommandResult
from craft_store_core.models import ReleaseRequest
from craft_store_core.publishing import channels_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from craft_store_core.cli.application import Application


@dataclass(frozen=True)
class ClosedChannels(CommandResult):
    """The closed channels."""

    name: str
    closed: Sequence[Channel]

    def lines(self) -> Iterator[str]:
        """Show each channel."""
        return (f"{self.name}: closed {channel}." for channel in self.closed)


@click.command("close")
@click.argument("name")
@click.argument("channels", nargs=-1, required=True, metavar="CHANNEL...")
@yes_option
@click.pass_obj
def command(app: Application, *, name: str, channels: tuple[str, ...], yes: bool) -> ClosedChannels:
    """Close channels. A closed channel falls back to the next more stable channel.

    Example: craft-store close acme-web latest/beta
    """
    for text in channels:
        Channel.parse(text)  # a typing mistake is found before anything is sent
    with app.connect() as client:
        targets = channels_of(client.get_metadata(name), channels)
        stable = [str(target) for target in targets if target.risk.level == 0]
        if stable and not yes:
            confirm(
                app, f"Close {', '.join(stable)}? Its users then have no channel to fall back to."
            )
        client.release(name, [ReleaseRequest(target, None) for target in targets])
    return ClosedChannels(name, targets)
