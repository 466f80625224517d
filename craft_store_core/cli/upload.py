"""``craft-store upload``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from craft_store_core.cli.publish import parse_components
from craft_store_core.cli.publish_output import ArtifactOutcome
from craft_store_core.cli.review_options import review_journal, timeout_option
from craft_store_core.publishing import PlanPublication, PublishPlan, PublishRequest

if TYPE_CHECKING:
    from craft_store_core.cli.application import Application
    from craft_store_core.stores.reviews import Polling


@click.command("upload")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", help="Package name (default: the name in the file).")
@click.option(
    "--release",
    "channels",
    multiple=True,
    metavar="CHANNEL",
    help="Channel to release the revision to, such as latest/edge; can be repeated.",
)
@click.option(
    "--component",
    "components",
    multiple=True,
    metavar="NAME=FILE",
    help="File of a component of the artifact; can be repeated.",
)
@click.option("--no-wait", is_flag=True, help="Do not wait for the review.")
@timeout_option
@click.pass_obj
def command(
    app: Application,
    *,
    file: Path,
    name: str | None,
    channels: tuple[str, ...],
    components: tuple[str, ...],
    no_wait: bool,
    polling: Polling,
) -> ArtifactOutcome:
    """Upload an artifact as a new revision, and wait for its review.

    A file that the store already has is not uploaded again.

    Example: craft-store upload acme-web_amd64.charm --release latest/edge
    """
    parts = parse_components(components)
    plan = PublishPlan((PublishRequest(file, channels, name=name, components=parts),))
    with (
        app.connect() as client,
        PlanPublication(
            client, plan, polling=polling, journal=review_journal(app, client)
        ) as publication,
    ):
        if no_wait and channels and not client.supports("push-to-channels"):
            raise click.UsageError(
                "--release cannot be combined with --no-wait at this store, because it releases "
                "only reviewed revisions."
            )
        publication.check()
        outcome = publication.run(wait=not no_wait)
    (artifact,) = outcome.artifacts
    result = ArtifactOutcome.of(artifact)
    if outcome.error is not None:
        app.record_partial(result)
        raise outcome.error
    return result
