"""What is imported, and when; and that nothing of the process is changed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from craft_store_core.builtin import BUILTIN_PLUGINS

if TYPE_CHECKING:
    from collections.abc import Iterable

HEAVY = {
    "cryptography",
    "importlib.metadata",
    "keyring",
    "macaroonbakery",
    "platformdirs",
    "pydantic",
    "pymacaroons",
    "requests",
    "rich",
    "urllib3",
}

HEAVY_IN_PLUGINS = {
    "PySquashfsImage",
    "click",
    "craft_cli",
    "craft_store_charmhub.endpoints",
    "craft_store_onprem.endpoints",
    "craft_store_snapstore.endpoints",
    "filelock",
    "flask",
    "nacl",
    "sqlalchemy",
    "yaml",
    "zstandard",
}


def imported(site: Any, program: str, watched: Iterable[str]) -> set[str]:
    """Return which of the watched modules a program of its own has imported at its end."""
    run = site.python(
        f"""
        import atexit, json, sys
        watched = {sorted(watched)!r}
        # Some environments import things at the start of every Python: that is not ours.
        before = set(sys.modules)
        report = lambda: print(
            json.dumps([name for name in watched if name in set(sys.modules) - before]),
            file=sys.stderr,
        )
        atexit.register(report)
        if {{*watched}} & before:
            sys.exit(f"imported before the program: {{sorted({{*watched}} & before)}}")
        """
        + program
    )
    assert run.returncode == 0, run.stderr
    return set(json.loads(run.stderr.splitlines()[-1]))


@pytest.mark.parametrize(
    "program",
    [
        "import craft_store_core",
        "import craft_store_core.plugins",
        "from craft_store_core.cli import main",
        "import craft_store_core.cli.plugin",
        *(f"import {module}" for _, module in BUILTIN_PLUGINS),
    ],
)
def test_importing_imports_nothing_heavy(plugin_site: Any, program: str) -> None:
    """Neither the package nor what plugin authors and the command line import."""
    assert imported(plugin_site, f"\n        {program}\n", HEAVY) == set()


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["--no-plugins", "--help"]])
def test_the_way_to_the_help_is_light(plugin_site: Any, arguments: list[str]) -> None:
    """Also with a plugin installed that offers everything."""
    plugin_site.add(
        "acme",
        """
        from craft_store_core.plugins import CommandOffer, StoreOffer, hookimpl

        def heavy():
            raise AssertionError("loaded on the way to --help")

        @hookimpl
        def craft_store_stores():
            yield StoreOffer("acme", "A store", load=heavy)

        @hookimpl
        def craft_store_commands():
            yield CommandOffer("acme", "A command", load=heavy)
        """,
    )
    program = f"""
        sys.argv = ["craft-store", *{arguments!r}]
        from craft_store_core.cli import main
        main()
        """

    assert imported(plugin_site, program, HEAVY) == set()


@pytest.mark.parametrize("store", ["charmhub", "snapstore", "sandbox", "sandbox-snap"])
def test_the_help_of_a_store_is_light(plugin_site: Any, store: str) -> None:
    """What a store supports is known without importing what sends requests."""
    program = f"""
        import os
        # This one is about the plugins that are installed.
        del os.environ["CRAFT_STORE_DISABLE_PLUGINS"]
        sys.argv = ["craft-store", "--store", {store!r}, "--help"]
        from craft_store_core.cli import main
        main()
        """
    watched = HEAVY | {"craft_store_core.http.client"}

    # Where a store is chosen, the configuration may define it; and its endpoint set is asked, which
    # reads answers.
    assert imported(plugin_site, program, watched) - {"platformdirs", "pydantic"} == set()


def test_a_table_off_a_terminal_is_light(plugin_site: Any) -> None:
    """The plain layout is made without rich."""
    program = """
        sys.argv = ["craft-store", "plugins", "list"]
        from craft_store_core.cli import main
        main()
        """
    assert imported(plugin_site, program, {"rich", "pydantic", "requests"}) == set()


def test_listing_what_is_offered_loads_nothing(plugin_site: Any) -> None:
    """Names and summaries of all installed plugins come without the things themselves."""
    program = """
        from craft_store_core.builtin import load_catalogue
        catalogue = load_catalogue({})
        for offers in (catalogue.stores, catalogue.endpoint_sets, catalogue.auth_flows,
                       catalogue.credential_backends, catalogue.progress_reporters,
                       catalogue.commands):
            assert {item.provider.distribution for item in offers} - {"craft-store-core"}
            for item in offers:
                assert item.offer.summary
        """
    watched = HEAVY | HEAVY_IN_PLUGINS | {"craft_store_core.http"}

    assert imported(plugin_site, program, watched) == set()


SNAPSHOT = """
        import logging, os, signal, socket, sys, threading, warnings

        def snapshot():
            root = logging.getLogger()
            return {
                "environment": dict(os.environ),
                "folder": os.getcwd(),
                "files": sorted(os.listdir(os.environ["HOME"])),
                "filters": [str(item) for item in warnings.filters],
                "showwarning": str(warnings.showwarning),
                "signals": [str(signal.getsignal(s)) for s in (signal.SIGINT, signal.SIGTERM)],
                "handlers": [str(handler) for handler in root.handlers],
                "level": root.level,
                "ours": [str(h) for h in logging.getLogger("craft_store_core").handlers],
                "timeout": socket.getdefaulttimeout(),
                "hooks": [str(sys.excepthook), str(threading.excepthook)],
                "path": list(sys.path),
                "streams": [str(sys.stdin), str(sys.stdout), str(sys.stderr)],
                "threads": threading.active_count(),
            }
