"""How people name charm libraries, and where these are in a charm's folder."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from craft_store_charmhub.library_files import check_library_name
from craft_store_charmhub.models import LibrarySelector
from craft_store_core.errors import InvalidNameError
from craft_store_core.plugins import check_package_name

LIBRARIES = PurePosixPath("lib", "charms")
"""Where libraries are, below the folder of a charm."""

# No more digits than any version has: a number of thousands of them is refused by Python itself.
_SHORT = re.compile(
    r"(?P<charm>[^.@]+)\.(?P<library>[^.@]+)(?:@(?P<api>[0-9]{1,9})(?:\.(?P<patch>[0-9]{1,9}))?)?"
)
_DOTTED = re.compile(r"charms\.(?P<charm>[^.@]+)\.v(?P<api>[0-9]{1,9})\.(?P<library>[^.@]+)")


@dataclass(frozen=True)
class LibraryReference:
    """A library of a charm, of any version or of a certain one.

    Attributes:
        charm: The charm that it belongs to, with hyphens as at the store.
        library: The name of the module.
        api: The major version; None when it was not named.
        patch: The minor version; None when it was not named.
    """

    charm: str
    library: str
    api: int | None = None
    patch: int | None = None

    @classmethod
    def parse(cls, text: str) -> LibraryReference:
        """Read ``charm.library``, with ``@api`` or ``@api.patch``, or ``charms.charm.vN.library``.

        Either form of the charm's name will do, with hyphens or as it is imported.

        Raises:
            InvalidNameError: It is none of them, or a name in it is none.
        """
        found = _DOTTED.fullmatch(text) or _SHORT.fullmatch(text)
        if found is None:
            raise InvalidNameError(
                f"{text[:80]!r} is not the name of a charm library.",
                why="It is neither CHARM.LIBRARY nor charms.CHARM.vN.LIBRARY.",
                advice=(
                    "Write it like acme-web.http_client, acme-web.http_client@0.3 or "
                    "charms.acme_web.v0.http_client."
                ),
            )
        parts = found.groupdict()
        return cls.of_names(
            parts["charm"], parts["library"], _number(parts["api"]), _number(parts.get("patch"))
        )

    @classmethod
    def of_names(
        cls, charm: str, library: str, api: int | None = None, patch: int | None = None
    ) -> LibraryReference:
        """Return the reference after a look at the names, which may be a store's or a folder's.

        Raises:
            InvalidNameError: A name is none; it could lead out of the folder.
        """
        # No charm has an underscore in its name, and no module a hyphen.
        name = check_package_name(charm.replace("_", "-"))
        return cls(name, check_library_name(library), api, patch)

    @property
    def title(self) -> str:
        """The library without its version, for people."""
        return f"{self.charm}.{self.library}"

    @property
    def path(self) -> PurePosixPath:
        """The file below the folder of a charm.

        Raises:
            ValueError: The major version is not known.
        """
        if self.api is None:
            raise ValueError(f"{self} names no major version")
        return LIBRARIES / self.charm.replace("-", "_") / f"v{self.api}" / f"{self.library}.py"

    def at_api(self, api: int) -> LibraryReference:
        """Return the reference with its major version."""
        return replace(self, api=api)

    def selector(self) -> LibrarySelector:
        """Return what asks the store for it."""
        return LibrarySelector(
            charm_name=self.charm, library_name=self.library, api=self.api, patch=self.patch
        )

    def __str__(self) -> str:
        """Return it in the short form."""
        if self.api is None:
            return self.title
        return f"{self.title}@{self.api}" + ("" if self.patch is None else f".{self.patch}")


def _number(digits: str | None) -> int | None:
    return None if digits is None else int(digits)
