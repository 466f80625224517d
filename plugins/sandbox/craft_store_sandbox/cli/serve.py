"""``craft-store sandbox serve``: run the embedded store until it is interrupted."""

from __future__ import annotations

import secrets
import signal
import threading
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from craft_store_core.errors import UsageError
from craft_store_core.plugins import CommandResult
from craft_store_sandbox.cli.options import (
    FAULT_FORMS,
    GroupedCommand,
    grouped,
    read_faults,
    set_switches,
    switch_options,
)
from craft_store_sandbox.cli.store import DEFAULT_PORT, URL_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from craft_store_core.plugins import Application
    from craft_store_sandbox.sandbox import Sandbox
    from craft_store_sandbox.state.accounts import AccountInfo
    from craft_store_sandbox.state.settings import SandboxUrls

_server = grouped("Server")
_account = grouped("Account")
_names = grouped("Names (Snap Store)")

OTHER_ACCOUNT = "someone-else@example.com"
"""Who has the names that are taken."""


@dataclass(frozen=True)
class ServedAccount:
    """An account of the sandbox.

    Attributes:
        password: null where the account was made before.
        totp_secret: What one-time passwords are made of; null where the account needs none.
    """

    email: str
    username: str | None
    password: str | None
    totp_secret: str | None

    @classmethod
    def of(cls, account: AccountInfo, password: str | None) -> ServedAccount:
        """Return an account with its password, if it is known."""
        return cls(account.email, account.username, password, account.totp_secret)


@dataclass(frozen=True)
class ServedSandbox(CommandResult):
    """The addresses of the sandbox, and its account."""

    urls: SandboxUrls
    account: ServedAccount

    def lines(self) -> Iterator[str]:
        """Show where the sandbox is, and how to use it."""
        urls, account = self.urls, self.account
        yield f"The sandbox runs at {urls.api} until you press Ctrl-C."
        yield f"  account:   {account.email}"
        yield f"  password:  {account.password or 'as it was when the account was made'}"
        if account.totp_secret:
            yield f"  one-time password: craft-store sandbox otp {account.totp_secret}"
        yield "Use it from another terminal:"
        for line in _exports(urls, "sandbox", {"API": urls.api}):
            yield f"  {line}"
        yield f"  craft-store login --email {account.email}"
        yield "  craft-store register my-charm"
        yield "  craft-store publish my-charm.charm --channel latest/edge"
        yield "For snaps, with craft-store-snapstore installed:"
        for line in _exports(urls, "sandbox-snap", {"API": urls.dashboard, "GATEWAY": urls.api}):
            yield f"  {line}"
        yield f"  craft-store login --email {account.email}"
        yield "  craft-store register my-snap"
        yield "  craft-store publish my-snap.snap --channel latest/edge"


@dataclass(frozen=True)
class ServedEnterpriseStore(CommandResult):
    """The addresses of the sandbox, and its account.

    Attributes:
        admin_macaroon: What craft-store login exchanges for a token.
    """

    urls: SandboxUrls
    account: ServedAccount
    admin_macaroon: str

    def lines(self) -> tuple[str, ...]:
        """Show where the sandbox is, and how to use it with craft-store-onprem."""
        urls = self.urls
        return (
            f"The Enterprise Store runs at {urls.api} until you press Ctrl-C.",
            (
                "With craft-store-onprem installed, add this to the file that 'craft-store config "
                "path' prints:"
            ),
            "  [stores.enterprise]",
            '  title = "The Enterprise Store of the sandbox"',
            '  endpoint-set = "onprem"',
            '  auth-flows = ["onprem-admin"]',
            f'  urls = {{ api = "{urls.api}", storage = "{urls.storage}" }}',
            "Then, from another terminal:",
            f"  export SNAPCRAFT_ADMIN_MACAROON={self.admin_macaroon}",
            "  craft-store login --store enterprise",
            "  craft-store register my-snap --store enterprise",
            "  craft-store publish my-snap.snap --channel latest/edge --store enterprise",
        )


