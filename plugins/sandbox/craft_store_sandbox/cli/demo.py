"""``craft-store demo``: the whole publisher's job against an embedded store."""

from __future__ import annotations

import secrets
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from craft_store_core.cli.publish import parse_components, parse_resources
from craft_store_core.cli.status import Status
from craft_store_core.errors import UsageError
from craft_store_core.plugins import LoginRequest
from craft_store_core.publishing import Publication, PublishRequest
from craft_store_sandbox.cli.serve import ServedAccount, ServedSandbox, stop_on_signals
from craft_store_sandbox.cli.store import snap_store_at, store_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from craft_store_core.plugins import Application, StoreClient
    from craft_store_sandbox.state.accounts import AccountInfo

_EMAIL = "demo@example.com"


@click.command("demo")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option(
    "--resource",
    "resources",
    multiple=True,
    metavar="NAME=FILE",
    help="File of a resource of the charm; can be repeated.",
)
@click.option(
    "--component",
    "components",
    multiple=True,
    metavar="NAME=FILE",
    help="File of a component of the snap; can be repeated.",
)
@click.option(
    "--channel",
    default="latest/edge",
    show_default=True,
    help="Channel to release to, such as latest/edge; can be repeated.",
)
@click.option("--keep", is_flag=True, help="Keep the sandbox running, and print how to use it.")
@click.pass_obj
def command(
    app: Application,
    *,
    file: Path | None,
    resources: tuple[str, ...],
    components: tuple[str, ...],
    channel: str,
    keep: bool,
) -> Iterator[Status | ServedSandbox]:
    """Publish a charm or a snap to an embedded store, from login to release.

    Starts a store on a free port of this machine, logs in with a password and a one-time password,
    registers the name, uploads FILE with its resources or components, waits for the review,
    releases, shows the channel map and logs out. Without FILE, the command packs and publishes a
    small working charm. Snaps require the plugin craft-store-snapstore.

    Example: craft-store demo my.charm --resource model=model.bin
    """
    for option, what in ((resources, "--resource"), (components, "--component")):
        if file is None and option:
            raise UsageError(
                f"{what} requires the file that declares it.",
                advice=f"Pass the file: craft-store demo FILE {what} NAME=FILE.",
            )
    given = parse_resources(resources)
    revisions = [name for name, value in given.items() if isinstance(value, int)]
    if revisions:
        raise UsageError(
            f"The resource {revisions[0]!r} must be a file, because a new store has no revisions."
        )
    from craft_store_sandbox.sandbox import Sandbox

    with (
        tempfile.TemporaryDirectory(prefix="craft-store-demo-") as folder,
        Sandbox(control=True) as sandbox,
    ):
        password = secrets.token_urlsafe(12)
        account = sandbox.add_account(
            _EMAIL, password, username="demo", display_name="Demo Publisher", totp=True
        )
        app.say(f"A store runs at {sandbox.urls.api} for this demonstration.")
        if file is None:
            file, given = _example(app, Path(folder))
        is_snap = file.suffix == ".snap"
        store = snap_store_at(sandbox.urls) if is_snap else store_at(sandbox.urls)
        request = PublishRequest(file, (channel,), given, components=parse_components(components))
        with app.connect(store=store, backend="memory", environment={}) as client:
            yield _publish(app, client, account, password, request)
        if keep:
            stop = stop_on_signals()
            yield ServedSandbox(sandbox.urls, ServedAccount.of(account, password))
            stop.wait()


def _publish(
    app: Application,
    client: StoreClient,
    account: AccountInfo,
    password: str,
    request: PublishRequest,
) -> Status:
    store = client.store
    artifact = client.read_artifact(request.artifact)
    client.login(
        LoginRequest(
            permissions=store.permissions,
            description="craft-store demo",
            ttl=3600,
            answers={
                "email": account.email,
                "password": password,
                "otp": account.one_time_password(),
            },
        )
    )
    identity = client.whoami()
    app.say(f"Logged in as {identity.account.username} with a password and a one-time password.")
    package_id = client.register_name(artifact.name, entity_type=artifact.kind)
    app.say(f"Registered the name {artifact.name} ({package_id}).")
    with Publication(client, request, say=app.say) as publication:
        publication.check()
        result = publication.run()
    revision, channels = result.artifact.revision, ", ".join(result.channels)
    app.say(f"Released {result.name} revision {revision} to {channels}.")
    releases = client.list_releases(result.name)
    client.logout()
    app.say("Logged out.")
    return Status.of(result.name, releases)


def _example(app: Application, folder: Path) -> tuple[Path, dict[str, Path | str | int]]:
    from craft_store_sandbox.charms.packing import PackingError, pack_charm

    greeting = folder / "greeting.txt"
    greeting.write_text("Hello from the store!\n", encoding="utf-8")
    app.say("Packing the example charm (Python on ops, with its libraries) ...")
    try:
        charm = pack_charm(folder, version="1")
    except PackingError as error:
        app.say(f"{error} Publishing the charm without its libraries.")
        charm = pack_charm(folder, version="1", libraries=False)
    return charm, {"greeting": greeting}
