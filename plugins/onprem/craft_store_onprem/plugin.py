"""Registers the endpoint set and the auth flow of Enterprise Stores; imports nothing heavy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from craft_store_core.plugins import AuthFlowOffer, EndpointSetOffer, Question, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable

    from craft_store_core.plugins import AuthFlowFactory, EndpointSet

ADMIN_MACAROON = Question(
    "admin-macaroon",
    "Admin macaroon",
    secret=True,
    option="--admin-macaroon-file",
    variable="SNAPCRAFT_ADMIN_MACAROON",
    help="Read the admin macaroon from the first line of FILE, or '-' for standard input.",
)
"""Its variable holds the macaroon itself, not the path of a file."""


@hookimpl
def craft_store_endpoint_sets() -> Iterable[EndpointSetOffer]:
    """Offer the endpoint set."""
    yield EndpointSetOffer(
        "onprem", "An Enterprise Store, which a company runs itself", load=_endpoints
    )


@hookimpl
def craft_store_auth_flows() -> Iterable[AuthFlowOffer]:
    """Offer the login."""
    yield AuthFlowOffer(
        "onprem-admin",
        "The admin macaroon of an Enterprise Store",
        load=_flow,
        kinds=("macaroon",),
        questions=(ADMIN_MACAROON,),
    )


def _endpoints() -> type[EndpointSet]:
    from craft_store_onprem.endpoints import OnPremEndpoints

    return OnPremEndpoints


def _flow() -> AuthFlowFactory:
    from craft_store_onprem.flow import OnPremAdminFlow

    return OnPremAdminFlow
