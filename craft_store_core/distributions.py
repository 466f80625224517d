"""The distributions of this project and what their plugins offer, read from ``distributions.toml``.

At run time the list serves advice only: which distribution to install for a name that no installed
plugin offers. The tools of the repository read the same list.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class Distribution:
    """One distribution of this project.

    Attributes:
        name: Its name, as pip takes it.
        folder: Its folder in the repository, relative to the root.
        package: Its import name.
        offers: The names that its plugin offers, by kind in the plural, as in ``auth-flows``.
    """

    name: str
    folder: str
    package: str
    offers: Mapping[str, Sequence[str]] = field(default_factory=dict)


@cache
def list_distributions() -> tuple[Distribution, ...]:
    """Return every distribution of this project, the core first."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib

    text = Path(__file__).with_name("distributions.toml").read_text(encoding="utf-8")
    return tuple(Distribution(name, **table) for name, table in tomllib.loads(text).items())


def offering(kind: str, name: str | None = None) -> str | None:
    """Return the distribution to install for an offer.

    Args:
        kind: The kind of offer, such as ``store`` or ``auth flow``.
        name: The offer's name; None stands for any.

    Returns:
        The first distribution that fits; None where this project has none.
    """
    key = f"{kind.replace(' ', '-')}s"
    for distribution in list_distributions():
        names = distribution.offers.get(key, ())
        if name in names or (name is None and names):
            return distribution.name
    return None
