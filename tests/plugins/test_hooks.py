"""The hooks: documented, with examples that run, and each one used."""

from __future__ import annotations

import inspect
import re
from textwrap import dedent
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pluggy
import pytest

import craft_store_core.plugins as public
from craft_store_core.builtin import BUILTIN_PLUGINS as BUILTIN
from craft_store_core.builtin import load_catalogue
from craft_store_core.plugins import hookimpl, hookspecs
from craft_store_core.plugins.hookspecs import PROJECT
from craft_store_core.plugins.manager import HOOKS, PluginManager

if TYPE_CHECKING:
    from collections.abc import Callable

    from craft_store_core.plugins.discovery import PluginEntry

    PluginEntryMaker = Callable[..., PluginEntry]

DOCUMENTED = {
    "craft_store_stores",
    "craft_store_artifact_readers",
    "craft_store_endpoint_sets",
    "craft_store_auth_flows",
    "craft_store_credential_backends",
    "craft_store_progress_reporters",
    "craft_store_commands",
}


def specifications() -> dict[str, Any]:
    return {
        name: function
        for name, function in vars(hookspecs).items()
        if hasattr(function, f"{PROJECT}_spec")
    }


def example(text: str) -> str:
    """Return the code of the example in a docstring."""
    _, _, indented = text.partition("::\n")
    code = re.split(r"\n(?=\S)", dedent(indented.strip("\n")))
    return "\n".join(line for line in code if line)


def test_the_hooks_are_the_public_ones() -> None:
    """Plugins depend on these names; one more or one less is a change of the public interface."""
    assert set(specifications()) == set(HOOKS) == DOCUMENTED


@pytest.mark.parametrize("name", sorted(DOCUMENTED))
def test_a_hook_takes_nothing_and_collects(name: str) -> None:
    """Plugins of different ages can be called alike, and each adds to what the others offer."""
    function = specifications()[name]

    assert inspect.signature(function).parameters == {}
    assert getattr(function, f"{PROJECT}_spec")["firstresult"] is False
    assert getattr(function, f"{PROJECT}_spec")["historic"] is False


@pytest.mark.parametrize("name", sorted(DOCUMENTED))
def test_the_example_of_a_hook_works(name: str, plugin_entry: PluginEntryMaker) -> None:
    """What the documentation of a hook shows can be pasted into a plugin as it is."""
    text = inspect.getdoc(specifications()[name]) or ""
    assert "Example::" in text
    plugin = ModuleType("documented")
    loaders = re.findall(r"load=(\w+)", text)
    assert loaders
    imported = {export: getattr(public, export) for export in public.__all__}
    vars(plugin).update(imported, **dict.fromkeys(loaders, list))
    exec(example(text), vars(plugin))

    manager = PluginManager([plugin_entry(plugin)])

    assert manager.failures == ()
    (item,) = manager.offers(name, HOOKS[name])
    assert type(item.offer) is HOOKS[name]
    assert repr(item.offer.name) in text.replace('"', "'")


def test_the_example_of_the_package_works(plugin_entry: PluginEntryMaker) -> None:
    """The first thing that an author of a plugin reads can be pasted as it is."""
    plugin = ModuleType("documented")
    vars(plugin)["load_acme"] = list
    exec(example(inspect.getdoc(public) or ""), vars(plugin))

    manager = PluginManager([plugin_entry(plugin)])

    assert [
        item.offer.name
        for item in manager.offers("craft_store_stores", HOOKS["craft_store_stores"])
    ] == ["acme"]


@pytest.mark.parametrize(
    "name",
    sorted(
        DOCUMENTED
        - {"craft_store_stores", "craft_store_auth_flows", "craft_store_artifact_readers"}
    ),
)
def test_the_core_uses_its_own_hooks(name: str) -> None:
    """What comes with the core is registered as a plugin registers."""
    builtin = load_catalogue(
        {}, plugins=False, builtin=(*BUILTIN, ("commands", "craft_store_core.cli.plugin"))
    )

    assert builtin.manager.offers(name, HOOKS[name])


def test_the_marker_is_the_public_one() -> None:
    """A plugin that makes its own marker for the public project name registers, too."""

    @pluggy.HookimplMarker("craft_store")
    def own() -> None: ...

    @hookimpl
    def ours() -> None: ...

    assert own.craft_store_impl == ours.craft_store_impl  # type: ignore[attr-defined]  # set by the marker
