"""What comes with the core is registered as plugins are, and costs nothing until it is used."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from craft_store_core.builtin import BUILTIN_PLUGINS
from craft_store_core.plugins import CredentialBackendOffer, ProgressReporterOffer
from craft_store_core.plugins.credentials import BackendSettings
from craft_store_core.plugins.manager import PluginManager

if TYPE_CHECKING:
    from pathlib import Path


def test_backends_and_reporters_are_offered() -> None:
    """The names and priorities that the documentation tells."""
    manager = PluginManager([], builtin=BUILTIN_PLUGINS)
    assert manager.failures == ()
    backends = manager.offers("craft_store_credential_backends", CredentialBackendOffer)
    assert {item.offer.name: item.offer.priority for item in backends} == {
        "environment": 100,
        "system-keyring": 50,
        "memory": 0,
    }
    reporters = manager.offers("craft_store_progress_reporters", ProgressReporterOffer)
    assert {item.offer.name: item.offer.priority for item in reporters} == {
        "rich": 60,
        "plain": 10,
        "silent": 0,
    }
    assert [item.offer.name for item in reporters if item.offer.terminal] == ["rich"]


def test_what_an_offer_loads_bears_its_name(tmp_path: Path) -> None:
    """A backend tells the name that it was chosen by."""
    manager = PluginManager([], builtin=BUILTIN_PLUGINS)
    offers = manager.offers("craft_store_credential_backends", CredentialBackendOffer)
    settings = BackendSettings({}, tmp_path)
    assert [item.offer.load()(settings).name for item in offers] == [
        "environment",
        "system-keyring",
        "memory",
    ]


def test_listing_them_imports_nothing_heavy() -> None:
    """Neither the keyring library nor anything else that is slow is imported for a listing."""
    code = (
        "import sys, importlib\n"
        f"for _, module in {BUILTIN_PLUGINS!r}:\n"
        "    plugin = importlib.import_module(module)\n"
        "    for hook in ('craft_store_credential_backends', 'craft_store_progress_reporters'):\n"
        "        list(getattr(plugin, hook, list)())\n"
        "heavy = ('keyring', 'secretstorage', 'requests', 'pydantic', 'pytest')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
