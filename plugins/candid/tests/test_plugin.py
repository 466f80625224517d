"""How the plugin registers, and what that costs."""

from __future__ import annotations

import subprocess
import sys

import pytest

import craft_store_candid
from craft_store_candid import CandidFlow
from craft_store_candid.plugin import craft_store_auth_flows


def test_it_offers_the_flow_by_name_and_kinds() -> None:
    """Stores and stored credentials find the flow."""
    (offer,) = craft_store_auth_flows()
    assert offer.name == "candid"
    assert offer.kinds == ("macaroon",)
    assert offer.load() is CandidFlow


def test_listing_the_plugin_imports_nothing_heavy() -> None:
    """The way to the offer loads neither macaroon nor HTTP libraries."""
    program = (
        "import sys, craft_store_candid, craft_store_candid.plugin as plugin;"
        "list(plugin.craft_store_auth_flows());"
        "heavy = {'pymacaroons', 'macaroonbakery', 'requests', 'pydantic', 'nacl', 'keyring'};"
        "heavy &= set(sys.modules);"
        "sys.exit(' '.join(heavy) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_an_unknown_name_is_an_attribute_error() -> None:
    """The lazy package behaves like any module."""
    with pytest.raises(AttributeError, match="Nothing"):
        _ = craft_store_candid.Nothing
