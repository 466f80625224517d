"""The names that programs and plugins depend on."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import pytest

import craft_store_core
from craft_store_core.distributions import list_distributions


def test_the_public_names_of_the_package() -> None:
    """One more or one less is a change of the public interface."""
    assert craft_store_core.__all__ == [
        "Channel",
        "CraftStoreError",
        "Credential",
        "CredentialKey",
        "HTTPClient",
        "RetryPolicy",
        "Store",
        "StoreClient",
        "Timeouts",
        "Work",
        "__version__",
        "connect",
    ]


def test_a_public_name_is_the_object_of_its_module() -> None:
    """There is one class of each, wherever it is imported from."""
    for name in set(craft_store_core.__all__) - {"__version__"}:
        value: Any = getattr(craft_store_core, name)
        assert getattr(sys.modules[value.__module__], name) is value


def test_every_public_name_can_be_imported_first(plugin_site: Any) -> None:
    """In a program that has used none before."""
    run = plugin_site.python("from craft_store_core import *; print(connect.__name__, Channel)")

    assert run.stdout.startswith("connect <class"), run.stderr


def test_an_unknown_name_is_an_attribute_error() -> None:
    """As it is for every module."""
    module: Any = craft_store_core

    with pytest.raises(AttributeError, match="module 'craft_store_core' has no attribute 'Stroe'"):
        _ = module.Stroe
    assert not hasattr(craft_store_core, "__wrapped__")


@pytest.mark.parametrize(
    "module",
    [
        "craft_store_core.http",
        "craft_store_core.models",
        "craft_store_core.plugins",
        *(each.package for each in list_distributions()),
    ],
)
def test_what_a_package_exports_is_there(module: str) -> None:
    """Each name that it lists, once, and no other."""
    package: Any = importlib.import_module(module)

    assert len(set(package.__all__)) == len(package.__all__)
    assert set(package.__all__) <= set(dir(package))
    for name in package.__all__:
        assert hasattr(package, name), name
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = package.no_such_name


def test_the_group_of_entry_points_is_the_public_one() -> None:
    """Plugins name it in their packaging: it can never change."""
    discovery = importlib.import_module("craft_store_core.plugins.discovery")

    assert discovery.GROUP == "craft_store.plugins"
