"""``craft-store login``."""

from __future__ import annotations

import os
import platform
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click

from craft_store_core.cli.durations import take_seconds
from craft_store_core.cli.questions import LoginCommand, read_answers
from craft_store_core.cli.results import FOR_PEOPLE, CommandResult
from craft_store_core.errors import UsageError
from craft_store_core.plugins.auth_flows import LoginRequest
from craft_store_core.streams import is_terminal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from craft_store_core.cli.application import Application
    from craft_store_core.plugins.credentials import Credential
    from craft_store_core.stores.client import StoreClient


@dataclass(frozen=True)
class StoredLogin(CommandResult):
    """The account.

    Attributes:
        credential_backend: The backend that has the credentials now.
        expires_at: When they expire; null where it is unknown.
    """

    account: str | None
    credential_backend: str
    expires_at: datetime | None
    store: str = field(metadata=FOR_PEOPLE)
    place: Sequence[str] = field(metadata=FOR_PEOPLE)

    def lines(self) -> tuple[str, ...]:
        """Show account, end and place."""
        expires = self.expires_at
        return (
            f"Logged in to {self.store} as {self.account or 'an unnamed account'}"
            + (f" until {expires:%Y-%m-%d %H:%M} UTC" if expires else "")
            + f"; credentials stored in the backend {self.credential_backend}.",
            *self.place,
        )


@dataclass(frozen=True)
class ExportedLogin(CommandResult):
    """The exported credentials: the file, or the text.

    Attributes:
        file: Where they were written; null for standard output.
        expires_at: When they expire; null where it is unknown.
        credentials: Their text; null where they were written to a file.
    """

    file: str | None
    account: str | None
    expires_at: datetime | None
    credentials: str | None
    store: str = field(metadata=FOR_PEOPLE)

    def lines(self) -> tuple[str, ...]:
        """Show the text, or where it is."""
        if self.credentials is not None:
            return (self.credentials,)
        expires = self.expires_at
        return (
            f"Wrote the credentials for {self.store} to {self.file}"
            + (f", valid until {expires:%Y-%m-%d %H:%M} UTC." if expires else "."),
        )

    def notes(self) -> tuple[str, ...]:
        """Explain the file to a person."""
        if self.file is None or not is_terminal(sys.stderr):
            return ()
        return ("To use them, set CRAFT_STORE_CREDENTIALS to the content of the file.",)


@click.command("login", cls=LoginCommand)
@click.option("--flow", metavar="NAME", help="Auth flow to use (default: the store's first one).")
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
@click.option(
    "--ttl",
    callback=take_seconds,
    metavar="DURATION",
    help="Requested credential lifetime, such as 30d (default: the store's).",
)
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
    /,
    *,
    flow: str | None,
    permissions: tuple[str, ...],
    packages: tuple[str, ...],
    channels: tuple[str, ...],
    ttl: int | None,
    force: bool,
    export: str | None,
    **given: str | None,
) -> StoredLogin | ExportedLogin:
    """Log in to a store and save the credentials.

    Prompts for values that are not given as options. Passwords cannot be given as arguments,
    because other programs can read the arguments of a command.

    Example: craft-store login --store charmhub --email jo@example.com
    """
    answers = read_answers(app, given)
    with app.connect(auth_flow=flow) as client:
        store = client.store
        request = LoginRequest(
            permissions=permissions or store.permissions,
            description=f"craft-store@{platform.node() or 'unknown'}",
            ttl=ttl or store.ttl,
            packages=tuple((store.namespace, name) for name in packages) or None,
            channels=channels or None,
            answers=answers,
        )
        if export is not None:
            return _export(client.obtain_credential(request), export, store.title)
        credential = client.login(request, force=force)
        return StoredLogin(
            credential.account,
            client.authenticator.backend.name,
            credential.expires_at,
            store.title,
            describe_place(app, client),
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


def _export(credential: Credential, target: str, store: str) -> ExportedLogin:
    text = credential.encode()
    account, expires = credential.account, credential.expires_at
    if target == "-":
        return ExportedLogin(None, account, expires, text, store)
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
    return ExportedLogin(target, account, expires, None, store)
