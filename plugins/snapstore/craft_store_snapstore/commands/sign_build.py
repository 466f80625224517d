"""``craft-store sign-build``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from craft_store_core.errors import UsageError
from craft_store_core.plugins import CommandResult
from craft_store_snapstore.endpoints import SnapStoreEndpoints
from craft_store_snapstore.snap_file import read_snap

if TYPE_CHECKING:
    from craft_store_core.plugins import Application


@dataclass(frozen=True)
class SignedBuild(CommandResult):
    """The signed statement beside a snap file.

    Attributes:
        file: The file with the statement.
        sent: False with --local.
    """

    name: str
    file: Path
    sent: bool

    def lines(self) -> tuple[str, ...]:
        """Show the file."""
        return (f"{'Signed and uploaded' if self.sent else 'Signed'} {self.file}.",)


@click.command("sign-build")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--key", metavar="NAME", help="Name of the key to sign with (default: default).")
@click.option("--local", is_flag=True, help="Sign without uploading.")
@click.pass_obj
def command(app: Application, *, file: Path, key: str | None, local: bool) -> SignedBuild:
    """Sign a build assertion for a snap, save it beside the file, and upload it.

    An existing assertion beside the file is used again.

    Example: craft-store sign-build weather-widget_1.5_amd64.snap --key build-key
    """
    from craft_store_snapstore.signing import SnapProgram

    with app.connect() as client:
        store = client.endpoints_of(SnapStoreEndpoints, "sign-build")
        artifact = read_snap(file)
        target = file.with_name(f"{file.name}-build")
        assertion = _signed_before(target)
        if assertion is not None:
            app.say(f"Using the existing file {target}.")
        else:
            assertion = SnapProgram().sign_build(
                file,
                account_id=store.account().id,
                snap_id=store.snap_id(artifact.name),
                grade=artifact.grade,
                key=key,
            )
            _keep(target, assertion)
        if not local:
            store.push_snap_build(artifact.name, assertion)
    return SignedBuild(artifact.name, target, not local)


def _signed_before(target: Path) -> str | None:
    try:
        return target.read_text("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{target} cannot be read.",
            why=f"{error}.",
            advice="Remove the file to sign the build again.",
        ) from None


def _keep(target: Path, assertion: str) -> None:
    try:
        target.write_text(assertion, "utf-8")
    except OSError as error:
        raise UsageError(
            f"{target} cannot be written.",
            why=f"{error.strerror}. The assertion is saved beside the snap. Nothing was sent.",
            advice="Copy the snap to a folder that you can write to.",
        ) from None
