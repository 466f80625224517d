"""``craft-store whoami``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

from craft_store_core.cli.results import INLINE, CommandResult, Table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from craft_store_core.cli.application import Application
    from craft_store_core.models import Identity


@dataclass(frozen=True)
class CurrentAccount(CommandResult):
    """The account and the limits of its credentials; null means unlimited.

    Attributes:
        credential_backend: The backend that has the credentials.
        expires_at: When the credentials expire; null where it is unknown.
    """

    identity: Identity = field(metadata=INLINE)
    credential_backend: str
    expires_at: datetime | None

    def table(self) -> Table:
        """Show names and values."""
        account, packages, expires = self.identity.account, self.identity.packages, self.expires_at
        names = None if packages is None else [item.name or item.id for item in packages]
        return Table(
            ("", ""),
            [
                ("account", account.username),
                ("name", account.display_name),
                ("e-mail", account.email),
                ("id", account.id),
                ("permissions", _limit(self.identity.permissions)),
                ("packages", _limit(names)),
                ("channels", _limit(self.identity.channels)),
                (
                    "expires",
                    expires.isoformat(sep=" ", timespec="minutes") if expires else "unknown",
                ),
                ("credential backend", self.credential_backend),
            ],
        )


@click.command("whoami")
@click.pass_obj
def command(app: Application) -> CurrentAccount:
    """Show the account and the limits of its credentials.

    Example: craft-store whoami --store charmhub
    """
    with app.connect() as client:
        identity = client.whoami()
        credential = client.authenticator.credential()
        backend = client.authenticator.backend.name
    return CurrentAccount(identity, backend, credential.expires_at)


def _limit(values: Iterable[object] | None) -> str:
    return "all" if values is None else ", ".join(str(value) for value in values)
