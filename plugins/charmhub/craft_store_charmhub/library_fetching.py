"""Fetching charm libraries into the folder of a charm, without losing what a person wrote there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from craft_store_charmhub.library_errors import (
    LibrariesIncompleteError,
    LibraryChangedError,
    LibraryNotFoundError,
)
from craft_store_charmhub.library_files import LibraryFile, library_hash
from craft_store_core.errors import (
    ArtifactError,
    NotFoundError,
    UnexpectedResponseError,
    UsageError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path, PurePosixPath

    from craft_store_charmhub.libraries import CharmhubLibraries
    from craft_store_charmhub.library_folder import LibraryFolder
    from craft_store_charmhub.library_references import LibraryReference
    from craft_store_charmhub.models import Library
    from craft_store_core.errors import CraftStoreError
    from craft_store_core.models import Listing

TO_FETCH = "to-fetch"
TO_UPDATE = "to-update"
FETCHED = "fetched"
UPDATED = "updated"
CURRENT = "current"
KEPT = "kept"

_DONE = {TO_FETCH: FETCHED, TO_UPDATE: UPDATED}


@dataclass(frozen=True)
class FetchedLibrary:
    """What becomes, or became, of one library in the folder.

    Attributes:
        reference: The library, with its major version.
        named: It was asked for by name, and not merely found in the folder.
        library: The version that the store has; None when it has none.
        local_patch: The minor version that was in the folder; None when there was none to read.
        status: ``fetched`` when it is new there; ``updated``; ``current`` when it was the same;
            ``kept`` when it was not touched; ``to-fetch`` and ``to-update`` before that is done.
        why: Why it was kept, or that changes were replaced.
    """

    reference: LibraryReference
    named: bool
    library: Library | None
    local_patch: int | None
    status: str
    why: str | None = None


class LibraryFetch:
    """Fetches libraries in two steps: first what is to be done, then doing it.

    Args:
        libraries: The store.
        folder: Where they go.
        force: Replace also what was changed in the folder.
        listen: Told of each of the store's answers, which may have rows that cannot be read.
    """

    def __init__(
        self,
        libraries: CharmhubLibraries,
        folder: LibraryFolder,
        *,
        force: bool = False,
        listen: Callable[[Listing[Library]], object] = lambda _: None,
    ) -> None:
        self._store = libraries
        self._folder = folder
        self._force = force
        self._listen = listen

    def plan(self, references: Sequence[LibraryReference] = ()) -> list[FetchedLibrary]:
        """Compare the folder with the store; nothing is changed.

        Args:
            references: The libraries; without them those that charmcraft.yaml asks for, and the
                others that are in the folder, each the newest of its major version.

        Raises:
            LibraryNotFoundError: The store does not have one that was asked for.
            UsageError: One library is asked for in two versions that have the same file.
        """
        asked_for = list(dict.fromkeys(references or self._folder.wanted()))
        tips = self._tips(asked_for)
        missing = [str(reference) for reference in asked_for if reference not in tips]
        if missing:
            raise LibraryNotFoundError(
                f"The store does not have {', '.join(missing)}.",
                why="The store has no public library with this charm, name and version.",
                advice="Run 'craft-store libraries list CHARM' to list the libraries of a charm.",
            )
        named = _by_file(tips)
        others: list[LibraryReference] = []
        if not references:
            others = [item for item in self._folder.found() if item.path not in named]
        found = self._tips(others)
        return [
            *(self._compare(reference, tip, named=True) for reference, tip in named.values()),
            *(self._compare(item, found.get(item), named=False) for item in others),
        ]

    def carry_out(self, plan: Iterable[FetchedLibrary]) -> list[FetchedLibrary]:
        """Fetch and write what the plan says.

        Everything is fetched, and compared with its hash, before the first file is written.

        Raises:
            UnexpectedResponseError: The store sent something else than it had announced.
            ArtifactError: A file cannot be written.
        """
        plan = list(plan)
        contents = [
            (item.reference, self._content(item.reference, item.library))
            for item in plan
            if item.status in _DONE and item.library is not None
        ]
        for reference, content in contents:
            self._folder.write(reference, content)
        return [replace(item, status=_DONE.get(item.status, item.status)) for item in plan]

    def _tips(self, references: Sequence[LibraryReference]) -> dict[LibraryReference, Library]:
        rows = self._rows(references)
        fitting = {item: [row for row in rows if _fits(row, item)] for item in references}
        return {
            item: max(rows, key=lambda row: (row.api, row.patch))
            for item, rows in fitting.items()
            if rows
        }

    def _rows(self, references: Sequence[LibraryReference]) -> list[Library]:
        if not references:
            return []
        try:
            found = self._store.find_libraries(item.selector() for item in references)
        except NotFoundError:
            # One unknown name fails them all, and the store does not say which.
            if len(references) == 1:
                return []
            return [row for reference in references for row in self._rows([reference])]
        self._listen(found)
        return list(found)

    def _compare(
        self, reference: LibraryReference, tip: Library | None, *, named: bool
    ) -> FetchedLibrary:
        file = self._folder.file(reference)
        local, change = _read(file)
        patch = local.patch if local else None
        if tip is None:
            why = "the store does not have it"
            return FetchedLibrary(reference, named, None, patch, KEPT, why)
        if local is None and change is None:
            return FetchedLibrary(reference, named, tip, None, TO_FETCH)
        if local is not None:
            if _same(local, tip):
                return FetchedLibrary(reference, named, tip, patch, CURRENT)
            change = self._change(local, tip)
        status = TO_UPDATE if change is None or self._force else KEPT
        return FetchedLibrary(reference, named, tip, patch, status, change)

    def _change(self, local: LibraryFile, tip: Library) -> str | None:
        """Return what was changed since a version of the store; None for nothing."""
        if local.library_id != tip.library_id:
            return "its LIBID differs from the store's"
        if local.api != tip.api:
            return f"it sets LIBAPI to {local.api}"
        version = f"{local.api}.{local.patch}"
        own = tip
        if local.patch != tip.patch:
            try:
                own = self._store.get_library(
                    tip.charm_name, tip.library_id, api=local.api, patch=local.patch
                )
            except NotFoundError:
                return f"the store does not have {version}"
        return None if own.hash == local.hash else f"it differs from the store's {version}"

    def _content(self, reference: LibraryReference, tip: Library) -> str:
        library = self._store.get_library(
            reference.charm, tip.library_id, api=tip.api, patch=tip.patch
        )
        content = library.content
        if content is None or (library.api, library.patch) != (tip.api, tip.patch):
            fault = "The store did not send the requested version."
        elif library_hash(content) != tip.hash:
            fault = "The hash of the content differs from the hash that the store reports."
        else:
            return content
        raise UnexpectedResponseError(
            f"{reference.title} {tip.api}.{tip.patch} cannot be fetched. Nothing was written.",
            why=fault,
            advice=(
                "Try again later. If the error persists, report it to the publisher of the charm."
            ),
        )


def kept_by_name(libraries: Iterable[FetchedLibrary]) -> CraftStoreError | None:
    """Return the error of a fetch that left out what was asked for by name; None if none was."""
    libraries = list(libraries)
    kept = [item for item in libraries if item.named and item.status == KEPT]
    if not kept:
        return None
    kind = LibraryChangedError if len(kept) == len(libraries) else LibrariesIncompleteError
    return kind(
        f"{', '.join(item.reference.title for item in kept)} was not replaced.",
        why="The files have changes: " + "; ".join(f"{i.reference.path}: {i.why}" for i in kept),
        advice="Save the changes elsewhere, and pass --force to replace the files.",
    )


def _by_file(
    tips: Mapping[LibraryReference, Library],
) -> dict[PurePosixPath, tuple[LibraryReference, Library]]:
    chosen: dict[PurePosixPath, tuple[LibraryReference, Library]] = {}
    for asked_for, tip in tips.items():
        reference = asked_for.at_api(tip.api)
        _, other = chosen.setdefault(reference.path, (reference, tip))
        if other.patch != tip.patch:
            raise UsageError(
                f"{reference.path} cannot be both {other.api}.{other.patch} and "
                f"{tip.api}.{tip.patch}.",
                why="Versions with the same API have the same file.",
                advice="Choose one of them.",
            )
    return chosen


def _fits(row: Library, reference: LibraryReference) -> bool:
    return (
        (row.charm_name, row.library_name) == (reference.charm, reference.library)
        and reference.api in (None, row.api)
        and reference.patch in (None, row.patch)
    )


def _same(local: LibraryFile, tip: Library) -> bool:
    return (local.library_id, local.api, local.patch, local.hash) == (
        tip.library_id,
        tip.api,
        tip.patch,
        tip.hash,
    )


def _read(file: Path) -> tuple[LibraryFile | None, str | None]:
    """Return a library, or why there is none in a file that is there."""
    # A link that leads nowhere is something too that a person put there.
    if not (file.exists() or file.is_symlink()):
        return None, None
    try:
        return LibraryFile.read(file), None
    except ArtifactError:
        return None, "it cannot be read as a charm library"
