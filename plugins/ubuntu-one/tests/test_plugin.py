"""How the plugin registers."""

from __future__ import annotations

from craft_store_ubuntu_one import UbuntuOneFlow
from craft_store_ubuntu_one.plugin import craft_store_auth_flows


def test_it_offers_the_flow_by_name_and_kinds() -> None:
    """Stores and stored credentials find the flow."""
    (offer,) = craft_store_auth_flows()
    assert offer.name == "ubuntu-one"
    assert offer.kinds == ("u1-macaroon", "macaroon", "developer-token")
    assert offer.load() is UbuntuOneFlow
