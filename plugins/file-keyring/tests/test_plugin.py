"""The plugin registers its backend by name."""

from __future__ import annotations

from craft_store_file_keyring import FileBackend, plugin


def test_it_offers_the_backend_for_machines_without_a_keyring() -> None:
    """The backend is named ``file``, and the system keyring (50) is better where it works."""
    (offer,) = plugin.craft_store_credential_backends()
    assert (offer.name, offer.priority) == ("file", 10)
    assert offer.load() is FileBackend
