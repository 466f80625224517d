"""``craft-store sandbox serve``: run the embedded store until it is interrupted."""

from __future__ import annotations

import secrets
import signal
import threading
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from craft_store_core.errors import UsageError
from craft_store_sandbox.cli.option_groups import GroupedCommand, grouped
from craft_store_sandbox.cli.store import DEFAULT_PORT, URL_VARIABLE
from craft_store_sandbox.cli.switch_options import set_switches, switch_options, take_names
from craft_store_sandbox.state.settings import ReviewPace

if TYPE_CHECKING:
    from types import FrameType

    from craft_store_core.cli.application import Application
    from craft_store_sandbox.sandbox import Sandbox
    from craft_store_sandbox.state.accounts import AccountInfo
    from craft_store_sandbox.state.settings import SandboxUrls

_server = grouped("Server")
_account = grouped("Account")


@click.command("serve", cls=GroupedCommand)
@_server("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@_server(
    "--port",
    default=DEFAULT_PORT,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port to listen on; 0 takes a free one.",
)
@_server(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep accounts, packages and files here; without it they are gone at the end.",
)
@_server("--split-origins", is_flag=True, help="Serve API, storage and login on a port each.")
@_server("--allow-remote", is_flag=True, help="Let other machines connect, if --host lets them.")
@_server("--on-prem", is_flag=True, help="Be an Enterprise Store instead.")
@_account("--email", default="jo@example.com", show_default=True, help="Account to create.")
@_account(
    "--password-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Its password; without it one is made up and shown.",
)
@_account("--two-factor", is_flag=True, help="The account needs a one-time password.")
@_account(
    "--agreement",
    type=click.Choice(["signed", "unsigned", "outdated"]),
    help="Whether it has accepted the developer agreement, and its latest terms.",
)
@switch_options
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
) -> None:
    """Run an embedded store until it is interrupted (Ctrl-C).

    It serves the Publisher Gateway for charms, the Snap Store's dashboard, the storage host,
    Ubuntu One single sign-on and a Candid identity service; or, with --on-prem, an Enterprise
    Store. Its README lists what it does not emulate. Most options make it behave as real stores
    sometimes do.

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
            review=ReviewPace(options["review_polls"], options["review_seconds"]),
            on_prem=on_prem,
            control=True,
        )
    except ValueError as error:
        raise UsageError(str(error), advice="Give --allow-remote if that is meant.") from None
    set_switches(sandbox, options)
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
        account, password = _prepare_account(sandbox, options)
        take_names(sandbox, options, secrets.token_urlsafe())
        if on_prem:
            describe_on_prem(app, sandbox, account, password)
        else:
            describe(app, sandbox.urls, account, password)
        stop.wait()
    app.say("The sandbox has stopped.")


def _prepare_account(sandbox: Sandbox, options: dict[str, Any]) -> tuple[AccountInfo, str | None]:
    """The account to use and its password, if it is new."""
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


def describe(
    app: Application, urls: SandboxUrls, account: AccountInfo, password: str | None
) -> None:
    """Print where a sandbox is and how to use it."""
    exports = _exports(urls, "sandbox", {"API": urls.api})
    snap_exports = _exports(urls, "sandbox-snap", {"API": urls.dashboard, "GATEWAY": urls.api})
    secret = account.totp_secret
    app.result(
        _facts(urls, account, password),
        lines=[
            f"The sandbox runs at {urls.api} until you press Ctrl-C.",
            f"  account:   {account.email}",
            f"  password:  {password or 'as it was when the account was made'}",
            *([f"  one-time password: craft-store sandbox otp {secret}"] if secret else []),
            "Use it from another terminal:",
            *(f"  {line}" for line in exports),
            f"  craft-store login --email {account.email}",
            "  craft-store register my-charm",
            "  craft-store publish my-charm.charm --channel latest/edge",
            "For snaps, with craft-store-snapstore installed:",
            *(f"  {line}" for line in snap_exports),
            f"  craft-store login --email {account.email}",
            "  craft-store register my-snap",
            "  craft-store publish my-snap.snap --channel latest/edge",
        ],
    )


def _exports(urls: SandboxUrls, store: str, own: dict[str, str]) -> list[str]:
    """Lines for a shell: the one address, or that of each service."""
    if urls.api == urls.storage == urls.sso:
        return [f"export CRAFT_STORE_STORE={store} {URL_VARIABLE}={urls.api}"]
    services = {**own, "STORAGE": urls.storage, "SSO": urls.sso, "CANDID": urls.candid}
    return [
        f"export CRAFT_STORE_STORE={store}",
        *(f"export CRAFT_STORE_{service}_URL={url}" for service, url in services.items()),
    ]


def describe_on_prem(
    app: Application, sandbox: Sandbox, account: AccountInfo, password: str | None
) -> None:
    """Print where a sandbox on premises is, and how to use it with craft-store-onprem."""
    urls = sandbox.urls
    macaroon = sandbox.issue_admin_macaroon(account)
    app.result(
        {**_facts(urls, account, password), "admin-macaroon": macaroon},
        lines=[
            f"The Enterprise Store runs at {urls.api} until you press Ctrl-C.",
            "With craft-store-onprem installed, put this where 'craft-store config path' says:",
            "  [stores.enterprise]",
            '  title = "The Enterprise Store of the sandbox"',
            '  endpoint-set = "onprem"',
            '  auth-flows = ["onprem-admin"]',
            f'  urls = {{ api = "{urls.api}", storage = "{urls.storage}" }}',
            "Then, from another terminal:",
            f"  export SNAPCRAFT_ADMIN_MACAROON={macaroon}",
            "  craft-store login --store enterprise",
            "  craft-store register my-snap --store enterprise",
            "  craft-store publish my-snap.snap --channel latest/edge --store enterprise",
        ],
    )


def _facts(urls: SandboxUrls, account: AccountInfo, password: str | None) -> dict[str, Any]:
    return {
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
            "totp-secret": account.totp_secret,
        },
    }


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
