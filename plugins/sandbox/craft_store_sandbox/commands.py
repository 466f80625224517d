"""``craft-store sandbox``: run the embedded store by hand."""

from __future__ import annotations

import secrets
import signal
import threading
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from craft_store_core.errors import UsageError

from .store import DEFAULT_PORT, URL_VARIABLE

if TYPE_CHECKING:
    from types import FrameType

    from craft_store_core.cli.application import Application

    from .accounts import AccountInfo
    from .settings import SandboxUrls


@click.group("sandbox")
def command() -> None:
    """Run an embedded store on this machine."""


@command.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    default=DEFAULT_PORT,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port to listen on; 0 takes a free one.",
)
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep accounts, packages and files here; without it they are gone at the end.",
)
@click.option("--split-origins", is_flag=True, help="Serve API, storage and login on a port each.")
@click.option(
    "--allow-remote", is_flag=True, help="Let other machines connect, if --host lets them."
)
@click.option("--email", default="jo@example.com", show_default=True, help="Account to create.")
@click.option(
    "--password-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Its password; without it one is made up and shown.",
)
@click.option("--two-factor", is_flag=True, help="The account needs a one-time password.")
@click.pass_obj
def serve(
    app: Application,
    *,
    host: str,
    port: int,
    folder: Path | None,
    split_origins: bool,
    allow_remote: bool,
    email: str,
    password_file: Path | None,
    two_factor: bool,
) -> None:
    """Run an embedded store until it is interrupted (Ctrl-C).

    It serves the Publisher Gateway for charms, the Snap Store's dashboard, the storage host,
    Ubuntu One single sign-on and a Candid identity service. Its README lists what it does not
    emulate.

    Example: craft-store sandbox serve --folder ~/sandbox
    """
    from .sandbox import Sandbox

    try:
        sandbox = Sandbox(
            folder,
            host=host,
            port=port,
            split_origins=split_origins,
            allow_remote=allow_remote,
        )
    except ValueError as error:
        raise UsageError(str(error), advice="Give --allow-remote if that is meant.") from None
    stop = stop_on_signals()
    try:
        sandbox.start()
    except OSError as error:
        raise UsageError(
            f"The sandbox cannot listen on {host}:{port}.",
            why=error.strerror,
            advice="Stop what listens there, or choose another --port (0 takes a free one).",
        ) from None
    with closing(sandbox):
        account = sandbox.find_account(email)
        password = None
        if account is None:
            password = _password(password_file)
            account = sandbox.add_account(email, password, totp=two_factor)
        describe(app, sandbox.urls, account, password)
        stop.wait()
    app.say("The sandbox has stopped.")


@command.command("otp")
@click.argument("secret")
@click.pass_obj
def one_time_password(app: Application, *, secret: str) -> None:
    """Print the one-time password that an account of a sandbox needs now.

    SECRET is what the sandbox showed when it made the account.

    Example: craft-store sandbox otp JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP
    """
    import binascii

    import pyotp

    try:
        code = pyotp.TOTP(secret).now()
    except (binascii.Error, ValueError):
        raise UsageError(
            "That is no secret of a one-time password.",
            why="It is not base32 text.",
            advice="Copy it from what the sandbox printed at its start.",
        ) from None
    app.result({"one-time-password": code}, lines=[code])


def describe(
    app: Application, urls: SandboxUrls, account: AccountInfo, password: str | None
) -> None:
    """Print where a sandbox is and how to use it."""
    single = urls.api == urls.storage == urls.sso
    exports = (
        [f"export CRAFT_STORE_STORE=sandbox {URL_VARIABLE}={urls.api}"]
        if single
        else [
            (
                f"export CRAFT_STORE_STORE=sandbox CRAFT_STORE_API_URL={urls.api} "
                f"CRAFT_STORE_STORAGE_URL={urls.storage}"
            ),
            f"export CRAFT_STORE_SSO_URL={urls.sso} CRAFT_STORE_CANDID_URL={urls.candid}",
        ]
    )
    snap_exports = (
        [f"export CRAFT_STORE_STORE=sandbox-snap {URL_VARIABLE}={urls.api}"]
        if single
        else [
            (
                f"export CRAFT_STORE_STORE=sandbox-snap CRAFT_STORE_API_URL={urls.dashboard} "
                f"CRAFT_STORE_GATEWAY_URL={urls.api}"
            )
        ]
    )
    secret = account.totp_secret
    app.result(
        {
            "urls": {
                "api": urls.api,
                "storage": urls.storage,
                "sso": urls.sso,
                "candid": urls.candid,
                "dashboard": urls.dashboard,
            },
            "account": {
                "email": account.email,
                "username": account.username,
                "password": password,
                "totp-secret": secret,
            },
        },
        lines=[
            f"The sandbox runs at {urls.api} until you press Ctrl-C.",
            f"  account:   {account.email}",
            f"  password:  {password or 'as it was when the account was made'}",
            *([f"  one-time password: craft-store sandbox otp {secret}"] if secret else []),
            "Use it from another terminal:",
            *(f"  {line}" for line in exports),
            f"  craft-store login --email {account.email}",
            "  craft-store publish my.charm --channel latest/edge",
            "For snaps, with craft-store-snapstore installed:",
            *(f"  {line}" for line in snap_exports),
        ],
    )


def _password(file: Path | None) -> str:
    if file is None:
        return secrets.token_urlsafe(9)
    from craft_store_core.cli.secrets import read_secret

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
