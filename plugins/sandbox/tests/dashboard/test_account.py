"""The account at the dashboard: its snaps, agreement, publisher name and keys."""

from __future__ import annotations

from typing import Any

import pytest

ACCOUNT = "/dev/api/account"
KEY = "/dev/api/account/account-key"
AGREEMENT = "/dev/api/agreement/"
DIGEST = "kQ7zPx3Lr9-Tb2Wm5Vn8Yc1Hd4Jf6Gs"


def key_request(account_id: str, **changes: str) -> str:
    """The text of an account-key-request."""
    headers = {
        "type": "account-key-request",
        "authority-id": account_id,
        "account-id": account_id,
        "name": "default",
        "public-key-sha3-384": DIGEST,
        "since": "2026-11-01T00:00:00Z",
        "body-length": "4",
        "sign-key-sha3-384": DIGEST,
        **changes,
    }
    lines = "\n".join(f"{key}: {value}" for key, value in headers.items() if value)
    return f"{lines}\n\nAcbD\n\nsignature==\n"


def test_the_account_says_everything_in_both_spellings(weather: Any, plain_snap: Any) -> None:
    """One client reads hyphens and another underscores."""
    weather.push(plain_snap(), channels=["edge", "2.x/beta"])
    account = weather.ok("GET", ACCOUNT)
    snap = account["snaps"]["16"]["weather-widget"]

    assert account["id"] == account["account_id"] == weather.sandbox.account.id
    assert account["account-keys"] == account["account_keys"] == []
    assert account["display-name"] == account["displayname"] == "Jo Example"
    assert account["username"] == account["short_namespace"] == "jo-example"
    assert account["stores"] == [{"id": "ubuntu", "name": "Global", "roles": ["view", "access"]}]
    assert len(snap["snap-id"]) == 32
    assert (snap["status"], snap["private"], snap["store"]) == ("Approved", False, "Global")
    assert snap["publisher"]["username"] == "jo-example"
    assert snap["since"].endswith("Z")
    (revision,) = snap["latest_revisions"]
    assert revision["channels"] == ["edge", "2.x/beta"]
    assert (revision["revision"], revision["status"]) == (1, "Published")


def test_shared_snaps_are_listed_with_their_publisher(weather: Any, other: Any) -> None:
    """Whoever collaborates sees them, and nobody else."""
    weather.sandbox.add_snap("lib-snap", other, collaborators=[weather.sandbox.account])
    weather.sandbox.add_snap("foreign-snap", other)
    snaps = weather.ok("GET", ACCOUNT)["snaps"]["16"]

    assert list(snaps) == ["lib-snap", "weather-widget"]
    assert snaps["lib-snap"]["publisher"]["username"] == "sam-example"


def test_brand_stores_statuses_and_missing_ids_are_shown(weather: Any) -> None:
    """Switches and calls of the sandbox show what clients must put up with."""
    sandbox = weather.sandbox
    sandbox.add_brand_store("acme-brand", "Acme Brand", {sandbox.account: ["admin", "view"]})
    sandbox.add_snap("brand-snap", sandbox.account, store="acme-brand", status="Revoked")
    sandbox.set_snap_status("weather-widget", "Dispute")
    sandbox.snaps.null_snap_ids = True
    account = weather.ok("GET", ACCOUNT)
    snaps = account["snaps"]["16"]

    roles = {"id": "acme-brand", "name": "Acme Brand", "roles": ["admin", "view"]}
    assert account["stores"][1] == roles
    assert snaps["brand-snap"]["store"] == "Acme Brand"
    assert [snap["status"] for snap in snaps.values()] == ["Revoked", "Dispute"]
    assert {snap["snap-id"] for snap in snaps.values()} == {None}


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"agreement_signed": False}, "user-not-ready"),
        ({"has_username": False}, "user-not-ready"),
        ({"latest_terms_accepted": False}, "user-missing-latest-tos"),
    ],
)
def test_an_account_must_be_ready(
    sandbox_store: Any, snap_client: Any, options: Any, code: str
) -> None:
    """Agreement, publisher name, latest terms; the answer says where to do it."""
    client = snap_client(sandbox_store)
    new = sandbox_store.add_account("new@example.com", "a password", **options)
    pair = sandbox_store.issue_snap_macaroons(new)
    answer = client.call("GET", ACCOUNT, credentials=pair)

    assert answer.status_code == 403
    assert answer.json()["error_list"][0]["code"] == code
    assert answer.json()["error_list"][0]["extra"]["api"].startswith(sandbox_store.urls.dashboard)


