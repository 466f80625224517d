"""``craft-store keys``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from craft_store_snapstore.endpoints import SnapStoreEndpoints

if TYPE_CHECKING:
    from craft_store_core.plugins import Application


@click.command("keys")
@click.pass_obj
def command(app: Application) -> None:
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
    keys = [
        {
            "name": local.get(digest) or registered[digest],
            "sha3-384": digest,
            "local": digest in local,
            "registered": digest in registered,
        }
        for digest in dict.fromkeys([*local, *registered])
    ]
    app.result(
        keys,
        columns=("Name", "SHA3-384", "Here", "Registered"),
        rows=[
            (
                key["name"],
                key["sha3-384"],
                "yes" if key["local"] else None,
                "yes" if key["registered"] else None,
            )
            for key in keys
        ],
        empty="No keys found. Create one with 'craft-store create-key NAME'.",
    )
