"""Place of the drop-in facade: the import name of Canonical's craft-store library.

The facade itself, the old classes over :mod:`craft_store_core`, is not written yet. So that no
program takes this package for the library, it has nothing but its version; any other name is an
error that says where the new interface is.
"""

from __future__ import annotations

from typing import NoReturn

__version__ = "0.1.0"

__all__ = ["__version__"]


def __getattr__(name: str) -> NoReturn:
    # Python asks for names such as __path__ by itself: those keep its usual words.
    hint = (
        ""
        if name.startswith("__")
        else ": the drop-in facade is not written yet; use craft_store_core, or uninstall "
        "craft-store-compat and install the library craft-store"
    )
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}{hint}")
