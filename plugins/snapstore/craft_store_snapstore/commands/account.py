"""``craft-store account``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from craft_store_core.plugins import CommandResult, Table
from craft_store_snapstore.endpoints import SnapStoreEndpoints

if TYPE_CHECKING:
    from craft_store_core.plugins import Application
    from craft_store_snapstore.models import SnapAccount


@dataclass(frozen=True)
class StoreAccount(CommandResult, document="account"):
    """The account at the Snap Store."""

    account: SnapAccount

    def table(self) -> Table:
        """Show names and values."""
        account = self.account
        return Table(
            ("", ""),
            [
                ("user name", account.username),
                ("name", account.display_name),
                ("e-mail", account.email),
                ("id", account.id),
                ("validation", account.validation),
                ("keys", ", ".join(key.name for key in account.account_keys) or None),
                (
                    "stores",
                    ", ".join(f"{item.id} ({', '.join(item.roles)})" for item in account.stores)
                    or None,
                ),
            ],
        )


@click.command("account")
@click.option(
    "--set-username",
    metavar="NAME",
    help="Set the user name of the account. This is possible only once.",
)
@click.pass_obj
def command(app: Application, *, set_username: str | None) -> StoreAccount:
    """Show the Snap Store account with its ids, keys and stores.

    Example: craft-store account --store snapstore
    """
    with app.connect() as client:
        store = client.endpoints_of(SnapStoreEndpoints, "account")
        if set_username is not None:
            store.set_username(set_username)
        return StoreAccount(store.account())
