"""``craft-store auth``: the stored credentials."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from craft_store_core.cli.durations import take_duration
from craft_store_core.cli.login import describe_place
from craft_store_core.cli.standard_streams import read_input
from craft_store_core.errors import CredentialsExpiredError, UsageError
from craft_store_core.login.backend_choice import backend_maker, probe_backends
from craft_store_core.plugins.credentials import decode_credential

if TYPE_CHECKING:
    from datetime import timedelta

    from craft_store_core.cli.application import Application
    from craft_store_core.plugins.credentials import Credential
    from craft_store_core.plugins.stores import Store


@click.group("auth")
def command() -> None:
    """Show or import the credentials of a store."""


@command.command("status")
@click.option(
    "--min-valid",
    callback=take_duration,
    metavar="DURATION",
    help="Fail if the credentials expire sooner than this, such as 14d or 12h.",
)
@click.option(
    "--offline", is_flag=True, help="Do not check with the store that it accepts the credentials."
)
@click.pass_obj
def status(app: Application, *, min_valid: timedelta | None, offline: bool) -> None:
    """Show which credentials are used, why, which account they belong to and when they expire.

    Example: craft-store auth status --min-valid 14d
    """
    with app.connect() as client:
        credential = client.authenticator.credential()
        backends = _backends(app, client.store, client.authenticator.backend.name)
        identity = None
        if not offline:
            identity = client.whoami()
            # Some forms do not say how long they are valid: that is read when they are used.
            credential = client.authenticator.credential()
        backend = client.authenticator.backend.name
        left = client.authenticator.left()
        title = client.store.title
    if min_valid is not None:
        _require(credential, left, min_valid)
    permissions = None if identity is None else identity.permissions
    app.result(
        {
            "credential-backend": backend,
            "backends": backends,
            "kind": credential.kind,
            "account": credential.account if identity is None else identity.account.username,
            "expires-at": credential.expires_at and credential.expires_at.isoformat(),
            "seconds-left": None if left is None else int(left.total_seconds()),
            "accepted": None if offline else True,
            "permissions": None if permissions is None else list(permissions),
        },
        lines=[
            f"Logged in to {title}"
            + (f" as {identity.account.username}" if identity else "")
            + f", with credentials from the backend {backend}.",
            f"  valid for: {'unknown' if left is None else _in_words(left)}",
            *([] if permissions is None else [f"  permissions: {', '.join(permissions)}"]),
            *(
                f"  backend {item['name']}: {item['reason']}"
                + (" (in use)" if item["name"] == backend else "")
                for item in backends
            ),
        ],
    )


@command.command("import")
@click.argument("source", default="-", metavar="[FILE]")
@click.pass_obj
def import_credentials(app: Application, *, source: str) -> None:
    """Store exported credentials after the store has accepted them.

    Reads FILE, or standard input when FILE is omitted. Accepts every format that this program and
    earlier programs have exported.

    Example: craft-store auth import credentials.txt
    """
    try:
        text = read_input() if source == "-" else Path(source).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{source} cannot be read.", why=str(error)) from None
    credential = decode_credential(text)
    with app.connect(backend="memory", environment={}) as trial:
        trial.authenticator.store(credential)
        identity = trial.whoami()
        # With what was exchanged on the way, and bound to the host that accepted it.
        accepted = replace(trial.authenticator.credential(), host=trial.store.host)
    with app.connect() as client:
        client.authenticator.store(accepted)
        backend = client.authenticator.backend.name
    app.result(
        {"account": identity.account.username, "credential-backend": backend},
        lines=[
            f"Credentials of {identity.account.username} stored in the backend {backend}.",
            *describe_place(app, client),
        ],
    )


def _backends(app: Application, store: Store, used: str) -> list[dict[str, Any]]:
    make = backend_maker(
        app.configuration,
        app.catalogue,
        app.environment,
        variables=store.credential_variables,
    )
    asked = probe_backends(make, app.configuration.backends, app.catalogue, until=used)
    return [
        {"name": one.name, "usable": one.probe.usable, "reason": one.probe.reason} for one in asked
    ]


def _require(credential: Credential, left: timedelta | None, wanted: timedelta) -> None:
    if left is not None and left >= wanted:
        return
    raise CredentialsExpiredError(
        "The credentials expire too soon.",
        why="Their expiry time is unknown."
        if left is None
        else f"They expire in {_in_words(left)}, at {credential.expires_at:%Y-%m-%d %H:%M} UTC.",
        advice="Log in again with 'craft-store login --force'.",
    )


def _in_words(left: timedelta) -> str:
    hours = int(left.total_seconds()) // 3600
    if hours >= 48:
        return f"{hours // 24} days"
    return f"{hours} hours" if hours > 1 else f"{max(int(left.total_seconds()) // 60, 0)} minutes"