@click.command("serve", cls=GroupedCommand)
@_server(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address to listen on.",
)
@_server(
    "--port",
    default=DEFAULT_PORT,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port to listen on; 0 uses a free port.",
)
@_server(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder that keeps accounts, packages and files (default: they are deleted at the end).",
)
@_server(
    "--split-origins",
    is_flag=True,
    help="Serve the API, the storage and the login on separate ports.",
)
@_server(
    "--allow-remote",
    is_flag=True,
    help="Allow connections from other machines, if --host is reachable for them.",
)
@_server(
    "--on-prem",
    is_flag=True,
    python="Sandbox(on_prem=True)",
    help="Serve an Enterprise Store instead.",
)
@_account(
    "--email",
    default="jo@example.com",
    show_default=True,
    help="E-mail address of the account to create.",
)
@_account(
    "--password-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help=(
        "Read the password of the account from the first line of FILE (default: a random password, "
        "which is printed)."
    ),
)
@_account(
    "--two-factor",
    is_flag=True,
    python="add_account(..., totp=True), set_two_factor(account, on=True)",
    help="Require a one-time password for the account.",
)
@_account(
    "--agreement",
    type=click.Choice(["signed", "unsigned", "outdated"]),
    python="set_agreement(account, signed=False)",
    help="State of the developer agreement of the account.",
)
@_names(
    "--reserved-name",
    multiple=True,
    metavar="NAME",
    python="reserve_name(name)",
    help="Reserve NAME: it cannot be registered.",
)
@_names(
    "--revoked-name",
    multiple=True,
    metavar="NAME",
    python="revoke_name(name)",
    help="Revoke NAME: it cannot be registered again.",
)
@_names(
    "--taken-name",
    multiple=True,
    metavar="NAME",
    python="add_snap(name, account)",
    help="Register NAME for another account.",
)
@switch_options
@grouped("Answers")(
    "faults",
    "--fault",
    multiple=True,
    type=(str, str, str),
    metavar="METHOD PATH WHAT",
    callback=read_faults,
    python="faults.add(Fault(...), method=..., path=..., count=...)",
    help="Disturb the next request of METHOD (or any) whose path matches PATH, a regular "
    f"expression. WHAT: {FAULT_FORMS}. 3xWHAT happens three times.",
)
@click.pass_obj
def serve(
    app: Application,
    /,
    *,
    host: str,
    port: int,
    folder: Path | None,
    split_origins: bool,
    allow_remote: bool,
    on_prem: bool,
    **options: Any,
) -> Iterator[ServedSandbox | ServedEnterpriseStore]:
    """Run an embedded store until Ctrl-C.

    The sandbox serves the Publisher Gateway for charms, the Snap Store dashboard, the storage host,
    Ubuntu One single sign-on and a Candid identity service. With --on-prem it serves an Enterprise
    Store instead. Its README lists what it does not emulate. Most options select behaviour that
    real stores sometimes show.

    Example: craft-store sandbox serve --folder ~/sandbox
    """
    from craft_store_sandbox.sandbox import Sandbox

    try:
        sandbox = Sandbox(
            folder,
            host=host,
            port=port,
            split_origins=split_origins,
            allow_remote=allow_remote,
            on_prem=on_prem,
            control=True,
        )
    except ValueError as error:
        raise UsageError(
            str(error), advice="Pass --allow-remote to allow connections from other machines."
        ) from None
    set_switches(sandbox, options)
    for method, path, fault, count in options["faults"]:
        sandbox.faults.add(fault, method=method, path=path, count=count)
    stop = stop_on_signals()
    try:
        sandbox.start()
    except OSError as error:
        raise UsageError(
            f"The sandbox cannot listen on {host}:{port}.",
            why=error.strerror,
            advice=(
                "Stop the program that listens there, or pass another --port (0 uses a free port)."
            ),
        ) from None
    return _serve(app, sandbox, options, stop, on_prem=on_prem)


def _serve(
    app: Application,
    sandbox: Sandbox,
    options: dict[str, Any],
    stop: threading.Event,
    *,
    on_prem: bool,
) -> Iterator[ServedSandbox | ServedEnterpriseStore]:
    with closing(sandbox):
        account, password = _prepare_account(sandbox, options)
        _prepare_names(sandbox, options)
        shown = ServedAccount.of(account, password)
        if on_prem:
            macaroon = sandbox.issue_admin_macaroon(account)
            yield ServedEnterpriseStore(sandbox.urls, shown, macaroon)
        else:
            yield ServedSandbox(sandbox.urls, shown)
        stop.wait()
    app.say("The sandbox has stopped.")


def _prepare_account(sandbox: Sandbox, options: dict[str, Any]) -> tuple[AccountInfo, str | None]:
    """Return the account to use and its password, if it is new."""
    account, password = sandbox.find_account(options["email"]), None
    if account is None:
        password = _password(options["password_file"])
        account = sandbox.add_account(options["email"], password, totp=options["two_factor"])
    elif options["two_factor"] and account.totp_secret is None:
        account = sandbox.set_two_factor(account, on=True)
    agreement = options["agreement"]
    if agreement is not None:
        sandbox.set_agreement(
            account, signed=agreement != "unsigned", latest_terms=agreement == "signed"
        )
    return account, password


def _prepare_names(sandbox: Sandbox, options: dict[str, Any]) -> None:
    """Reserve, revoke and take names.

    Raises:
        UsageError: A name cannot be taken.
    """
    for name in options["reserved_name"]:
        sandbox.reserve_name(name)
    for name in options["revoked_name"]:
        sandbox.revoke_name(name)
    if not options["taken_name"]:
        return
    other = sandbox.find_account(OTHER_ACCOUNT)
    other = other or sandbox.add_account(OTHER_ACCOUNT, secrets.token_urlsafe())
    for name in options["taken_name"]:
        if sandbox.find_owner(name, "snap") == other:
            continue
        try:
            sandbox.add_snap(name, other)
        except ValueError as error:
            raise UsageError(
                f"Another account cannot take the name {name!r}.",
                why=f"{error}.",
                advice="Choose another name, or a new --folder.",
            ) from None


def _exports(urls: SandboxUrls, store: str, own: dict[str, str]) -> list[str]:
    """Lines for a shell: the one address, or that of each service."""
    if urls.api == urls.storage == urls.sso:
        return [f"export CRAFT_STORE_STORE={store} {URL_VARIABLE}={urls.api}"]
    services = {**own, "STORAGE": urls.storage, "SSO": urls.sso, "CANDID": urls.candid}
    return [
        f"export CRAFT_STORE_STORE={store}",
        *(f"export CRAFT_STORE_{service}_URL={url}" for service, url in services.items()),
    ]


def _password(file: Path | None) -> str:
    if file is None:
        return secrets.token_urlsafe(9)
    from craft_store_core.plugins import read_secret

    return read_secret(str(file), "--password-file") or ""


def stop_on_signals() -> threading.Event:
    """Return what is set at the first SIGINT or SIGTERM."""
    stop = threading.Event()

    def handle(number: int, frame: FrameType | None) -> None:
        del number, frame
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, handle)
    return stop
