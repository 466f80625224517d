"""The account at the dashboard: requests sent, answers read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from craft_store_core.errors import AccountNotReadyError, UnexpectedResponseError
from craft_store_core.models import Account
from craft_store_snapstore.models import SnapIdentity

if TYPE_CHECKING:
    from craft_store_core.testing.scripted import ScriptedServer
    from craft_store_snapstore import SnapStoreEndpoints

ACCOUNT: dict[str, Any] = {
    "account_id": "q1Wm",
    "displayname": "Jo Example",
    "username": "jo",
    "email": "jo@example.com",
    "validation": "unproven",
    "account_keys": [
        {
            "name": "default",
            "public-key-sha3-384": "kQ7z",
            "since": "2026-04-01T10:00:00Z",
            "until": None,
        }
    ],
    "stores": [{"id": "ubuntu", "name": "Global", "roles": ["view", "access"]}],
    "snaps": {"16": {}},
}
AGREEMENT = {
    "latest_tos_accepted": True,
    "latest_tos_date": "2016-04-06 00:00:00",
    "tos_url": "https://dashboard.example/tos/",
    "accepted_tos_date": "2027-02-01 10:00:00.123456",
}


def test_whoami(snapstore: SnapStoreEndpoints, dashboard: ScriptedServer) -> None:
    """Packages are ids there; the account's name stands under another key than at gateways."""
    dashboard.expect(
        "GET",
        "/api/v2/tokens/whoami",
        json={
            "account": {"id": "q1Wm", "username": "jo", "name": "Jo Example", "email": "j@e.com"},
            "permissions": ["package_access"],
            "packages": ["Wq3x", {"snap_id": "Ab4y", "name": "lib"}, {"type": "snap", "id": "Z"}],
            "channels": None,
            "store_ids": ["ubuntu"],
            "expires": "2028-02-01T09:30:00.000",
            "errors": [],
        },
    )

    identity = snapstore.whoami()

    assert identity.account.display_name == "Jo Example"
    assert [(item.id, item.name) for item in identity.packages or ()] == [
        ("Wq3x", None),
        ("Ab4y", "lib"),
        ("Z", None),
    ]
    assert identity.channels is None
    assert identity.expires is not None
    assert identity.expires.isoformat() == "2028-02-01T09:30:00+00:00"
    assert identity.store_ids == ("ubuntu",)


@pytest.mark.parametrize("missing", [None, "absent"])
def test_whoami_without_limits(
    snapstore: SnapStoreEndpoints, dashboard: ScriptedServer, missing: str | None
) -> None:
    """Null and a missing key both mean: no restriction, or not known."""
    limits = ("permissions", "packages", "channels", "store_ids", "expires")
    body: dict[str, Any] = {"account": {"username": "jo"}}
    if missing is None:
        body.update(dict.fromkeys(limits))
    dashboard.expect("GET", "/api/v2/tokens/whoami", json=body)

    identity = snapstore.whoami()

    assert (identity.permissions, identity.packages, identity.expires) == (None, None, None)
    assert identity.allows("package_push")


def test_whoami_without_an_account_is_no_answer(
    snapstore: SnapStoreEndpoints, dashboard: ScriptedServer
) -> None:
    """What must be there is missed by name; odd packages, too."""
    dashboard.expect("GET", "/api/v2/tokens/whoami", json={"permissions": []})
    dashboard.expect("GET", "/api/v2/tokens/whoami", json={"account": {}, "packages": [7]})

    for _ in range(2):
        with pytest.raises(UnexpectedResponseError):
            snapstore.whoami()


@pytest.mark.parametrize(
    ("held", "permission", "allowed"),
    [
        ("package_push", "package_push", True),
        ("package_upload", "package_push", True),
        ("package_upload", "package_release", True),
        ("package_upload", "package_access", False),
        ("package_manage", "package_update", True),
        ("package_update", "package_manage", False),
    ],
)
def test_wider_permissions_contain_others(held: str, permission: str, allowed: bool) -> None:
    """So that nobody is sent away who holds the old union of push and release."""
    identity = SnapIdentity(account=Account(), permissions=(held,))

    assert identity.allows(permission) is allowed


