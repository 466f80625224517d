"""``craft-store libraries``: the libraries of charms, at the store and in a charm's folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from craft_store_core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from craft_store_charmhub.library_fetching import FetchedLibrary
    from craft_store_charmhub.library_folder import LibraryFolder
    from craft_store_charmhub.library_publishing import LibraryPublication, PublishedLibrary
    from craft_store_core.plugins import Application

_GO_ON = (
    "Run the same command again to continue. Versions that the store has are not uploaded again."
)

_folder_option = click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=".",
    show_default="the current folder",
    help="Folder of the charm, which contains lib/charms.",
)


def _dry_run_option(text: str) -> Callable[[Any], Any]:
    return click.option("--dry-run", is_flag=True, help=text)


@click.group("libraries")
def command() -> None:
    """List, fetch, publish and register the libraries of charms."""


@command.command("list")
@click.argument("charm")
@click.pass_obj
def list_libraries(app: Application, *, charm: str) -> None:
    """List the libraries of a charm, with the newest patch of each API. Does not require a login.

    Example: craft-store libraries list acme-web
    """
    from craft_store_charmhub.endpoints import CharmhubEndpoints
    from craft_store_charmhub.models import LibrarySelector

    with app.connect() as client:
        endpoints = client.endpoints_of(CharmhubEndpoints, "list-libraries")
        found = endpoints.find_libraries([LibrarySelector(charm_name=charm)])
    app.result(
        [library.to_json() for library in found],
        columns=("Library", "API", "Patch", "Library id"),
        rows=[
            (library.library_name, library.api, library.patch, library.library_id)
            for library in sorted(found, key=lambda library: (library.library_name, library.api))
        ],
        empty=f"{charm} has no libraries.",
    )
    app.warn_unreadable(found)


@command.command("fetch")
@click.argument("libraries", nargs=-1, metavar="[LIBRARY]...")
@_folder_option
@click.option("--force", is_flag=True, help="Also replace files that were changed in the folder.")
@_dry_run_option("Show what would be fetched, without writing files.")
@click.pass_obj
def fetch(
    app: Application, *, libraries: tuple[str, ...], folder: Path, force: bool, dry_run: bool
) -> None:
    """Fetch or update libraries in lib/charms of a charm's folder. Does not require a login.

    LIBRARY is CHARM.LIBRARY for the newest version, CHARM.LIBRARY@API for the newest version of an
    API, or CHARM.LIBRARY@API.PATCH for an exact version. The import name charms.CHARM.vAPI.LIBRARY
    also works. Without LIBRARY, the command fetches the libraries under charm-libs in
    charmcraft.yaml, and updates the other libraries in the folder within their API.

    A file that differs from the store's copy of its version is not replaced. If you or
    charmcraft.yaml named its library, this is an error.

    Example: craft-store libraries fetch acme-web.http_client@0
    """
    from craft_store_charmhub.endpoints import CharmhubEndpoints
    from craft_store_charmhub.library_fetching import LibraryFetch, kept_by_name
    from craft_store_charmhub.library_folder import LibraryFolder
    from craft_store_charmhub.library_references import LibraryReference

    references = [LibraryReference.parse(text) for text in libraries]
    with app.connect() as client:
        run = LibraryFetch(
            client.endpoints_of(CharmhubEndpoints, "fetch-libraries"),
            LibraryFolder(folder),
            force=force,
            listen=app.warn_unreadable,
        )
        fetched = run.plan(references)
        if not dry_run:
            fetched = run.carry_out(fetched)
    data = _document(folder, fetched, dry_run=dry_run)
    lines = [_fetched_line(item) for item in fetched]
    error = kept_by_name(fetched)
    if error is not None:
        app.keep(data, lines)
        raise error
    app.result(data, lines=lines)
    if not fetched:
        app.say(f"{folder} has no libraries, and its charmcraft.yaml has no charm-libs.")


@command.command("publish")
@click.argument("libraries", nargs=-1, metavar="[LIBRARY]...")
@click.option(
    "--charm", metavar="NAME", help="Name of the charm (default: the name in charmcraft.yaml)."
)
@_folder_option
@_dry_run_option("Check everything and show what would be published, without uploading.")
@click.pass_obj
def publish(
    app: Application, *, libraries: tuple[str, ...], charm: str | None, folder: Path, dry_run: bool
) -> None:
    """Publish the libraries of your own charm.

    LIBRARY is CHARM.LIBRARY, CHARM.LIBRARY@API or charms.CHARM.vAPI.LIBRARY. Without LIBRARY, the
    command publishes all libraries of the charm in the folder. It checks all libraries before it
    uploads the first. LIBPATCH of a changed library must be one more than the store's; LIBPATCH of
    an unchanged library must equal the store's. Versions that the store already has are not
    uploaded again.

    Example: craft-store libraries publish acme-web.http_client --dry-run
    """
    from craft_store_charmhub.endpoints import CharmhubEndpoints
    from craft_store_charmhub.library_folder import LibraryFolder
    from craft_store_charmhub.library_publishing import LibraryPublication
    from craft_store_charmhub.library_references import LibraryReference

    references = [LibraryReference.parse(text) for text in libraries]
    place = LibraryFolder(folder)
    name = _own_charm(place, charm)
    with app.connect() as client:
        run = LibraryPublication(
            client.endpoints_of(CharmhubEndpoints, "publish-libraries"),
            place,
            name,
            listen=app.warn_unreadable,
        )
        published = run.plan(references)
        if not dry_run:
            published = _carry_out(app, run, folder, published)
    app.result(
        _document(folder, published, dry_run=dry_run),
        lines=[_published_line(item) for item in published],
    )


@command.command("register")
@click.argument("library")
@_folder_option
@click.option("--no-file", is_flag=True, help="Print the library id without creating a file.")
@click.pass_obj
def register(app: Application, *, library: str, folder: Path, no_file: bool) -> None:
    """Register a new library of your own charm.

    LIBRARY is CHARM.LIBRARY. The command creates its file with the new library id. The store may
    refuse: it no longer accepts new libraries, and recommends Python packages instead.

    Example: craft-store libraries register acme-web.http_client
    """
    from craft_store_charmhub.endpoints import CharmhubEndpoints
    from craft_store_charmhub.library_folder import LibraryFolder
    from craft_store_charmhub.library_references import LibraryReference

    reference = LibraryReference.parse(library)
    if reference.api or reference.patch is not None:
        raise UsageError(
            f"{reference} contains a version.",
            why="A new library starts as version 0.1.",
            advice=f"Write {reference.title}.",
        )
    reference = reference.at_api(0)
    place = LibraryFolder(folder)
    file = None if no_file else place.file(reference)
    if file is not None and (file.exists() or file.is_symlink()):
        raise UsageError(
            f"{file} already exists. Nothing was registered.",
            why="A registration would replace it with a new file that has another LIBID.",
            advice=(
                "Pass --no-file to register without a file, and write the id into the "
                "existing file."
            ),
        )
    with app.connect() as client:
        endpoints = client.endpoints_of(CharmhubEndpoints, "register-library")
        library_id = endpoints.register_library(reference.charm, reference.library)
    data = {
        "charm-name": reference.charm,
        "library-name": reference.library,
        "library-id": library_id,
        "file": None if file is None else str(file),
    }
    lines = [f"Registered {reference.title} with the LIBID {library_id}"]
    if file is not None:
        # Whatever becomes of the file, the id cannot be asked for again.
        app.keep({**data, "file": None}, lines)
        place.write(reference, _beginning(reference.library, library_id))
        lines.append(f"Created {file}.")
    app.result(data, lines=lines)


def _beginning(library: str, library_id: str) -> str:
    return f'''"""Say here what {library} offers; Charmhub shows this text."""

# The store knows the library by this id: never change it.
LIBID = "{library_id}"

# One more with each breaking change, together with the folder's name, v0.
LIBAPI = 0

# One more with each publication; 0 after LIBAPI was raised.
LIBPATCH = 1
'''


def _carry_out(
    app: Application,
    run: LibraryPublication,
    folder: Path,
    plan: Sequence[PublishedLibrary],
) -> list[PublishedLibrary]:
    from craft_store_charmhub.library_errors import LibrariesIncompleteError
    from craft_store_core.errors import CraftStoreError

    done: list[PublishedLibrary] = []
    try:
        for item in run.carry_out(plan):
            done.append(item)  # noqa: PERF402  # what was done stays known when the next one fails
    except (CraftStoreError, KeyboardInterrupt) as error:
        state = [*done, *plan[len(done) :]]
        app.keep(_document(folder, state, dry_run=False), [_published_line(i) for i in state])
        app.how_to_go_on = _GO_ON
        some = any(item.status == "published" for item in done)
        if not isinstance(error, CraftStoreError) or not some:
            raise
        raise LibrariesIncompleteError(
            f"Not all libraries were published. {error.message}",
            why=error.why,
            advice=" ".join(filter(None, [error.advice, _GO_ON])),
            request_id=getattr(error, "request_id", None),
        ) from error
    return done


def _own_charm(folder: LibraryFolder, given: str | None) -> str:
    from craft_store_core.plugins import check_package_name

    name = given or folder.charm_name()
    if name is None:
        raise UsageError(
            f"The charm of {folder.root} is unknown.",
            why="The folder has no charmcraft.yaml or metadata.yaml with a name.",
            advice="Pass the folder with --folder, or the charm name with --charm.",
        )
    return check_package_name(name)


def _document(
    folder: Path, libraries: Iterable[FetchedLibrary | PublishedLibrary], *, dry_run: bool
) -> dict[str, Any]:
    return {
        "folder": str(folder.resolve()),
        "dry-run": dry_run,
        "libraries": [item.to_json() for item in libraries],
    }


def _fetched_line(item: FetchedLibrary) -> str:
    before = None if item.local_patch is None else f"{item.reference.api}.{item.local_patch}"
    now = None if item.library is None else f"{item.library.api}.{item.library.patch}"
    says = {
        "fetched": f"fetched {now}",
        "to-fetch": f"would fetch {now}",
        "updated": f"updated {before or 'a changed file'} to {now}",
        "to-update": f"would update {before or 'a changed file'} to {now}",
        "current": f"already {now}",
        "kept": f"not replaced: {item.why}",
    }
    over = f", replaced changes: {item.why}" if item.why and item.status != "kept" else ""
    return f"{item.reference.path}: {says[item.status]}{over}"


def _published_line(item: PublishedLibrary) -> str:
    version = f"{item.local.api}.{item.local.patch}"
    says = {
        "published": f"published {version}",
        "to-publish": f"would publish {version}",
        "current": f"the store already has {version}",
    }
    return f"{item.reference.path}: {says[item.status]}"
