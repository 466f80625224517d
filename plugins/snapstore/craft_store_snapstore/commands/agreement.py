"""``craft-store agreement``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from craft_store_core.plugins import CommandResult
from craft_store_snapstore.endpoints import SnapStoreEndpoints

if TYPE_CHECKING:
    from craft_store_core.plugins import Application
    from craft_store_snapstore.models import Agreement


@dataclass(frozen=True)
class AgreementState(CommandResult, document="agreement"):
    """Whether the developer agreement is accepted."""

    agreement: Agreement

    def lines(self) -> tuple[str, ...]:
        """Show the state, and where the text is."""
        agreement = self.agreement
        state = "accepted" if agreement.latest_tos_accepted else "not accepted"
        where = f" Its text is at {agreement.tos_url}." if agreement.tos_url else ""
        return (f"The latest developer agreement is {state}.{where}",)


@click.command("agreement")
@click.option("--accept", is_flag=True, help="Accept the agreement for the account.")
@click.pass_obj
def command(app: Application, *, accept: bool) -> AgreementState:
    """Show whether the account has accepted the developer agreement, or accept it.

    Example: craft-store agreement --accept --store snapstore
    """
    with app.connect() as client:
        store = client.endpoints_of(SnapStoreEndpoints, "agreement")
        return AgreementState(store.accept_agreement() if accept else store.agreement())
