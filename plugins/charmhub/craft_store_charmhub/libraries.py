"""Charm libraries at the store.

Source: Publisher Gateway reference, section 13.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from craft_store_charmhub.library_files import check_library_name
from craft_store_charmhub.models import Library, LibrarySelector
from craft_store_core.errors import BadRequestError, NotFoundError
from craft_store_core.plugins import operation
from craft_store_core.stores.gateway import GatewayArea

if TYPE_CHECKING:
    from collections.abc import Iterable

    from craft_store_charmhub.library_files import LibraryFile
    from craft_store_core.models import Listing


class CharmhubLibraries(GatewayArea):
    """Registers, publishes and reads charm libraries."""

    @operation("package-manage-library")
    def register_library(self, charm: str, library: str) -> str:
        """Register a library of a charm and return its id.

        The store may refuse every new library: they are deprecated.

        Raises:
            InvalidNameError: The name has not the form of one; nothing was sent.
        """
        answer = self.ask(
            "POST",
            self.package_path("libraries", charm),
            json={"library-name": check_library_name(library)},
            repeatable=False,
        )
        return answer.text("library-id")

    @operation("package-manage-library")
    def publish_library(self, charm: str, library: LibraryFile) -> Library:
        """Send a version of a library.

        Args:
            charm: The charm that it belongs to.
            library: The file; see :meth:`~craft_store_charmhub.LibraryFile.must_be_published`.
        """
        answer = self.ask(
            "POST",
            self.package_path("libraries", charm, library.library_id),
            json={
                "api": library.api,
                "patch": library.patch,
                "content": library.content,
                "hash": library.hash,
            },
            repeatable=False,
        )
        return answer.model(Library)

    @operation()
    def get_library(
        self, charm: str, library_id: str, *, api: int | None = None, patch: int | None = None
    ) -> Library:
        """Return one library with its content, without credentials.

        Args:
            charm: The charm that it belongs to.
            library_id: The library.
            api: The major version; by default the newest.
            patch: The minor version; by default the newest.
        """
        wanted = {"api": api, "patch": patch}
        answer = self.ask(
            "GET",
            self.package_path("libraries", charm, library_id),
            params={key: str(value) for key, value in wanted.items() if value is not None},
            authenticated=False,
        )
        return answer.model(Library)

    @operation()
    def find_libraries(self, selectors: Iterable[LibrarySelector]) -> Listing[Library]:
        """Return the newest version of each library that is meant, without its content.

        Libraries whose id the store does not know are left out. Needs no credentials.

        Raises:
            NotFoundError: The store does not know a charm, or a library of it, by name.
        """
        body = [selector.to_json() for selector in selectors]
        try:
            answer = self.ask(
                "POST",
                self.package_path("libraries", "bulk"),
                json=body,
                authenticated=False,
                repeatable=True,
            )
        except BadRequestError as error:
            if not _names_are_unknown(error):
                raise
            raise NotFoundError(
                "The store did not find one of the charms or libraries.",
                status=error.status,
                entries=error.entries,
                request_id=error.request_id,
                why="One of the requested charms or libraries does not exist, or is not public.",
                advice="Check the names. Charm names have hyphens, library names have underscores.",
            ) from error
        return answer.listing(Library, "libraries")


def _names_are_unknown(error: BadRequestError) -> bool:
    # For names that lead nowhere the gateway answers 400 without a code, and with this text.
    return any(
        entry.code is None and "library_id" in entry.message and "package_id" in entry.message
        for entry in error.entries
    )
