"""Charm libraries on disk, and the rules for publishing them.

Source: Publisher Gateway reference, section 13.2.
"""

from __future__ import annotations

import ast
import hashlib
import io
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeGuard

from craft_store_core.errors import ArtifactError, InvalidNameError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from craft_store_charmhub.models import Library

_UNHASHED = (b"LIBAPI", b"LIBPATCH", b"LIBID")
_NAME = re.compile(r"[a-z][a-z0-9_]*")


def check_library_name(name: str) -> str:
    """Return a library name that the store may take.

    Raises:
        InvalidNameError: It has not the form of one.

    Source: Publisher Gateway reference, section 16.5.
    """
    if _NAME.fullmatch(name):
        return name
    raise InvalidNameError(
        f"{name[:60]!r} is not a library name.",
        why="A library name is the name of a Python module.",
        advice="Use lower-case letters, digits and underscores. Start with a letter.",
    )


def library_hash(content: str | bytes) -> str:
    """Return the hash by which the store compares the content of libraries.

    The lines that hold the library's id and version do not count, nor do the ends of lines: a
    library that was only renumbered has the same hash.

    Args:
        content: The module.

    Returns:
        64 hexadecimal digits.
    """
    data = content.encode() if isinstance(content, str) else content
    digest = hashlib.sha256()
    # A line ends with a line feed here, and with nothing else.
    for line in io.BytesIO(data.replace(b"\r\n", b"\n")):
        if not line.startswith(_UNHASHED):
            digest.update(line)
    return digest.hexdigest()


@dataclass(frozen=True)
class LibraryFile:
    """A library as it is on disk.

    Attributes:
        library_id: From ``LIBID``.
        api: From ``LIBAPI``.
        patch: From ``LIBPATCH``.
        content: The module.
    """

    library_id: str
    api: int
    patch: int
    content: str = field(repr=False)

    @classmethod
    def read(cls, file: Path) -> LibraryFile:
        """Read a library.

        Raises:
            ArtifactError: It cannot be read, or lacks its id or its version.
        """
        try:
            content = file.read_bytes().decode("utf-8")
            values = _constants(content)
        except (OSError, ValueError, SyntaxError, RecursionError, MemoryError) as error:
            raise ArtifactError(
                f"{file} cannot be read as a charm library.",
                why=getattr(error, "strerror", None) or f"{type(error).__name__}.",
                advice="Check the path. The file must be a Python module.",
            ) from error
        api, patch, library_id = (values.get(name) for name in ("LIBAPI", "LIBPATCH", "LIBID"))
        if (
            not _is_version(api)
            or not _is_version(patch)
            or not isinstance(library_id, str)
            or not library_id
            or api == patch == 0
        ):
            raise ArtifactError(
                f"{file} does not set the id or the version of a charm library.",
                why=(
                    "It must set LIBID to a string, and LIBAPI and LIBPATCH to integers "
                    "from 0 that "
                    "are not both 0."
                ),
                advice="Set these variables at the top of the module.",
            )
        return cls(library_id, api, patch, content)

    @property
    def hash(self) -> str:
        """See :func:`library_hash`."""
        return library_hash(self.content)

    def must_be_published(self, tip: Library | None) -> bool:
        """Compare it with the newest one at the store.

        Args:
            tip: The newest library with the same id and ``api``; None when there is none.

        Returns:
            True when it is the next one; False when the store has the same.

        Raises:
            UsageError: It is older, or was not numbered as changes demand.
        """
        if tip is None:
            return True
        changed = self.hash != tip.hash
        if self.patch == tip.patch and not changed:
            return False
        if self.patch == tip.patch + 1 and changed:
            return True
        if self.patch < tip.patch:
            why = "The store has a newer version."
            advice = "Fetch the newer version and make your change in it."
        elif self.patch == tip.patch:
            why = "The store has the same version with other content."
            advice = f"Set LIBPATCH to {tip.patch + 1}."
        elif changed:
            why = f"The next version is {tip.api}.{tip.patch + 1}."
            advice = f"Set LIBPATCH to {tip.patch + 1}."
        else:
            why = "Only its version was changed."
            advice = f"Set LIBPATCH back to {tip.patch}."
        raise UsageError(
            f"Version {self.api}.{self.patch} of {tip.library_name} cannot be published. The store "
            f"has {tip.api}.{tip.patch}.",
            why=why,
            advice=advice,
        )


def _constants(content: str) -> dict[str, object]:
    return {
        target.id: statement.value.value
        for statement in ast.parse(content).body
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }


def _is_version(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
