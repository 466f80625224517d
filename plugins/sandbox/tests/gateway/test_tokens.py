"""Exchanged tokens: schemes, limits, lifetime, listing and revoking."""

from __future__ import annotations

from typing import Any

import pytest
from pymacaroons import Macaroon


@pytest.mark.parametrize("scheme", ["Macaroon", "macaroon", "Bearer"])
def test_every_scheme_is_taken(client: Any, scheme: str) -> None:
    """Clients spell the scheme in several ways."""
    headers = {"Authorization": f"{scheme} {client.token}"}
    answer = client.call("GET", "/v1/tokens/whoami", token="", headers=headers)

    assert answer.json()["account"]["display-name"] == "Jo Example"
    assert answer.json()["permissions"] is answer.json()["packages"] is None
    assert answer.json()["channels"] is None
    assert answer.headers["publishergw-version"]
    assert answer.headers["x-request-id"]


def test_tokens_start_with_letters_and_a_dash(client: Any) -> None:
    """No client can take a token for a JSON scalar."""
    assert client.token.partition("-")[0].isalpha()


def test_an_expired_token_gets_the_bakery_body(client: Any) -> None:
    """The client has to log in again."""
    client.sandbox.expire_tokens()
    answer = client.call("GET", "/v1/tokens/whoami")

    assert answer.status_code == 401
    assert answer.json()["Code"] == "macaroon discharge required"


def test_a_token_expires_with_its_lifetime(client: Any) -> None:
    """The sandbox's clock decides."""
    token = client.sandbox.issue_token(client.sandbox.account, ttl=60)
    before = client.call("GET", "/v1/tokens/whoami", token=token).status_code
    client.sandbox.clock.advance(61)

    assert (before, client.call("GET", "/v1/whoami", token=token).status_code) == (200, 401)


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("", "macaroon-authorization-required"),
        ("sandbox-unknown", "macaroon-permission-required"),
        (
            Macaroon(location="x", identifier="y", key="z").serialize(),
            "macaroon-authorization-required",
        ),
        ("é", "macaroon-permission-required"),
    ],
)
def test_strange_credentials_are_not_authorised(client: Any, token: str, code: str) -> None:
    """No header, an unknown token and a foreign macaroon each get 401."""
    headers = {"Authorization": f"Macaroon {token}".encode()} if token else {}
    status, found, _ = client.refused("GET", "/v1/tokens/whoami", token="", headers=headers)

    assert (status, found) == (401, code)


def test_the_old_whoami_answers(client: Any) -> None:
    """The predecessor has three keys at the top level."""
    assert client.ok("GET", "/v1/whoami")["username"] == "jo-example"


def test_tokens_are_listed_and_revoked(client: Any) -> None:
    """A revoked token is refused, and listed only when inactive ones are asked for."""
    other = client.sandbox.issue_token(client.sandbox.account, description="other")
    listed = client.ok("GET", "/v1/tokens")["macaroons"]
    session = next(item["session-id"] for item in listed if item["description"] == "other")

    revoked = client.ok("POST", "/v1/tokens/revoke", {"session-id": session})["macaroons"]
    again = client.ok("POST", "/v1/tokens/revoke", {"session-id": session})["macaroons"]

    assert revoked == again
    assert revoked[0]["revoked-by"] == "jo-example"
    assert client.refused("GET", "/v1/tokens/whoami", token=other)[0] == 401
    assert len(client.ok("GET", "/v1/tokens")["macaroons"]) == len(listed) - 1
    inactive = client.ok("GET", "/v1/tokens?include-inactive=true")["macaroons"]
    assert len(inactive) == len(listed)
    assert client.refused("POST", "/v1/tokens/revoke", {"session-id": "x"})[0] == 404


def test_all_tokens_can_be_revoked_by_the_test(client: Any) -> None:
    """The Python API revokes what was issued so far."""
    client.sandbox.revoke_tokens()

    assert client.refused("GET", "/v1/tokens/whoami")[1] == "macaroon-permission-required"


CALLS = [
    ("GET", "/v1/charm", None, "account-view-packages"),
    ("POST", "/v1/charm", {"name": "x"}, "account-register-package"),
    ("GET", "/v1/charm/acme-web", None, "package-view-metadata"),
    ("PATCH", "/v1/charm/acme-web", {}, "package-manage-metadata"),
    ("DELETE", "/v1/charm/acme-web", None, "account-register-package"),
    ("POST", "/v1/charm/acme-web/tracks", [{"name": "1"}], "package-manage-metadata"),
    ("GET", "/v1/charm/acme-web/collaborators", None, "package-view-acl"),
    ("GET", "/v1/charm/acme-web/collaborators/invites", None, "package-view-acl"),
    (
        "POST",
        "/v1/charm/acme-web/collaborators/invites",
        {"invites": [{"email": "x"}]},
        "package-manage-acl",
    ),
    ("POST", "/v1/charm/acme-web/revisions", {"upload-id": "x"}, "package-manage-revisions"),
    ("GET", "/v1/charm/acme-web/revisions/review", None, "package-view-revisions"),
    ("GET", "/v1/charm/acme-web/revisions", None, "package-view-revisions"),
    ("GET", "/v1/charm/acme-web/releases", None, "package-view-releases"),
    (
        "POST",
        "/v1/charm/acme-web/releases",
        [{"channel": "edge", "revision": 1}],
        "package-manage-releases",
    ),
    ("GET", "/v1/charm/acme-web/resources", None, "package-view-revisions"),
    ("GET", "/v1/charm/acme-web/resources/m/revisions", None, "package-view-revisions"),
    (
        "POST",
        "/v1/charm/acme-web/resources/m/revisions",
        {"upload-id": "x"},
        "package-manage-revisions",
    ),
    ("POST", "/v1/charm/libraries/acme-web", {"library-name": "x"}, "package-manage-library"),
]


@pytest.mark.parametrize(("method", "path", "body", "permission"), CALLS)
def test_each_operation_needs_its_permission(
    acme: Any, method: str, path: str, body: Any, permission: str
) -> None:
    """A token without it is told which one is missing; with it, that is no longer the trouble."""
    account = acme.sandbox.account
    without = acme.sandbox.issue_token(account, permissions=["store-view"])
    having = acme.sandbox.issue_token(account, permissions=[permission])

    status, code, message = acme.refused(method, path, body, token=without)

    assert (status, code) == (401, "permission-required")
    assert message == f"Missing required permission: {permission}"
    assert acme.call(method, path, body, token=having).status_code != 401


def test_manage_does_not_imply_view(acme: Any) -> None:
    """The shorthands cover their own verb alone."""
    token = acme.sandbox.issue_token(acme.sandbox.account, permissions=["package-manage"])

    assert acme.call("PATCH", "/v1/charm/acme-web", {}, token=token).status_code == 200
    assert acme.refused("GET", "/v1/charm/acme-web", token=token)[1] == "permission-required"


def test_a_token_reaches_only_its_packages(acme: Any) -> None:
    """Other packages are refused by name, and reached by name or by id."""
    account = acme.sandbox.account
    package_id = acme.sandbox.add_package("other", account)
    for limit in ({"type": "charm", "name": "other"}, {"type": "charm", "id": package_id}):
        token = acme.sandbox.issue_token(account, packages=[limit])

        assert acme.call("GET", "/v1/charm/other", token=token).status_code == 200
        for name in ("acme-web", "nowhere"):
            assert acme.refused("GET", f"/v1/charm/{name}", token=token) == (
                401,
                "permission-required",
                "Package access not allowed",
            )
