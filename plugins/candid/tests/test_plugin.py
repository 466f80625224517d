"""How the plugin registers."""

from __future__ import annotations

from craft_store_candid import CandidFlow
from craft_store_candid.plugin import craft_store_auth_flows


def test_it_offers_the_flow_by_name_and_kinds() -> None:
    """Stores and stored credentials find the flow."""
    (offer,) = craft_store_auth_flows()
    assert offer.name == "candid"
    assert offer.kinds == ("macaroon",)
    assert offer.load() is CandidFlow
