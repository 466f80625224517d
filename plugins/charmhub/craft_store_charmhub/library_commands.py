"""``craft-store libraries``: the libraries of charms, at the store and in a charm's folder."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import click

from craft_store_core.errors import UsageError
from craft_store_core.plugins import FOR_PEOPLE, CommandResult, SchemaKeyword, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import PurePath

    from craft_store_charmhub.library_fetching import FetchedLibrary
    from craft_store_charmhub.library_folder import LibraryFolder
    from craft_store_charmhub.library_publishing import LibraryPublication, PublishedLibrary
    from craft_store_charmhub.models import Library
    from craft_store_core.models import Listing
    from craft_store_core.plugins import Application

_GO_ON = (
    "Run the same command again to continue. Versions that the store has are not uploaded again."
)

Count = Annotated[int, SchemaKeyword("minimum", 0)]
Sha256 = Annotated[str, SchemaKeyword("pattern", "^[0-9a-f]{64}$")]
FetchStatus = Literal["fetched", "updated", "current", "kept", "to-fetch", "to-update"]
PublishStatus = Literal["published", "current", "to-publish"]


@dataclass(frozen=True)
class Libraries(CommandResult, document="libraries"):
    """The libraries of a charm."""

    libraries: Listing[Library]
    charm: str

    def table(self) -> Table:
        """Show each library and API."""
        return Table(
            ("Library", "API", "Patch", "Library id"),
            [
                (library.library_name, library.api, library.patch, library.library_id)
                for library in sorted(
                    self.libraries, key=lambda each: (each.library_name, each.api)
                )
            ],
            empty=f"{self.charm} has no libraries.",
        )


@dataclass(frozen=True)
class FetchOutcome:
    """What becomes, or became, of one library in the folder.

    Attributes:
        library_id: The store's id; null where the store does not have the library.
        api: The major version.
        patch: The minor version at the store.
        local_patch: The minor version that was in the folder.
        file: The file in the folder.
        why: Why the file was kept, or that changes were replaced.
    """

    charm_name: str
    library_name: str
    library_id: str | None
    api: Count
    patch: Count | None
    local_patch: Count | None
    file: PurePath
    status: FetchStatus
    why: str | None

    @classmethod
    def of(cls, item: FetchedLibrary) -> FetchOutcome:
        """Return the outcome for one library."""
        library = item.library
        return cls(
            item.reference.charm,
            item.reference.library,
            None if library is None else library.library_id,
            item.reference.api or 0,
            None if library is None else library.patch,
            item.local_patch,
            item.reference.path,
            cast("FetchStatus", item.status),
            item.why,
        )

    def __str__(self) -> str:
        before = "a changed file" if self.local_patch is None else f"{self.api}.{self.local_patch}"
        now = f"{self.api}.{self.patch}"
        words: dict[FetchStatus, str] = {
            "fetched": f"fetched {now}",
            "to-fetch": f"would fetch {now}",
            "updated": f"updated {before} to {now}",
            "to-update": f"would update {before} to {now}",
            "current": f"already {now}",
            "kept": f"not replaced: {self.why}",
        }
        over = f", replaced changes: {self.why}" if self.why and self.status != "kept" else ""
        return f"{self.file}: {words[self.status]}{over}"


@dataclass(frozen=True)
class FetchedLibraries(CommandResult):
    """The outcome for each library in a folder."""

    folder: Path
    dry_run: bool
    libraries: Sequence[FetchOutcome]

    def lines(self) -> Iterator[str]:
        """Show each library."""
        return map(str, self.libraries)

    def notes(self) -> tuple[str, ...]:
        """Explain an empty result."""
        if self.libraries:
            return ()
        return (f"{self.folder} has no libraries, and its charmcraft.yaml has no charm-libs.",)


@dataclass(frozen=True)
class PublishOutcome:
    """What becomes, or became, of one library at the store.

    Attributes:
        api: The major version.
        patch: The minor version.
        hash: SHA-256 of the content.
        file: The file in the folder.
    """

    charm_name: str
    library_name: str
    library_id: str
    api: Count
    patch: Count
    hash: Sha256
    file: PurePath
    status: PublishStatus

    @classmethod
    def of(cls, item: PublishedLibrary) -> PublishOutcome:
        """Return the outcome for one library."""
        return cls(
            item.reference.charm,
            item.reference.library,
            item.local.library_id,
            item.local.api,
            item.local.patch,
            item.local.hash,
            item.reference.path,
            cast("PublishStatus", item.status),
        )

    def __str__(self) -> str:
        version = f"{self.api}.{self.patch}"
        words: dict[PublishStatus, str] = {
            "published": f"published {version}",
            "to-publish": f"would publish {version}",
            "current": f"the store already has {version}",
        }
        return f"{self.file}: {words[self.status]}"


@dataclass(frozen=True)
class PublishedLibraries(CommandResult):
    """The outcome for each library at the store."""

    folder: Path
    dry_run: bool
    libraries: Sequence[PublishOutcome]

    def lines(self) -> Iterator[str]:
        """Show each library."""
        return map(str, self.libraries)


@dataclass(frozen=True)
class RegisteredLibrary(CommandResult):
    """The id of a new library, and its new file.

    Attributes:
        file: The file; null where none was created.
    """

    charm_name: str
    library_name: str
    library_id: str
    file: Path | None
    title: str = field(metadata=FOR_PEOPLE)

    def lines(self) -> Iterator[str]:
        """Show the id and the file."""
        yield f"Registered {self.title} with the LIBID {self.library_id}"
        if self.file is not None:
            yield f"Created {self.file}."


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
def list_libraries(app: Application, *, charm: str) -> Libraries:
    """List the libraries of a charm, with the newest patch of each API. Does not require a login.

    Example: craft-store libraries list acme-web
    """
    from craft_store_charmhub.endpoints import CharmhubEndpoints
    from craft_store_charmhub.models import LibrarySelector

    with app.connect() as client:
        endpoints = client.endpoints_of(CharmhubEndpoints, "list-libraries")
        found = endpoints.find_libraries([LibrarySelector(charm_name=charm)])
    return Libraries(found, charm)


@command.command("fetch")
@click.argument("libraries", nargs=-1, metavar="[LIBRARY]...")
@_folder_option
@click.option("--force", is_flag=True, help="Also replace files that were changed in the folder.")
@_dry_run_option("Show what would be fetched, without writing files.")
@click.pass_obj
def fetch(
    app: Application, *, libraries: tuple[str, ...], folder: Path, force: bool, dry_run: bool
) -> FetchedLibraries:
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
    result = FetchedLibraries(
        folder.resolve(), dry_run, [FetchOutcome.of(item) for item in fetched]
    )
    error = kept_by_name(fetched)
    if error is not None:
        app.record_partial(result)
        raise error
    return result


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
) -> PublishedLibraries:
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
    return _published(folder, published, dry_run=dry_run)


@command.command("register")
@click.argument("library")
@_folder_option
@click.option("--no-file", is_flag=True, help="Print the library id without creating a file.")
@click.pass_obj
def register(app: Application, *, library: str, folder: Path, no_file: bool) -> RegisteredLibrary:
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
    result = RegisteredLibrary(
        reference.charm, reference.library, library_id, file, reference.title
    )
    if file is not None:
        # Whatever becomes of the file, the id cannot be asked for again.
        app.record_partial(replace(result, file=None))
        place.write(reference, _beginning(reference.library, library_id))
    return result


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
        app.record_partial(_published(folder, state, dry_run=False))
        app.resume_hint = _GO_ON
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


def _published(
    folder: Path, libraries: Sequence[PublishedLibrary], *, dry_run: bool
) -> PublishedLibraries:
    return PublishedLibraries(
        folder.resolve(), dry_run, [PublishOutcome.of(item) for item in libraries]
    )
