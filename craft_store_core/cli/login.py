"""``craft-store login``."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from craft_store_core.cli.secrets import read_secret
from craft_store_core.errors import UsageError
from craft_store_core.plugins.auth_flows import LoginRequest
from craft_store_core.streams import is_terminal

if TYPE_CHECKING:
    from craft_store_core.cli.application import Application
    from craft_store_core.plugins.credentials import Credential
    from craft_store_core.stores.client import StoreClient


@click.command("login")
@click.option("--email", help="E-mail address of the account (default: prompt).")
@click.option(
    "--password-file",
    metavar="FILE",
    help="Read the password from the first line of FILE, or '-' for standard input.",
)
@click.option(
    "--otp-file",
    metavar="FILE",
    help="Read the one-time password from the first line of FILE, or '-' for standard input.",
)
@click.option("--flow", metavar="NAME", help="Auth flow to use (default: the store's first one).")
@click.option("--agent-file", metavar="FILE", help="Candid agent file to log in with.")
@click.option(
    "--permission",
    "permissions",
    multiple=True,
    help="Limit the credentials to this permission; can be repeated.",
)
@click.option(
    "--package",
    "packages",
    multiple=True,
    help="Limit the credentials to this package; can be repeated.",
)
@click.option(
    "--channel",
    "channels",
    multiple=True,
    help="Limit the credentials to this channel or pattern, such as 'latest/*'; can be repeated.",
)
@click.option("--ttl", type=click.IntRange(min=1), metavar="SECONDS", help="Lifetime to ask for.")
@click.option(
    "--force", is_flag=True, help="Log in again even if the stored credentials still work."
)
@click.option(
    "--export",
    metavar="FILE",
    help="Write the credentials to FILE, or '-' for standard output, instead of storing them.",
)
@click.pass_obj
def command(
    app: Application,
    *,
    email: str | None,
    password_file: str | None,
    otp_file: str | None,
    flow: str | None,
    agent_file: str | None,
    permissions: tuple[str, ...],
    packages: tuple[str, ...],
    channels: tuple[str, ...],
    ttl: int | None,
    force: bool,
    export: str | None,
) -> None:
    """Log in to a store and store the credentials.

    Prompts for values that are not given as options. Passwords cannot be given as arguments,
    because other programs can read the arguments of a command.

    Example: craft-store login --store charmhub --email jo@example.com
    """
    if password_file == "-" and otp_file == "-":  # noqa: S105  # a file name, not a password
        raise UsageError("--password-file and --otp-file cannot both read standard input.")
    given = {
        "email": email,
        "password": read_secret(password_file, "--password-file"),
        "otp": read_secret(otp_file, "--otp-file"),
        "agent-file": agent_file,
    }
    with app.connect(auth_flow=flow) as client:
        store = client.store
        request = LoginRequest(
            permissions=permissions or store.permissions,
            description=f"craft-store@{platform.node() or 'unknown'}",
            ttl=ttl or store.ttl,
            packages=tuple((store.namespace, name) for name in packages) or None,
            channels=channels or None,
            answers={name: value for name, value in given.items() if value is not None},
        )
        if export is not None:
            _export(app, client, client.obtain_credential(request), export)
            return
        credential = client.login(request, force=force)
        _report(app, client, credential)


def _report(app: Application, client: StoreClient, credential: Credential) -> None:
    backend = client.authenticator.backend.name
    expires = credential.expires_at
    app.result(
        {
            "account": credential.account,
            "credential-backend": backend,
            "expires-at": expires.isoformat() if expires else None,
        },
        lines=[
            f"Logged in to {client.store.title} as {credential.account or 'an unnamed account'}"
            + (f" until {expires:%Y-%m-%d %H:%M} UTC" if expires else "")
            + f"; credentials stored in the backend {backend}.",
            *describe_place(app, client),
        ],
    )


def describe_place(app: Application, client: StoreClient) -> list[str]:
    """Say where credentials were stored, if nobody chose that place and it is not the best one.

    Returns:
        Lines to show with the result. They are shown at once where the result is JSON.
    """
    best = [
        item.offer.name
        for item in app.catalogue.credential_backends
        if item.offer.priority > 0 and item.offer.name != "environment"
    ]
    backend = client.authenticator.backend
    if app.configuration.backends or backend.name in best[:1]:
        return []
    text = f"The credentials are not in a system keyring. {backend.probe().reason}"
    if app.format == "json":
        app.say(text)
    return [text]


def _export(app: Application, client: StoreClient, credential: Credential, target: str) -> None:
    text = credential.encode()
    expires = credential.expires_at
    described = {
        "file": None if target == "-" else target,
        "account": credential.account,
        "expires-at": expires.isoformat() if expires else None,
    }
    if target == "-":
        app.result({**described, "credentials": text}, lines=[text])
        return
    path = Path(target)
    try:
        # 0600 from the first moment on, whatever the umask says; an old file is not reused.
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text + "\n")
    except OSError as error:
        raise UsageError(
            f"The credentials cannot be written to {target}.",
            why=error.strerror,
            advice="Log in again and pass another file.",
        ) from None
    app.result(
        {**described, "credentials": None},
        lines=[
            f"Wrote the credentials for {client.store.title} to {target}"
            + (f", valid until {expires:%Y-%m-%d %H:%M} UTC." if expires else ".")
        ],
    )
    if is_terminal(sys.stderr):
        app.say("To use them, set CRAFT_STORE_CREDENTIALS to the content of the file.")
