"""Issuing root macaroons and exchanging them."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from craft_store_core.errors import (
    AuthenticationRequiredError,
    BadRequestError,
    UnexpectedResponseError,
    UnsupportedOperationError,
)
from craft_store_core.plugins.auth_flows import CANDID, UBUNTU_ONE, LoginRequest

if TYPE_CHECKING:
    from craft_store_core.stores.gateway import GatewayTokens
    from craft_store_core.testing.scripted import ScriptedServer

TOKENS = "/proxied/v1/tokens"
REQUEST = LoginRequest(permissions=("package-view",), description="craft@box", ttl=600)
LIMITED = LoginRequest(
    permissions=("package-manage", "package-view"),
    description="x" * 2000,
    ttl=600,
    packages=(("charm", "teapot"), ("bundle", "tea-set")),
    channels=("latest/edge",),
)
LIMITS = {
    "permissions": ["package-manage", "package-view"],
    "ttl": 600,
    "packages": [{"type": "charm", "name": "teapot"}, {"type": "bundle", "name": "tea-set"}],
    "channels": ["latest/edge"],
}


def test_a_root_for_ubuntu_one_has_no_description(
    tokens: GatewayTokens, scripted_server: ScriptedServer
) -> None:
    """Unknown keys are rejected there: the label comes with the exchange."""
    scripted_server.expect("POST", f"{TOKENS}/usso", json={"macaroon": "MDAx-root_"}, times=2)
    assert tokens.issue_root(UBUNTU_ONE, REQUEST) == "MDAx-root_"
    tokens.issue_root(UBUNTU_ONE, LIMITED)
    first, second = scripted_server.requests
    assert first.json() == {"permissions": ["package-view"], "ttl": 600}
    assert second.json() == LIMITS
    assert "Authorization" not in first.headers


def test_a_root_for_candid_has_a_description(
    tokens: GatewayTokens, scripted_server: ScriptedServer
) -> None:
    """The label is cut to what the store takes."""
    root = json.dumps({"i": "root", "s64": "abc"})
    scripted_server.expect("POST", TOKENS, json={"macaroon": root}, times=2)
    assert tokens.issue_root(CANDID, REQUEST) == root
    tokens.issue_root(CANDID, LIMITED)
    first, second = scripted_server.requests
    assert first.json() == {"permissions": ["package-view"], "ttl": 600, "description": "craft@box"}
    assert second.json() == {**LIMITS, "description": "x" * 1024}
    assert first.headers["Accept"] == "application/json"


def test_a_candid_root_is_text_also_when_it_came_as_an_object(
    tokens: GatewayTokens, scripted_server: ScriptedServer
) -> None:
    """Both encodings of the JSON form are understood."""
    scripted_server.expect("POST", TOKENS, json={"macaroon": {"i": "root"}})
    assert json.loads(tokens.issue_root(CANDID, REQUEST)) == {"i": "root"}


def test_issuing_is_repeated_when_the_store_stumbles(
    tokens: GatewayTokens, scripted_server: ScriptedServer
) -> None:
    """A root that nobody uses does no harm."""
    scripted_server.expect("POST", f"{TOKENS}/usso", status=503, body="busy")
    scripted_server.expect("POST", f"{TOKENS}/usso", json={"macaroon": "root"})
    assert tokens.issue_root(UBUNTU_ONE, REQUEST) == "root"


def test_a_refused_lifetime_is_told(tokens: GatewayTokens, scripted_server: ScriptedServer) -> None:
    """The store's own words."""
    message = "3 is less than the minimum of 10 at /ttl"
    scripted_server.expect(
        "POST",
        f"{TOKENS}/usso",
        status=400,
        json={"error-list": [{"code": "api-error", "message": message}]},
    )
    with pytest.raises(BadRequestError) as caught:
        tokens.issue_root(UBUNTU_ONE, REQUEST)
    assert caught.value.entries[0].message == message


@pytest.mark.parametrize("document", [{}, {"macaroon": None}, {"macaroon": {}}, {"macaroon": ""}])
def test_an_answer_without_a_root_names_the_endpoint(
    tokens: GatewayTokens, scripted_server: ScriptedServer, document: dict[str, Any]
) -> None:
    """And not the values in it."""
    scripted_server.expect("POST", f"{TOKENS}/usso", json=document)
    with pytest.raises(UnexpectedResponseError, match="POST /v1/tokens/usso"):
        tokens.issue_root(UBUNTU_ONE, REQUEST)


def test_ubuntu_one_macaroons_are_exchanged_in_the_header(
    tokens: GatewayTokens, scripted_server: ScriptedServer
) -> None:
    """Root and bound discharge, and the label in the body."""
    scripted_server.expect("POST", f"{TOKENS}/usso/exchange", json={"macaroon": "xchg-123=="})
    assert tokens.exchange(UBUNTU_ONE, "ROOT", ["DISCHARGE"], "y" * 2000) == "xchg-123=="
    (request,) = scripted_server.requests
    assert request.headers["Authorization"] == "Macaroon root=ROOT, discharge=DISCHARGE"
    assert request.json() == {"client-description": "y" * 1024}


def test_candid_macaroons_are_exchanged_in_their_own_header(
    tokens: GatewayTokens, scripted_server: ScriptedServer
) -> None:
    """A JSON array of root and discharges, base64url; no Authorization and an empty object."""
    scripted_server.expect("POST", f"{TOKENS}/exchange", json={"macaroon": "xchg-candid"})
    root, discharges = '{"i":"röot?~"}', ['{"i":"d1"}', '{"i": "d2"}']
    assert tokens.exchange(CANDID, root, discharges, "label") == "xchg-candid"
    (request,) = scripted_server.requests
    decoded = base64.urlsafe_b64decode(request.headers["Macaroons"])
    assert json.loads(decoded) == [{"i": "röot?~"}, {"i": "d1"}, {"i": "d2"}]
    assert "Authorization" not in request.headers
    assert request.json() == {}


@pytest.mark.parametrize("token", ["two words", "line\nbreak", "café", ""])
def test_a_token_that_cannot_be_in_a_header_is_refused(
    tokens: GatewayTokens, scripted_server: ScriptedServer, token: str
) -> None:
    """It would break every later request; the error does not show it."""
    scripted_server.expect("POST", f"{TOKENS}/usso/exchange", json={"macaroon": token})
    with pytest.raises(UnexpectedResponseError) as caught:
        tokens.exchange(UBUNTU_ONE, "ROOT", ["D"], "label")
    if token:
        assert token not in f"{caught.value} {caught.value.why}"


def test_refused_macaroons_ask_for_a_new_login(
    tokens: GatewayTokens, scripted_server: ScriptedServer
) -> None:
    """As when the exchange came too late."""
    scripted_server.expect(
        "POST",
        f"{TOKENS}/exchange",
        status=401,
        json={"error-list": [{"code": None, "message": "Exchange window expired"}]},
    )
    with pytest.raises(AuthenticationRequiredError):
        tokens.exchange(CANDID, "{}", [], "label")


def test_flows_that_the_gateway_does_not_know_are_named(tokens: GatewayTokens) -> None:
    """A flow of a plugin may be made for another kind of store."""
    with pytest.raises(UnsupportedOperationError, match="login with smoke-signals"):
        tokens.issue_root("smoke-signals", REQUEST)
    with pytest.raises(UnsupportedOperationError, match="acme-store"):
        tokens.exchange("smoke-signals", "r", [], "label")
