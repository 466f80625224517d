"""``craft-store publish``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from craft_store_core.cli.publish_output import RESUME_HINT, PlanOutcome
from craft_store_core.cli.review_options import review_journal
from craft_store_core.errors import UsageError
from craft_store_core.publishing import (
    PARALLEL_UPLOADS,
    PlanPublication,
    PublishPlan,
    PublishRequest,
    read_plan,
    resource_source,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from craft_store_core.cli.application import Application
    from craft_store_core.publishing import PublishOutcome


@click.command("publish")
@click.argument("files", nargs=-1, metavar="[FILE]...", type=click.Path(path_type=Path))
@click.option(
    "--plan",
    "plan_file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="TOML file that lists the artifacts to publish, instead of FILEs.",
)
@click.option(
    "--resource",
    "resources",
    multiple=True,
    metavar="NAME=SOURCE",
    help="File or image of a resource, or NAME=REVISION for an existing revision; can be repeated.",
)
@click.option(
    "--component",
    "components",
    multiple=True,
    metavar="NAME=FILE",
    help="File of a component of the artifact; can be repeated.",
)
@click.option(
    "--channel",
    "channels",
    multiple=True,
    metavar="CHANNEL",
    help=(
        "Channel to release to, such as latest/edge; can be repeated. Replaces the channels of a "
        "plan."
    ),
)
@click.option("--name", help="Package name (default: the name in the file).")
@click.option(
    "--only-if-newer",
    is_flag=True,
    help="Skip channels that already have a newer revision for the same base.",
)
@click.option(
    "--dry-run",
    is_flag=True,
    help="Check everything and show the plan, without uploading or releasing.",
)
@click.option(
    "--no-wait",
    is_flag=True,
    help="Do not wait for reviews; exit with 7 if a review is pending.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="Time limit for the whole command, such as 900 (default: 300 for each review).",
)
@click.option(
    "--github",
    is_flag=True,
    help="Write the outputs and the summary of the GitHub Actions step.",
)
@click.pass_obj
def command(
    app: Application,
    *,
    files: tuple[Path, ...],
    plan_file: Path | None,
    resources: tuple[str, ...],
    components: tuple[str, ...],
    channels: tuple[str, ...],
    name: str | None,
    only_if_newer: bool,
    dry_run: bool,
    no_wait: bool,
    timeout: float | None,
    github: bool,
) -> PlanOutcome:
    """Upload artifacts with their resources, wait for the reviews, and release all or none.

    FILE is an artifact, or a plan whose name ends in .toml. The command can be repeated: files that
    the store already has are not uploaded again, and existing releases are not changed. A resource
    that an artifact declares as an OCI image is given as an image: an archive, a folder,
    docker://HOST/NAME:TAG or another form listed by 'craft-store upload-resource --help'.

    Example: craft-store publish acme-web.charm --resource model=model.bin --channel latest/edge
    """
    if github:
        from craft_store_core.cli.github import GitHubReport

        app.report = GitHubReport.of(app.environment).write
    files, plan_file = _plan_among(files, plan_file)
    if plan_file is None:
        given = parse_resources(resources)
        parts = parse_components(components)
        requests = [PublishRequest(file, channels, given, name, parts) for file in files]
        plan = PublishPlan(tuple(requests), only_if_newer)
    else:
        _refuse_beside_plan(files, resources, components, name)
        plan = _override(read_plan(plan_file), channels, only_if_newer=only_if_newer)
    with (
        app.connect() as client,
        PlanPublication(
            client,
            plan,
            timeout=timeout,
            journal=review_journal(app, client),
            parallel=app.configuration.parallel_uploads or PARALLEL_UPLOADS,
            say=app.say,
        ) as publication,
    ):
        publication.check()
        outcome = publication.preview() if dry_run else _run(app, publication, wait=not no_wait)
    result = PlanOutcome.of(outcome)
    if outcome.error is not None:
        app.record_partial(result)
        raise outcome.error
    return result


def parse_resources(texts: Iterable[str]) -> dict[str, Path | str | int]:
    """Read ``NAME=FILE``, ``NAME=IMAGE`` and ``NAME=REVISION``.

    Raises:
        UsageError: A text is neither, or a name comes twice.
    """
    return {
        # A file that is named like a number can be written as ./123.
        name: int(value) if value.isascii() and value.isdigit() else resource_source(value)
        for name, value in _pairs("--resource", texts).items()
    }


def parse_components(texts: Iterable[str]) -> dict[str, Path]:
    """Read ``NAME=FILE``.

    Raises:
        UsageError: A text is not that, or a name comes twice.
    """
    return {name: Path(value) for name, value in _pairs("--component", texts).items()}


def _pairs(option: str, texts: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in texts:
        name, separator, value = text.partition("=")
        if not (name and separator and value):
            raise UsageError(
                f"{option} {text!r} is not NAME=FILE.",
                advice="Write the name, '=', and a file path"
                + (" or a revision number." if option == "--resource" else "."),
            )
        if name in found:
            raise UsageError(f"{option} {name!r} is given twice.")
        found[name] = value
    return found


def _plan_among(
    files: tuple[Path, ...], plan_file: Path | None
) -> tuple[tuple[Path, ...], Path | None]:
    plans = [file for file in files if file.suffix == ".toml"]
    if not files and plan_file is None:
        raise UsageError(
            "No artifact was given.", advice="Pass the path of an artifact, or a plan with --plan."
        )
    if len(plans) + (plan_file is not None) > 1:
        raise UsageError("More than one plan was given. Pass one plan at a time.")
    return tuple(file for file in files if file not in plans), plan_file or next(iter(plans), None)


def _refuse_beside_plan(
    files: tuple[Path, ...], resources: tuple[str, ...], components: tuple[str, ...], name: object
) -> None:
    for given, what in (
        (files, "FILE"),
        (resources, "--resource"),
        (components, "--component"),
        (name, "--name"),
    ):
        if given:
            raise UsageError(
                f"{what} cannot be combined with a plan.",
                advice="Set it in the plan, in the table of the artifact.",
            )


def _override(plan: PublishPlan, channels: tuple[str, ...], *, only_if_newer: bool) -> PublishPlan:
    requests = plan.requests
    if channels:
        requests = tuple(replace(request, channels=channels) for request in requests)
    return PublishPlan(requests, plan.only_if_newer or only_if_newer)


def _run(app: Application, publication: PlanPublication, *, wait: bool) -> PublishOutcome:
    try:
        return publication.run(wait=wait)
    except KeyboardInterrupt:
        publication.stop()
        app.resume_hint = RESUME_HINT
        app.record_partial(PlanOutcome.of(publication.outcome(interrupted=True)))
        raise
