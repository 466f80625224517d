"""``craft-store upload-metadata``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from craft_store_core.plugins import CommandResult
from craft_store_snapstore.endpoints import SnapStoreEndpoints
from craft_store_snapstore.snap_file import read_snap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from craft_store_core.plugins import Application


@dataclass(frozen=True)
class SentMetadata(CommandResult):
    """The sent fields and pictures."""

    name: str
    sent: Sequence[str]

    def lines(self) -> tuple[str, ...]:
        """Show what was sent."""
        return (f"{self.name}: uploaded {', '.join(self.sent)}.",)


@click.command("upload-metadata")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--icon", type=click.Path(path_type=Path), help="Icon file (default: the icon in the snap)."
)
@click.option("--banner", type=click.Path(path_type=Path), help="Banner image file.")
@click.option(
    "--force", is_flag=True, help="Overwrite changes made in the store since the last upload."
)
@click.pass_obj
def command(
    app: Application, *, file: Path, icon: Path | None, banner: Path | None, force: bool
) -> SentMetadata:
    """Upload the summary, description, title, licence and icon of a snap file to its store page.

    Example: craft-store upload-metadata weather-widget_1.5_amd64.snap --store snapstore
    """
    from craft_store_core.errors import UsageError

    given = [(kind, path) for kind, path in (("icon", icon), ("banner", banner)) if path]
    try:
        pictures = [(kind, path.name, path.read_bytes()) for kind, path in given]
    except OSError as error:
        raise UsageError(
            f"The image {error.filename} cannot be read.", why=error.strerror
        ) from None
    with app.connect() as client:
        store = client.endpoints_of(SnapStoreEndpoints, "update-metadata")
        artifact = read_snap(file)
        store.check_upload(artifact.name)
        sent = [*store.push_snap_metadata(artifact.name, artifact, force=force)]
        if pictures and store.push_media(artifact.name, pictures, force=force):
            sent += [kind for kind, *_ in pictures if kind not in sent]
    return SentMetadata(artifact.name, sent)