def test_a_new_account_is_made_ready_by_calls(sandbox_store: Any, snap_client: Any) -> None:
    """Sign the agreement, choose a name: then it works."""
    client = snap_client(sandbox_store)
    new = sandbox_store.add_account(
        "new@example.com", "a password", has_username=False, agreement_signed=False
    )
    client.credentials = sandbox_store.issue_snap_macaroons(new)
    before = client.ok("GET", AGREEMENT)
    signed = client.ok("POST", AGREEMENT, {"latest_tos_accepted": True})
    named = client.call("PATCH", ACCOUNT, {"short_namespace": "new-example"})

    assert (before["latest_tos_accepted"], before["accepted_tos_date"]) == (False, None)
    assert signed["latest_tos_accepted"] is True
    assert " " in signed["accepted_tos_date"]
    assert (named.status_code, named.content) == (204, b"")
    assert client.ok("GET", ACCOUNT)["username"] == "new-example"
    assert client.ok("GET", AGREEMENT) == signed
    again = {"short_namespace": "another-name"}
    assert client.refused("PATCH", ACCOUNT, again) == (400, "invalid-field")


@pytest.mark.parametrize("name", ["sam-example", "X", "-", "a--b", "", 7])
def test_publisher_names_have_rules(
    sandbox_store: Any, snap_client: Any, other: Any, name: Any
) -> None:
    """Taken, too short, of other characters: refused."""
    assert other.username == "sam-example"
    client = snap_client(sandbox_store)
    new = sandbox_store.add_account("new@example.com", "a password", has_username=False)
    client.credentials = sandbox_store.issue_snap_macaroons(new)

    assert client.refused("PATCH", ACCOUNT, {"short_namespace": name}) == (400, "invalid-field")


@pytest.mark.parametrize("value", [False, "true", None])
def test_only_a_true_signs_the_agreement(dashboard: Any, value: Any) -> None:
    """Anything else is a bad request that says what was expected."""
    answer = dashboard.call("POST", AGREEMENT, {"latest_tos_accepted": value})
    (item,) = answer.json()["error_list"]

    assert (answer.status_code, item["code"]) == (400, "bad-request")
    assert item["extra"] == {"latest_tos_accepted": "true"}


def test_keys_are_registered_with_a_credential_for_keys_alone(dashboard: Any) -> None:
    """It also reads the account; the key is listed there."""
    keys = dashboard.limited(permissions=["modify_account_key"])
    account_id = dashboard.ok("GET", ACCOUNT, credentials=keys)["account_id"]
    body = {"account_key_request": key_request(account_id)}
    answer = dashboard.ok("POST", KEY, body, credentials=keys)
    listed = dashboard.ok("GET", ACCOUNT, credentials=keys)["account-keys"]

    shown = {"account-id": account_id, "name": "default", "public-key-sha3-384": DIGEST}
    assert answer == {"account_key": shown}
    assert listed == [
        {"name": "default", "public-key-sha3-384": DIGEST, "since": "2026-11-01T00:00:00Z",
         "until": None}
    ]  # fmt: skip
    reader = dashboard.limited(permissions=["package_access"])
    assert dashboard.refused("POST", KEY, body, credentials=reader)[0] == 403


@pytest.mark.parametrize(
    "change",
    [
        {"type": "snap-build"},
        {"name": ""},
        {"public-key-sha3-384": ""},
        {"account-id": "somebody-else"},
        {"sign-key-sha3-384": ""},
        {"body-length": "99"},
        {"body-length": "many"},
    ],
)
def test_malformed_keys_are_refused(dashboard: Any, change: dict[str, str]) -> None:
    """400 invalid-field."""
    text = key_request(dashboard.sandbox.account.id, **change)

    assert dashboard.refused("POST", KEY, {"account_key_request": text}) == (400, "invalid-field")


def test_keys_and_their_names_are_unique(dashboard: Any) -> None:
    """The same key twice, and two keys of one name, are refused."""
    account_id = dashboard.sandbox.account.id
    dashboard.ok("POST", KEY, {"account_key_request": key_request(account_id)})

    for change in ({"name": "other"}, {"public-key-sha3-384": "another"}):
        body = {"account_key_request": key_request(account_id, **change)}
        assert dashboard.refused("POST", KEY, body) == (400, "invalid-field")
