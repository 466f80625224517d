"""Registers the auth flow ``ubuntu-one``; imports nothing heavy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from craft_store_core.plugins import AuthFlowOffer, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable

    from craft_store_core.plugins import AuthFlowFactory

KINDS = ("u1-macaroon", "macaroon", "developer-token")
"""The credential kinds that the flow can use."""


def _load() -> AuthFlowFactory:
    from craft_store_ubuntu_one.flow import UbuntuOneFlow

    return UbuntuOneFlow


@hookimpl
def craft_store_auth_flows() -> Iterable[AuthFlowOffer]:
    """Offer the flow."""
    yield AuthFlowOffer(
        "ubuntu-one",
        "Ubuntu One: e-mail, password and one-time password",
        load=_load,
        kinds=KINDS,
    )
