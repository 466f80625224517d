"""Broken plugins, installed for real, around the real program."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

HEADER = "from craft_store_core.plugins import *\n"
WORKING = """
@hookimpl
def craft_store_stores():
    from craft_store_core.plugins.stores import Store
    yield StoreOffer(
        "acme-store", "The Acme store",
        load=lambda: Store("acme-store", "Acme", "none", {"api": "https://acme.example"}, ()),
    )
"""
BROKEN = {
    "raiser": "raise ValueError('broken on import')",
    "leaver": "import sys; sys.exit('leaving on import')",
    "signature": "@hookimpl\ndef craft_store_stores(configuration):\n    return []\n",
    "unheard": "@hookimpl\ndef craft_store_shops():\n    return []\n",
    "late": "@hookimpl\ndef craft_store_stores():\n    yield from ()\n    raise OSError('late')\n",
    "typist": "@hookimpl\ndef craft_store_stores():\n    yield 'acme'\n",
    "twin": WORKING,
    "usurper": (
        "@hookimpl\ndef craft_store_commands():\n"
        "    yield CommandOffer('stores', 'Not the real one', load=lambda: exit('usurped'))\n"
    ),
    # Two things are wrong with this one, but it is named once.
    "double": (
        "@hookimpl\ndef craft_store_shops():\n    return []\n"
        "@hookimpl\ndef craft_store_stores():\n    yield 'acme'\n"
    ),
}


@pytest.fixture
def infested(plugin_site: Any) -> Any:
    """A site with one good plugin among all the broken ones."""
    plugin_site.add("aaa-acme", HEADER + WORKING, entry="aaa-acme")
    for name, source in BROKEN.items():
        plugin_site.add(f"craft-{name}", HEADER + source, version="6.6", entry=name)
    return plugin_site


def named(errors: str) -> list[str]:
    """Return which plugins the warnings on standard error are about."""
    return re.findall(r"warning: plugin '([\w-]+)' \(craft-[\w-]+ 6\.6\): ", errors)


@pytest.mark.parametrize(
    "command", [["--help"], ["stores"], ["plugins", "list"], ["publish", "--help"]]
)
def test_commands_work_and_name_each_broken_plugin_once(infested: Any, command: list[str]) -> None:
    """Plugin, distribution and version are on standard error; standard output is as ever."""
    run = infested.run(*command)

    assert run.code == 0, run.err
    assert sorted(named(run.err)) == sorted(BROKEN)
    assert "Traceback" not in run.err + run.out
    assert "warning" not in run.out


def test_the_help_lists_the_commands_of_the_core_once(infested: Any) -> None:
    """A plugin that clashes with a command neither replaces nor doubles it."""
    run = infested.run("--help")

    assert len(re.findall(r"^  stores\b", run.out, re.MULTILINE)) == 1
    assert "Not the real one" not in run.out
    assert "Publish" in run.out


def test_a_command_that_a_plugin_clashes_with_still_runs(infested: Any) -> None:
    """``craft-store stores`` is the core's own."""
    run = infested.run("stores", "--format", "json")

    assert run.code == 0, run.err
    assert json.loads(run.out)["ok"] is True


def test_the_doctor_explains_each_broken_plugin(infested: Any) -> None:
    """What is off, why, and the traceback of what raised, are all there."""
    run = infested.run("plugins", "doctor", "--format", "json")

    failures = json.loads(run.out)["result"]
    assert run.code == 1
    assert {failure["plugin"] for failure in failures} == set(BROKEN)
    assert len(failures) == len(BROKEN) + 1
    by_plugin = {failure["plugin"]: failure for failure in failures}
    for name, failure in by_plugin.items():
        assert (failure["distribution"], failure["version"]) == (f"craft-{name}", "6.6")
    for name, line in {
        "raiser": "ValueError: broken on import",
        "leaver": "SystemExit: leaving on import",
        "late": "OSError: late",
        "signature": "PluginValidationError",
    }.items():
        assert line in by_plugin[name]["traceback"]
        assert "Traceback" in by_plugin[name]["traceback"]
    for name in ("raiser", "leaver", "late"):
        assert f"craft_{name}.py" in by_plugin[name]["traceback"]


def test_the_doctor_shows_tracebacks_to_people(infested: Any) -> None:
    """The same is there in words."""
    run = infested.run("plugins", "doctor")

    assert run.code == 1
    assert "  | ValueError: broken on import" in run.out
    assert "CRAFT_STORE_DISABLE_PLUGINS=raiser" in run.out


def test_a_name_that_two_plugins_offer_is_an_error_when_asked_for(infested: Any) -> None:
    """Both distributions are named, and nothing is chosen."""
    run = infested.run("whoami", "--store", "acme-store")

    assert run.code == 2
    assert "error: More than one plugin offers the store 'acme-store'." in run.err
    assert "(aaa-acme 1.0)" in run.err
    assert "(craft-twin 6.6)" in run.err


def test_strict_mode_stops_at_the_first_broken_plugin(infested: Any) -> None:
    """Tests and packagers see an error instead of a warning."""
    run = infested.run("--help", CRAFT_STORE_STRICT_PLUGINS="1")

    assert run.code == 1
    assert "error: The plugin 'double' (craft-double 6.6) is broken (unknown hook)." in run.err
    assert named(run.err) == []


def test_disabled_plugins_are_not_even_imported(plugin_site: Any) -> None:
    """The way out that the warnings name works for a plugin that does the worst on import."""
    plugin_site.add("killer", "import os; os._exit(66)")

    assert plugin_site.run_process("--help").code == 66
    run = plugin_site.run("plugins", "list", CRAFT_STORE_DISABLE_PLUGINS="killer")
    assert run.code == 0
    assert re.search(r"killer +killer +1\.0 +disabled", run.out)


def test_no_plugins_imports_none(plugin_site: Any) -> None:
    """``--no-plugins`` is for when nothing else works."""
    plugin_site.add("killer", "import os; os._exit(66)")

    run = plugin_site.run("--no-plugins", "stores")

    assert (run.code, named(run.err)) == (0, [])
