"""``craft-store keys``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from craft_store_core.plugins import CommandResult, Table
from craft_store_snapstore.endpoints import SnapStoreEndpoints

if TYPE_CHECKING:
    from collections.abc import Sequence

    from craft_store_core.plugins import Application


@dataclass(frozen=True)
class Key:
    """A key to sign with.

    Attributes:
        sha3_384: The digest by which assertions name it.
        local: It is on this machine.
        registered: The account has registered it.
    """

    name: str
    sha3_384: str
    local: bool
    registered: bool


@dataclass(frozen=True)
class Keys(CommandResult, document="keys"):
    """The keys on this machine, and the registered keys of the account."""

    keys: Sequence[Key]

    def table(self) -> Table:
        """Show each key."""
        return Table(
            ("Name", "SHA3-384", "Here", "Registered"),
            [
                (
                    key.name,
                    key.sha3_384,
                    "yes" if key.local else None,
                    "yes" if key.registered else None,
                )
                for key in self.keys
            ],
            empty="No keys found. Create one with 'craft-store create-key NAME'.",
        )


@click.command("keys")
@click.pass_obj
def command(app: Application) -> Keys:
    """List the keys on this machine and the keys registered with the account.

    Example: craft-store keys --store snapstore
    """
    from craft_store_snapstore.errors import SigningFailedError
    from craft_store_snapstore.signing import SnapProgram

    with app.connect() as client:
        account = client.endpoints_of(SnapStoreEndpoints, "keys").account()
    try:
        local = {key.sha3_384: key.name for key in SnapProgram().list_keys()}
    except SigningFailedError as error:
        app.say(f"The keys on this machine cannot be listed: {error.message}")
        local = {}
    registered = {key.public_key_sha3_384: key.name for key in account.account_keys}
    return Keys(
        [
            Key(
                local.get(digest) or registered[digest],
                digest,
                digest in local,
                digest in registered,
            )
            for digest in dict.fromkeys([*local, *registered])
        ]
    )
