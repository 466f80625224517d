"""The plugin registers its backend without loading it."""

from __future__ import annotations

import subprocess
import sys

import craft_store_file_keyring
from craft_store_file_keyring import FileBackend, plugin


def test_it_offers_the_backend_for_machines_without_a_keyring() -> None:
    """The backend is named ``file``, and the system keyring (50) is better where it works."""
    (offer,) = plugin.craft_store_credential_backends()
    assert (offer.name, offer.priority) == ("file", 10)
    assert offer.load() is FileBackend


def test_listing_it_imports_nothing_heavy() -> None:
    """Registering imports neither the encryption nor the locking library."""
    code = (
        "import sys; from craft_store_file_keyring import plugin; "
        "list(plugin.craft_store_credential_backends()); "
        "print([name for name in ('cryptography', 'filelock', 'pydantic', 'requests') "
        "if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_every_public_name_is_there() -> None:
    """What ``__all__`` promises can be imported, and nothing else is made up."""
    for name in craft_store_file_keyring.__all__:
        assert getattr(craft_store_file_keyring, name).__name__ == name