def test_every_operation_has_its_permission(snapstore: SnapStoreEndpoints) -> None:
    """They are the dashboard's words, with underscores."""
    needed = snapstore.operations()

    assert needed["push-revision"] == "package_push"
    assert needed["upload-file"] is None
    assert {name for name in needed.values() if name and not name.startswith("package_")} == {
        "edit_account",
        "modify_account_key",
    }


def test_verify(snapstore: SnapStoreEndpoints, dashboard: ScriptedServer) -> None:
    """A credential is looked at without being used: it is in the body, not in the header."""
    dashboard.expect(
        "POST",
        "/dev/api/acl/verify/",
        json={
            "allowed": True,
            "refresh_required": False,
            "permissions": ["package_access"],
            "channels": None,
            "snap_ids": ["Wq3x"],
            "expires": "2028-02-01T09:30:00.000",
        },
    )

    verified = snapstore.verify("Macaroon root=r, discharge=d")

    (sent,) = dashboard.requests
    assert sent.json() == {"auth_data": {"authorization": "Macaroon root=r, discharge=d"}}
    assert sent.headers["Authorization"] is None
    assert (verified.allowed, verified.snap_ids) == (True, ("Wq3x",))


@pytest.mark.parametrize("spelling", ["old", "new", "both"])
def test_the_account_in_each_spelling(
    snapstore: SnapStoreEndpoints, dashboard: ScriptedServer, spelling: str
) -> None:
    """Hyphens count where both come; keys and id are found either way."""
    new = {
        **{key.replace("_", "-"): value for key, value in ACCOUNT.items() if key != "account_id"},
        "id": "q1Wm",
        "display-name": "Jo Example",
    }
    body = {"old": ACCOUNT, "new": new, "both": {**ACCOUNT, **new}}[spelling]
    dashboard.expect("GET", "/dev/api/account", json=body)

    account = snapstore.account()

    assert (account.id, account.display_name) == ("q1Wm", "Jo Example")
    assert [key.public_key_sha3_384 for key in account.account_keys] == ["kQ7z"]
    assert [(item.id, item.roles) for item in account.stores] == [("ubuntu", ("view", "access"))]


def test_an_account_that_is_not_ready(
    snapstore: SnapStoreEndpoints, dashboard: ScriptedServer
) -> None:
    """The way out is named: the commands that accept the agreement and choose a name."""
    dashboard.expect(
        "GET",
        "/dev/api/account",
        status=403,
        json={
            "error_list": [
                {"code": "user-not-ready", "message": "Developer has not signed agreement."}
            ]
        },
    )

    with pytest.raises(AccountNotReadyError) as refusal:
        snapstore.account()

    assert "craft-store agreement --accept" in str(refusal.value.advice)


def test_a_user_name_is_chosen(snapstore: SnapStoreEndpoints, dashboard: ScriptedServer) -> None:
    """The answer has no body."""
    dashboard.expect("PATCH", "/dev/api/account", status=204)
    snapstore.set_username("jo")
    assert dashboard.requests[0].json() == {"short_namespace": "jo"}


@pytest.mark.parametrize("body", [AGREEMENT, {"content": AGREEMENT}], ids=["flat", "nested"])
def test_the_agreement(
    snapstore: SnapStoreEndpoints, dashboard: ScriptedServer, body: dict[str, Any]
) -> None:
    """Looked at and accepted, in both forms of the answer."""
    dashboard.expect("GET", "/dev/api/agreement/", json=body)
    dashboard.expect("POST", "/dev/api/agreement/", json=body)

    for agreement in (snapstore.agreement(), snapstore.accept_agreement()):
        assert agreement.latest_tos_accepted
        assert agreement.tos_url == "https://dashboard.example/tos/"
    assert dashboard.requests[1].json() == {"latest_tos_accepted": True}


def test_a_key_is_registered(snapstore: SnapStoreEndpoints, dashboard: ScriptedServer) -> None:
    """The request is sent as it was signed."""
    dashboard.expect(
        "POST",
        "/dev/api/account/account-key",
        json={"account_key": {"account-id": "q", "name": "default", "public-key-sha3-384": "kQ"}},
    )

    key = snapstore.register_key("type: account-key-request\n")

    assert (key.name, key.public_key_sha3_384) == ("default", "kQ")
    assert dashboard.requests[0].json() == {"account_key_request": "type: account-key-request\n"}