"""


def test_importing_everything_changes_nothing_of_the_process(plugin_site: Any) -> None:
    """No import of the core has a side effect."""
    run = plugin_site.python(
        SNAPSHOT
        + """
        import importlib, pkgutil
        # What the libraries do when they are imported is theirs.
        import click, keyring, pydantic, pluggy, requests, rich.console, platformdirs
        before = snapshot()
        import craft_store_core
        for module in pkgutil.walk_packages(craft_store_core.__path__, "craft_store_core."):
            if not module.name.startswith("craft_store_core.testing"):
                importlib.import_module(module.name)
        after = snapshot()
        assert before == after, [key for key in before if before[key] != after[key]]
        """
    )

    assert run.returncode == 0, run.stderr


def test_making_clients_and_backends_changes_nothing_of_the_process(plugin_site: Any) -> None:
    """Environment, keyring, warnings, signals, logging, files, threads: all as before."""
    run = plugin_site.python(
        SNAPSHOT
        + """
        import keyring, requests
        from pathlib import Path
        from craft_store_core import CredentialKey, Store, connect
        from craft_store_core.assembly import load_catalogue
        from craft_store_core.config import data_folder
        from craft_store_core.plugins.credentials import BackendSettings

        before, chosen = snapshot(), keyring.get_keyring()
        catalogue = load_catalogue()
        store = Store(
            "x", "X", "publisher-gateway",
            {"api": "https://x.example", "storage": "https://y.example"}, (),
        )
        backends = [item.offer.name for item in catalogue.credential_backends]
        assert {"environment", "memory", "system-keyring"} <= set(backends)
        settings = BackendSettings(environment=os.environ, folder=data_folder(os.environ))
        for name in backends:
            catalogue.credential_backend(name)(settings)
            connect(store, backend=name, catalogue=catalogue, progress=None)
        for item in catalogue.progress_reporters:
            if not item.offer.terminal:
                connect(store, progress=item.offer.name, catalogue=catalogue)
        with connect(store):
            pass
        after = snapshot()
        assert before == after, [key for key in before if before[key] != after[key]]
        assert keyring.get_keyring() is chosen
        """
    )

    assert run.returncode == 0, run.stderr
