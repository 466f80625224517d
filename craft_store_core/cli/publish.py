"""``craft-store publish``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from craft_store_core.cli.review_options import timeout_option
from craft_store_core.errors import UsageError
from craft_store_core.publishing import Publication, PublishRequest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from craft_store_core.cli.application import Application
    from craft_store_core.publishing import PublishedFile, PublishResult
    from craft_store_core.reviews import Polling


@click.command("publish")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--resource",
    "resources",
    multiple=True,
    metavar="NAME=FILE",
    help="A resource: its file, or NAME=REVISION for a revision that the store has.",
)
@click.option(
    "--channel", "channels", multiple=True, metavar="CHANNEL", help="Release to this channel."
)
@click.option("--name", help="Package name, when it is not the one in the file.")
@click.option("--dry-run", is_flag=True, help="Check everything and show the plan; send nothing.")
@timeout_option
@click.pass_obj
def command(
    app: Application,
    *,
    file: Path,
    resources: tuple[str, ...],
    channels: tuple[str, ...],
    name: str | None,
    dry_run: bool,
    polling: Polling,
) -> None:
    """Upload an artifact with its resources, wait for the reviews, release.

    Can be repeated: what the store has already is not sent again, and what is released already
    stays as it is.

    Example: craft-store publish acme-web.charm --resource model=model.bin --channel latest/edge
    """
    request = PublishRequest(file, channels, parse_resources(resources), name)
    with (
        app.connect() as client,
        Publication(client, request, polling=polling, say=app.say) as publication,
    ):
        publication.check()
        if dry_run:
            print_plan(app, publication)
            return
        result = publication.run()
    print_outcome(app, result)


def parse_resources(texts: Iterable[str]) -> dict[str, Path | int]:
    """Read ``NAME=FILE`` and ``NAME=REVISION``.

    Raises:
        UsageError: A text is neither, or a name comes twice.
    """
    resources: dict[str, Path | int] = {}
    for text in texts:
        name, separator, value = text.partition("=")
        if not (name and separator and value):
            raise UsageError(
                f"--resource {text!r} is not NAME=FILE.",
                advice="Write the resource's name, '=', and a file or a revision number.",
            )
        if name in resources:
            raise UsageError(f"The resource {name!r} is given twice.")
        # A file that is named like a number can be written as ./123.
        resources[name] = int(value) if value.isascii() and value.isdigit() else Path(value)
    return resources


def print_plan(app: Application, publication: Publication) -> None:
    """Print what a publishing would do."""
    planned = (publication.artifact, *publication.resources)
    steps = [
        {
            "file": str(item.file),
            "resource": item.resource,
            "size": item.size,
            "sha3-384": item.digest.result(),
            "revision": item.revision,
            "action": "upload" if item.revision is None else "reuse",
        }
        for item in planned
    ]
    app.result(
        {
            "name": publication.name,
            "dry-run": True,
            "files": steps,
            "channels": [str(channel) for channel in publication.channels],
        },
        lines=[
            f"Plan for {publication.name}; nothing is sent.",
            *(
                f"  upload {item.title} ({item.size} bytes)"
                if item.revision is None
                else f"  reuse revision {item.revision} for {item.title}"
                for item in planned
            ),
            *(f"  release to {channel}" for channel in publication.channels),
        ],
    )


def print_outcome(app: Application, result: PublishResult) -> None:
    """Print what a publishing did."""
    app.result(
        result.to_json(),
        lines=[
            f"{result.name} revision {_described(result.artifact)}",
            *(
                f"  resource {item.resource}: revision {_described(item)}"
                for item in result.resources
            ),
            *(
                f"  {channel}: {'released' if status == 'released' else 'was released before'}"
                for channel, status in result.channels.items()
            ),
        ],
    )


def _described(item: PublishedFile) -> str:
    return f"{item.revision} ({item.status.replace('-', ' ')})"
