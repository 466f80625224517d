"""Registers the auth flow ``candid``; imports nothing heavy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from craft_store_core.plugins import AuthFlowOffer, Question, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable

    from craft_store_core.plugins import AuthFlowFactory

KINDS = ("macaroon",)
"""The credential kinds that the flow can use."""
AGENT_FILE = Question(
    "agent-file",
    "Candid agent file",
    option="--agent-file",
    help="Candid agent file to log in with.",
)
"""Never asked: without an agent's key, a person logs in with a browser."""
TIMEOUT = Question("timeout", "Seconds to wait for the person at the browser")
"""Never asked: it is 300 unless a program says otherwise."""


def _load() -> AuthFlowFactory:
    from craft_store_candid.flow import CandidFlow

    return CandidFlow


@hookimpl
def craft_store_auth_flows() -> Iterable[AuthFlowOffer]:
    """Offer the flow."""
    yield AuthFlowOffer(
        "candid",
        "Candid: log in with a browser, or as an agent",
        load=_load,
        kinds=KINDS,
        questions=(AGENT_FILE, TIMEOUT),
    )
