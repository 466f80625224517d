"""``craft-store register-key``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from craft_store_snapstore.endpoints import SnapStoreEndpoints

if TYPE_CHECKING:
    from craft_store_core.plugins import Application


@click.command("register-key")
@click.argument("name", default="default")
@click.pass_obj
def command(app: Application, *, name: str) -> None:
    """Register a key of this machine with the account at the Snap Store.

    The credentials require the permission modify_account_key, which a login does not request by
    default: craft-store login --permission modify_account_key --ttl 86400 --export key-login

    Example: craft-store register-key build-key --store snapstore
    """
    from craft_store_snapstore.signing import SnapProgram

    with app.connect() as client:
        store = client.endpoints_of(SnapStoreEndpoints, "register-key")
        request = SnapProgram().export_key(name, store.account().id)
        key = store.register_key(request)
    app.result(key.to_json(), lines=[f"Registered the key {key.name} ({key.public_key_sha3_384})."])
