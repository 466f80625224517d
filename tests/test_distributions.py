"""The list of the project's distributions, against what is installed."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import pytest

from craft_store_core.builtin import load_catalogue
from craft_store_core.distributions import list_distributions, offering
from craft_store_core.plugins.manager import HOOKS

if TYPE_CHECKING:
    from craft_store_core.distributions import Distribution

DISTRIBUTIONS = list_distributions()


@pytest.fixture(scope="module")
def offered() -> dict[str, dict[str, set[str]]]:
    """What installed plugins offer: names by kind, by distribution."""
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    catalogue = load_catalogue({})
    for hook in HOOKS:
        kind = hook.removeprefix("craft_store_")
        for item in getattr(catalogue, kind):
            found[item.provider.distribution][kind.replace("_", "-")].add(item.offer.name)
    return found


@pytest.mark.parametrize("distribution", DISTRIBUTIONS, ids=lambda each: each.name)
def test_the_list_says_what_each_plugin_offers(
    distribution: Distribution, offered: dict[str, dict[str, set[str]]]
) -> None:
    """Advice to install a distribution is true, and no offer lacks it."""
    listed = {kind: set(names) for kind, names in distribution.offers.items()}

    assert listed == offered[distribution.name]


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [
        ("store", "snapstore-staging", "craft-store-snapstore"),
        ("auth flow", "candid", "craft-store-candid"),
        ("credential backend", "file", "craft-store-file-keyring"),
        ("command", "sandbox", "craft-store-sandbox"),
        ("store", None, "craft-store-charmhub"),
        ("store", "file", None),
        ("horse", "candid", None),
    ],
)
def test_the_distribution_to_install(kind: str, name: str | None, expected: str | None) -> None:
    """It is found by kind and name; without a name it is the first of the kind."""
    assert offering(kind, name) == expected
