"""``craft-store register-key``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from craft_store_core.plugins import CommandResult
from craft_store_snapstore.endpoints import SnapStoreEndpoints

if TYPE_CHECKING:
    from craft_store_core.plugins import Application
    from craft_store_snapstore.models import AccountKey


@dataclass(frozen=True)
class RegisteredKey(CommandResult, document="key"):
    """The registered key."""

    key: AccountKey

    def lines(self) -> tuple[str, ...]:
        """Show the key."""
        return (f"Registered the key {self.key.name} ({self.key.public_key_sha3_384}).",)


@click.command("register-key")
@click.argument("name", default="default")
@click.pass_obj
def command(app: Application, *, name: str) -> RegisteredKey:
    """Register a key of this machine with the account at the Snap Store.

    The credentials require the permission modify_account_key, which a login does not request by
    default: craft-store login --permission modify_account_key --ttl 86400 --export key-login

    Example: craft-store register-key build-key --store snapstore
    """
    from craft_store_snapstore.signing import SnapProgram

    with app.connect() as client:
        store = client.endpoints_of(SnapStoreEndpoints, "register-key")
        request = SnapProgram().export_key(name, store.account().id)
        return RegisteredKey(store.register_key(request))
