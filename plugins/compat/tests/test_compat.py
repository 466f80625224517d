"""The facade's package: honest about being empty."""

from __future__ import annotations

import pytest

import craft_store
import craft_store_core


def test_version_is_the_cores() -> None:
    """The facade and the core that it stands on have one version."""
    assert craft_store.__version__ == craft_store_core.__version__


def test_old_names_say_where_to_go() -> None:
    """A program for the old library learns why its name is missing and what to do."""
    with pytest.raises(
        AttributeError, match=r"StoreClient.*facade is not written yet.*use craft_store_core"
    ):
        craft_store.StoreClient  # noqa: B018  # asking for the name is the test


def test_importing_an_old_name_fails_with_the_same_words() -> None:
    """``from craft_store import ...`` fails rather than giving something half-working."""
    with pytest.raises(ImportError, match="cannot import name 'UbuntuOneStoreClient'"):
        from craft_store import UbuntuOneStoreClient  # noqa: F401  # never arrives


def test_special_names_keep_pythons_own_words() -> None:
    """Tools that probe for special names see an ordinary module."""
    assert not hasattr(craft_store, "__wrapped__")
    with pytest.raises(AttributeError, match=r"has no attribute '__wrapped__'$"):
        craft_store.__wrapped__  # noqa: B018  # as above
