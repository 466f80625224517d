"""Publishing the charm libraries of a folder: all are checked before the first is sent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from craft_store_charmhub.library_files import LibraryFile
from craft_store_charmhub.models import LibrarySelector
from craft_store_core.errors import ArtifactError, NotFoundError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from craft_store_charmhub.libraries import CharmhubLibraries
    from craft_store_charmhub.library_folder import LibraryFolder
    from craft_store_charmhub.library_references import LibraryReference
    from craft_store_charmhub.models import Library
    from craft_store_core.models import Listing

TO_PUBLISH = "to-publish"
PUBLISHED = "published"
CURRENT = "current"


@dataclass(frozen=True)
class PublishedLibrary:
    """What becomes, or became, of one library at the store.

    Attributes:
        reference: The library, with its major version.
        local: The file.
        status: ``to-publish``, ``published``, or ``current`` when the store had it already.
    """

    reference: LibraryReference
    local: LibraryFile
    status: str


class LibraryPublication:
    """Publishes libraries of one charm in two steps: checking, then sending.

    Args:
        libraries: The store.
        folder: Where the libraries are.
        charm: The charm that they belong to.
        listen: Told of the store's answer, which may have rows that cannot be read.
    """

    def __init__(
        self,
        libraries: CharmhubLibraries,
        folder: LibraryFolder,
        charm: str,
        *,
        listen: Callable[[Listing[Library]], object] = lambda _: None,
    ) -> None:
        self._store = libraries
        self._folder = folder
        self._charm = charm
        self._listen = listen

    def plan(self, references: Sequence[LibraryReference] = ()) -> list[PublishedLibrary]:
        """Read the libraries and compare them with the store; nothing is sent.

        Args:
            references: Which of them; without any, all of the charm in the folder.

        Raises:
            UsageError: A library is not there, or cannot be published as it is.
        """
        files = [
            (reference, _read(self._folder.file(reference), reference))
            for reference in self._chosen(references)
        ]
        _refuse_shared_ids(files)
        found = self._store.find_libraries(
            LibrarySelector(library_id=local.library_id, api=local.api) for _, local in files
        )
        self._listen(found)
        tips = {(row.library_id, row.api): row for row in found}
        judged = [
            (reference, local, _judge(reference, local, tips.get((local.library_id, local.api))))
            for reference, local in files
        ]
        faults = [verdict for _, _, verdict in judged if isinstance(verdict, UsageError)]
        if faults:
            raise _together(faults)
        return [
            PublishedLibrary(reference, local, TO_PUBLISH if verdict else CURRENT)
            for reference, local, verdict in judged
        ]

    def carry_out(self, plan: Iterable[PublishedLibrary]) -> Iterator[PublishedLibrary]:
        """Send what the plan says, one after the other; yield each when it is at the store.

        Raises:
            NotFoundError: The store knows no library by the LIBID of one, or the account has no
                right to it.
        """
        for item in plan:
            if item.status == TO_PUBLISH:
                self._send(item)
                yield replace(item, status=PUBLISHED)
            else:
                yield item

    def _send(self, item: PublishedLibrary) -> None:
        try:
            self._store.publish_library(self._charm, item.local)
        except NotFoundError as error:
            raise NotFoundError(
                f"{item.reference.path} cannot be published.",
                status=error.status,
                entries=error.entries,
                request_id=error.request_id,
                why=(
                    f"{self._charm} has no library with this LIBID at the store, or this "
                    "account may "
                    "not publish for the charm."
                ),
                advice=(
                    f"Run 'craft-store libraries register {item.reference.title} "
                    "--no-file' for a new "
                    "id, or 'craft-store whoami' to check the account."
                ),
            ) from error

    def _chosen(self, references: Sequence[LibraryReference]) -> list[LibraryReference]:
        own = self._folder.found(self._charm)
        if not references:
            if own:
                return own
            raise UsageError(
                f"{self._folder.root} has no libraries of {self._charm}.",
                why=f"No file matches lib/charms/{self._charm.replace('-', '_')}/vN/LIBRARY.py.",
                advice="Run the command in the charm's folder, or pass the folder with --folder.",
            )
        chosen = [item for reference in references for item in self._meant(reference, own)]
        return list(dict.fromkeys(chosen))

    def _meant(
        self, reference: LibraryReference, own: Iterable[LibraryReference]
    ) -> list[LibraryReference]:
        if reference.charm != self._charm:
            raise UsageError(
                f"{reference.title} is not a library of {self._charm}.",
                why="The command publishes only the libraries of this charm.",
                advice="Pass the name of the charm with --charm.",
            )
        if reference.patch is not None:
            raise UsageError(
                f"{reference} contains a patch.",
                why="LIBPATCH in the file sets the patch.",
                advice=f"Write {reference.title}@{reference.api}.",
            )
        meant = [
            item
            for item in own
            if item.library == reference.library and reference.api in (None, item.api)
        ]
        if meant:
            return meant
        raise ArtifactError(
            f"{reference} is not in {self._folder.root}.",
            why=(
                f"The file lib/charms/{self._charm.replace('-', '_')}/"
                f"v{'N' if reference.api is None else reference.api}/{reference.library}.py "
                "does not exist."
            ),
            advice="Check the name, and pass the charm's folder with --folder.",
        )


def _read(file: Path, reference: LibraryReference) -> LibraryFile:
    local = LibraryFile.read(file)
    if local.api == reference.api:
        return local
    raise ArtifactError(
        f"{file} sets LIBAPI = {local.api}.",
        why=f"Its folder is that of API {reference.api}.",
        advice="Correct LIBAPI, or move the file.",
    )


def _refuse_shared_ids(files: Iterable[tuple[LibraryReference, LibraryFile]]) -> None:
    owners: dict[str, str] = {}
    for reference, local in files:
        owner = owners.setdefault(local.library_id, reference.library)
        if owner != reference.library:
            raise UsageError(
                f"{owner} and {reference.library} have the same LIBID.",
                why="Each library requires its own LIBID. One file may be a copy of the other.",
                advice=(
                    f"Run 'craft-store libraries register {reference.title} --no-file' for a new "
                    "LIBID."
                ),
            )


def _judge(
    reference: LibraryReference, local: LibraryFile, tip: Library | None
) -> bool | UsageError:
    """Return whether a library is to be sent, or why it must not be: all are judged first."""
    if tip is not None and (tip.charm_name, tip.library_name) != (
        reference.charm,
        reference.library,
    ):
        return UsageError(
            f"The LIBID of {reference.path} belongs to {tip.charm_name}.{tip.library_name}.",
            why="A library cannot change its name or its charm.",
            advice="Set a new LIBID in the file. See 'craft-store libraries register --help'.",
        )
    try:
        return local.must_be_published(tip)
    except UsageError as error:
        return error


def _together(faults: Sequence[UsageError]) -> UsageError:
    if len(faults) == 1:
        return faults[0]
    return UsageError(
        f"{len(faults)} libraries cannot be published. Nothing was sent.",
        why=" ".join(f"{fault.message} {fault.why} {fault.advice}" for fault in faults),
        advice="Correct these files and run the same command again.",
    )
