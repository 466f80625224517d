"""``craft-store logout``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

from craft_store_core.cli.results import FOR_PEOPLE, CommandResult

if TYPE_CHECKING:
    from craft_store_core.cli.application import Application


@dataclass(frozen=True)
class Logout(CommandResult):
    """Whether credentials were removed.

    Attributes:
        removed: False where there were none.
        credential_backend: The backend that had them.
    """

    removed: bool
    credential_backend: str
    store: str = field(metadata=FOR_PEOPLE)

    def lines(self) -> tuple[str, ...]:
        """Show the store."""
        if self.removed:
            return (f"Logged out of {self.store}.",)
        return (f"The backend {self.credential_backend} has no credentials for {self.store}.",)


@click.command("logout")
@click.pass_obj
def command(app: Application) -> Logout:
    """Remove the stored credentials.

    Example: craft-store logout --store charmhub
    """
    with app.connect() as client:
        removed = client.logout()
        backend = client.authenticator.backend.name
        return Logout(removed, backend, client.store.title)
