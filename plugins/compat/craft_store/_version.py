"""The version, in the forms that the documented library has."""

from __future__ import annotations

from typing import Final

from craft_store import __version__

__all__ = [
    "__commit_id__",
    "__version__",
    "__version_tuple__",
    "commit_id",
    "version",
    "version_tuple",
]

version: Final = __version__
version_tuple: Final = tuple(int(part) for part in __version__.split("."))
__version_tuple__ = version_tuple
commit_id: Final[str | None] = None
__commit_id__ = commit_id
