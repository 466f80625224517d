"""The account in use, its tokens, and what the endpoint set says of itself."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest

from craft_store_core.errors import (
    NotFoundError,
    PermissionRequiredError,
    UnexpectedResponseError,
    UnsupportedOperationError,
)

if TYPE_CHECKING:
    from craft_store_core.stores.gateway import GatewayEndpoints
    from craft_store_core.testing.scripted import ScriptedServer

WHOAMI = "/proxied/v1/tokens/whoami"
JO = {"id": "acct-jo", "display-name": "Jo Example", "username": "jo-example"}


def test_whoami_tells_the_account_and_its_limits(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer
) -> None:
    """Null is no limit; packages may lack their name or their id."""
    scripted_server.expect(
        "GET",
        WHOAMI,
        json={
            "account": {**JO, "email": "jo@example.com", "validation": "unproven"},
            "channels": None,
            "packages": [{"type": "charm", "id": "p1"}, {"type": "charm", "name": "acme-web"}],
            "permissions": ["package-manage", "package-view"],
        },
    )
    identity = gateway.whoami()
    assert identity.account.username == "jo-example"
    assert identity.account.display_name == "Jo Example"
    assert identity.channels is None
    assert identity.packages is not None
    assert [(item.name, item.id) for item in identity.packages] == [
        (None, "p1"),
        ("acme-web", None),
    ]
    assert identity.permissions == ("package-manage", "package-view")
    (request,) = scripted_server.requests
    assert request.headers["Authorization"] == "Macaroon token-of-jo"
    assert request.body == b""


def test_whoami_needs_nothing_but_the_account(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer
) -> None:
    """Servers that leave the limits out are understood."""
    scripted_server.expect("GET", WHOAMI, json={"account": JO})
    assert gateway.whoami().permissions is None


@pytest.mark.parametrize("document", [{}, {"account": None}, {"account": "jo"}])
def test_an_answer_without_the_account_names_the_endpoint(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer, document: dict[str, object]
) -> None:
    """The error says what answered, what is wrong with it, and the request id."""
    scripted_server.expect("GET", WHOAMI, json=document, headers={"x-request-id": "r-17"})
    with pytest.raises(UnexpectedResponseError, match="GET /v1/tokens/whoami") as caught:
        gateway.whoami()
    assert caught.value.why is not None
    assert "account" in caught.value.why
    assert caught.value.request_id == "r-17"


def test_an_html_page_is_no_account(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer
) -> None:
    """A proxy's page with status 200 is an error that can be understood."""
    scripted_server.expect(
        "GET", WHOAMI, body="<html><title>Sign in</title>", headers={"Content-Type": "text/html"}
    )
    with pytest.raises(UnexpectedResponseError, match="cannot be read"):
        gateway.whoami()


@pytest.mark.parametrize(("inactive", "query"), [(False, {}), (True, {"include-inactive": "true"})])
def test_tokens_are_listed(
    gateway: GatewayEndpoints,
    scripted_server: ScriptedServer,
    inactive: bool,
    query: dict[str, str],
) -> None:
    """Descriptions may be null; times are aware."""
    scripted_server.expect(
        "GET",
        "/proxied/v1/tokens",
        query=query,
        json={
            "macaroons": [
                {
                    "description": None,
                    "revoked-at": None,
                    "revoked-by": None,
                    "session-id": "s-1",
                    "valid-since": "2026-03-01T09:00:00Z",
                    "valid-until": "2026-03-02T15:00:00Z",
                }
            ]
        },
    )
    (token,) = gateway.list_tokens(include_inactive=inactive)
    assert (token.session_id, token.description, token.revoked_at) == ("s-1", None, None)
    assert token.valid_until == datetime(2026, 3, 2, 15, tzinfo=timezone.utc)


def test_a_token_is_revoked_by_its_session(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer
) -> None:
    """The answer shows it as revoked."""
    revoked = {"session-id": "s-1", "revoked-at": "2026-03-01T10:00:00Z", "revoked-by": {"id": 1}}
    scripted_server.expect("POST", "/proxied/v1/tokens/revoke", json={"macaroons": [revoked]})
    (token,) = gateway.revoke_token("s-1")
    assert token.revoked_at is not None
    assert token.revoked_by == {"id": 1}
    assert scripted_server.requests[0].json() == {"session-id": "s-1"}


def test_an_unknown_session_is_not_found(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer
) -> None:
    """The store's code is kept."""
    scripted_server.expect(
        "POST",
        "/proxied/v1/tokens/revoke",
        status=404,
        json={"error-list": [{"code": "resource-not-found", "message": "No such session"}]},
    )
    with pytest.raises(NotFoundError) as caught:
        gateway.revoke_token("s-2")
    assert caught.value.codes == ("resource-not-found",)


def test_a_missing_permission_is_told_as_such(
    gateway: GatewayEndpoints, scripted_server: ScriptedServer
) -> None:
    """The gateway says 401, and means that other credentials would do."""
    scripted_server.expect(
        "GET",
        WHOAMI,
        status=401,
        json={
            "error-list": [
                {"code": "permission-required", "message": "Missing required permission: any"}
            ]
        },
    )
    with pytest.raises(PermissionRequiredError):
        gateway.whoami()


def test_operations_are_what_the_gateway_overrides(gateway: GatewayEndpoints) -> None:
    """Those of the base class that it has, and those that only gateways have."""
    operations = gateway.operations().keys()
    assert operations >= {"whoami", "list-releases", "push-resource", "create-tracks"}
    assert "revoke-token" in operations
    assert not operations & {"check-upload", "push-components", "set-icon", "transport-resource"}
    with pytest.raises(UnsupportedOperationError, match="push-components"):
        gateway.push_components("acme-web", "u-1", {})


def test_permissions_are_known_beforehand(gateway: GatewayEndpoints) -> None:
    """So that a client can check its credentials before it sends the first byte."""
    assert gateway.permission_for("push-revision") == "package-manage-revisions"
    assert gateway.permission_for("review-status") == "package-view-revisions"
    assert gateway.permission_for("upload-file") is None
    assert gateway.permission_for("check-upload") is None
