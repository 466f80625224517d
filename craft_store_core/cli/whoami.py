"""``craft-store whoami``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterable

    from craft_store_core.cli.application import Application


@click.command("whoami")
@click.pass_obj
def command(app: Application) -> None:
    """Show the account and the limits of its credentials.

    Example: craft-store whoami --store charmhub
    """
    with app.connect() as client:
        identity = client.whoami()
        credential = client.authenticator.credential()
        backend = client.authenticator.backend.name
    account, expires = identity.account, credential.expires_at
    packages = identity.packages
    app.result(
        {
            **identity.to_json(),
            "credential-backend": backend,
            "expires-at": expires.isoformat() if expires else None,
        },
        columns=("", ""),
        rows=[
            ("account", account.username),
            ("name", account.display_name),
            ("e-mail", account.email),
            ("id", account.id),
            ("permissions", _limit(identity.permissions)),
            ("packages", _limit(None if packages is None else [p.name or p.id for p in packages])),
            ("channels", _limit(identity.channels)),
            ("expires", expires.isoformat(sep=" ", timespec="minutes") if expires else "unknown"),
            ("credential backend", backend),
        ],
    )


def _limit(values: Iterable[object] | None) -> str:
    return "all" if values is None else ", ".join(str(value) for value in values)
