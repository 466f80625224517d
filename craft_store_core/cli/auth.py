"""``craft-store auth``: the stored credentials."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from craft_store_core.cli.durations import take_duration
from craft_store_core.cli.login import describe_place
from craft_store_core.cli.results import FOR_PEOPLE, CommandResult
from craft_store_core.cli.standard_streams import read_input
from craft_store_core.errors import CredentialsExpiredError, UsageError
from craft_store_core.login.backend_choice import backend_maker, probe_backends
from craft_store_core.plugins.credentials import decode_credential

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from craft_store_core.cli.application import Application
    from craft_store_core.plugins.credentials import Credential
    from craft_store_core.plugins.stores import Store


@dataclass(frozen=True)
class BackendState:
    """A credential backend that was asked for credentials.

    Attributes:
        usable: It works here.
        reason: Why, or why not.
    """

    name: str
    usable: bool
    reason: str


@dataclass(frozen=True)
class CredentialsInUse(CommandResult):
    """The credentials in use.

    Attributes:
        credential_backend: The backend that has them.
        backends: The backends in the order in which they are asked.
        kind: The kind of credentials, such as macaroon.
        expires_at: When they expire; null where it is unknown.
        accepted: True when the store has accepted them; null when it was not asked.
        permissions: What they allow; null means everything, or unknown with --offline.
    """

    credential_backend: str
    backends: Sequence[BackendState]
    kind: str
    account: str | None
    expires_at: datetime | None
    seconds_left: int | None
    accepted: bool | None
    permissions: Sequence[str] | None
    store: str = field(metadata=FOR_PEOPLE)

    def lines(self) -> Iterator[str]:
        """Show where the credentials come from, and their limits."""
        account = f" as {self.account}" if self.accepted else ""
        backend = self.credential_backend
        left = None if self.seconds_left is None else timedelta(seconds=self.seconds_left)
        yield f"Logged in to {self.store}{account}, with credentials from the backend {backend}."
        yield f"  valid for: {'unknown' if left is None else _in_words(left)}"
        if self.permissions is not None:
            yield f"  permissions: {', '.join(self.permissions)}"
        for item in self.backends:
            used = " (in use)" if item.name == backend else ""
            yield f"  backend {item.name}: {item.reason}{used}"


@dataclass(frozen=True)
class ImportedCredentials(CommandResult):
    """The imported credentials.

    Attributes:
        account: Whose they are.
        credential_backend: The backend that has them now.
    """

    account: str | None
    credential_backend: str
    place: Sequence[str] = field(metadata=FOR_PEOPLE)

    def lines(self) -> tuple[str, ...]:
        """Show account and place."""
        stored = f"stored in the backend {self.credential_backend}."
        return (f"Credentials of {self.account} {stored}", *self.place)


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
def status(app: Application, *, min_valid: timedelta | None, offline: bool) -> CredentialsInUse:
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
        left = client.authenticator.time_remaining()
        title = client.store.title
    if min_valid is not None:
        _require(credential, left, min_valid)
    return CredentialsInUse(
        credential_backend=backend,
        backends=backends,
        kind=credential.kind,
        account=credential.account if identity is None else identity.account.username,
        expires_at=credential.expires_at,
        seconds_left=None if left is None else int(left.total_seconds()),
        accepted=None if offline else True,
        permissions=None if identity is None else identity.permissions,
        store=title,
    )


@command.command("import")
@click.argument("source", default="-", metavar="[FILE]")
@click.pass_obj
def import_credentials(app: Application, *, source: str) -> ImportedCredentials:
    """Save exported credentials after the store has accepted them.

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
    return ImportedCredentials(identity.account.username, backend, describe_place(app, client))


def _backends(app: Application, store: Store, used: str) -> list[BackendState]:
    make = backend_maker(
        app.configuration,
        app.catalogue,
        app.environment,
        variables=store.credential_variables,
    )
    asked = probe_backends(make, app.configuration.backends, app.catalogue, until=used)
    return [BackendState(one.name, one.probe.usable, one.probe.reason) for one in asked]


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
