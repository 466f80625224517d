"""Names of a package that are imported when they are first used.

A package declares them once, as type checkers want them, and this module reads that declaration::

    if TYPE_CHECKING:
        from acme.client import Client
    else:
        __getattr__, __dir__ = lazy_names(__name__)
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def lazy_names(package: str) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return ``__getattr__`` and ``__dir__`` of a package that imports under ``TYPE_CHECKING``.

    Args:
        package: Its ``__name__``.
    """
    sources: dict[str, tuple[str, str]] = {}

    def load(name: str) -> Any:
        module = sys.modules[package]
        if not sources:
            sources.update(_declared(module))
        try:
            source, attribute = sources[name]
        except KeyError:
            raise AttributeError(f"module {package!r} has no attribute {name!r}") from None
        from importlib import import_module

        value = getattr(import_module(source), attribute)
        setattr(module, name, value)
        return value

    def names() -> list[str]:
        return sorted(sys.modules[package].__all__)

    return load, names


def _declared(module: Any) -> dict[str, tuple[str, str]]:
    """Return name to module and attribute, from the text of a package."""
    import linecache
    import re

    # Loaders such as pytest's, which rewrites assertions, have no get_source().
    text = "".join(linecache.getlines(module.__file__, module.__dict__))
    block = text.partition("\nif TYPE_CHECKING:\n")[2].partition("\nelse:\n")[0]
    return {
        item[2] or item[1]: (found[1], item[1])
        for found in re.finditer(r"(?m)^    from ([\w.]+) import (?:\(([^)]*)\)|(.*))$", block)
        for item in re.finditer(r"(?m)(\w+)(?: as (\w+))?(?:,|$)", found[2] or found[3])
    }
