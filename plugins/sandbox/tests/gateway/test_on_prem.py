"""A store on premises: an admin macaroon, the gateway's dialect for snaps, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
import requests

EXCHANGE = "/v1/tokens/offline/exchange"
SNAP = "/v1/snap/weather-widget"


@pytest.fixture
def enterprise(sandbox_factory: Any, snap_client: Any) -> Any:
    """A client of such a store, logged in, with weather-widget registered."""
    client = snap_client(sandbox_factory(on_prem=True))
    client.sandbox.snaps.plain_yaml = True
    macaroon = client.sandbox.issue_admin_macaroon(client.sandbox.account)
    token = client.ok("POST", EXCHANGE, {"macaroon": macaroon}, headers={})["macaroon"]
    client.headers = {"Authorization": f"macaroon {token}"}
    client.ask = lambda method, path, json=None: client.ok(
        method, path, json, headers=client.headers
    )
    client.ask("POST", "/v1/snap", {"name": "weather-widget", "private": False})
    return client


def push(client: Any, content: bytes) -> Any:
    """Upload a snap and have it reviewed; the answer of the last poll."""
    body = {"upload-id": client.upload(content)}
    url = client.ask("POST", f"{SNAP}/revisions", body)["status-url"]
    assert url.startswith("/v1/snap/")
    for _ in range(50):
        (item,) = client.ask("GET", url)["revisions"]
        if item["status"] in ("approved", "rejected"):
            return item
        assert (item["status"], item["revision"], item["errors"]) == ("new", None, None)
    raise AssertionError("the review did not end")


def test_everything_is_below_a_path_but_storage(enterprise: Any) -> None:
    """No single sign-on, no dashboard, no charms."""
    urls = enterprise.sandbox.urls
    me = enterprise.ask("GET", "/v1/tokens/whoami")

    assert urls.api == urls.dashboard == f"{urls.storage}/publishergw"
    assert me["account"]["username"] == "jo-example"
    assert "expires" not in me
    for url in (
        f"{urls.storage}/v1/tokens/whoami",
        f"{urls.storage}/dev/api/account",
        f"{urls.sso}/api/v2/tokens/discharge",
        f"{urls.candid}/publickey",
        f"{urls.api}/dev/api/account",
    ):
        assert requests.get(url, timeout=30).status_code in (404, 405)


def test_admin_macaroons_are_checked(enterprise: Any) -> None:
    """Foreign, changed, expired ones are refused; and none works at a public store."""
    sandbox = enterprise.sandbox
    short = sandbox.issue_admin_macaroon(sandbox.account, ttl=60)
    sandbox.clock.advance(61)
    root = sandbox.issue_dashboard_root()

    def refused(text: str) -> Any:
        return enterprise.refused("POST", EXCHANGE, {"macaroon": text}, headers={})

    assert refused(short) == (401, "macaroon-permission-required")
    for text in ("nonsense", root, short[:-6]):
        assert refused(text) == (401, "macaroon-authorization-required")
    assert enterprise.refused("POST", EXCHANGE, {}, headers={}) == (400, "api-error")


def test_the_public_store_exchanges_no_admin_macaroons(sandbox_store: Any) -> None:
    """The path is not there."""
    url = f"{sandbox_store.urls.api}{EXCHANGE}"

    assert requests.post(url, json={"macaroon": "x"}, timeout=30).status_code in (404, 405)


def test_a_snap_is_published(enterprise: Any, plain_snap: Any) -> None:
    """Upload, review, release, close: a closed channel is a release of nothing."""
    item = push(enterprise, plain_snap())
    released = enterprise.ask("POST", f"{SNAP}/releases", [
        {"revision": 1, "channel": "stable"}, {"revision": 1, "channel": "latest/edge"},
    ])  # fmt: skip
    shown = enterprise.ask("GET", f"{SNAP}/releases")
    enterprise.ask("POST", f"{SNAP}/releases", [{"revision": None, "channel": "edge"}])
    after = enterprise.ask("GET", f"{SNAP}/releases")["channel-map"]

    assert (item["status"], item["revision"], item["errors"]) == ("approved", 1, None)
    assert len(released["released"]) == 2
    assert shown["channel-map"][0] == {
        "architecture": "amd64",
        "channel": "latest/stable",
        "expiration-date": None,
        "progressive": {"paused": None, "percentage": None},
        "resources": [],
        "revision": 1,
        "when": shown["channel-map"][0]["when"],
    }
    (revision,) = shown["revisions"]
    assert (revision["status"], revision["type"]) == ("released", "app")
    assert revision["created-by"] == enterprise.sandbox.account.id
    assert len(shown["package"]["channels"]) == 4
    assert [row["channel"] for row in after] == ["latest/stable"]


def test_the_keys_of_revisions_are_a_switch(enterprise: Any, plain_snap: Any) -> None:
    """One client refuses keys that another wants."""
    push(enterprise, plain_snap())
    (small,) = enterprise.ask("GET", f"{SNAP}/revisions")["revisions"]
    enterprise.sandbox.snaps.full_revisions = True
    (full,) = enterprise.ask("GET", f"{SNAP}/revisions?revision=1")["revisions"]

    assert set(full) - set(small) == {"apps", "created-by", "type"}
    assert small["status"] == "approved"
    assert enterprise.ask("GET", f"{SNAP}/revisions?revision=2")["revisions"] == []


def test_bad_snaps_are_rejected(enterprise: Any, plain_snap: Any) -> None:
    """With a code and a message; what waits for a person is neither approved nor rejected."""
    item = push(enterprise, plain_snap(name="other"))
    enterprise.sandbox.faults.manual_review = True
    body = {"upload-id": enterprise.upload(plain_snap())}
    url = enterprise.ask("POST", f"{SNAP}/revisions", body)["status-url"]
    statuses = [enterprise.ask("GET", url)["revisions"][0]["status"] for _ in range(3)]

    assert item["status"] == "rejected"
    assert item["errors"][0]["code"] == "invalid-snap"
    assert statuses == ["new", "needs-manual-review", "needs-manual-review"]
    assert len(enterprise.ask("GET", f"{SNAP}/revisions/review")["revisions"]) == 2


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", f"{SNAP}/revisions", {"upload-id": "no-such"}, 400),
        ("POST", f"{SNAP}/revisions", {}, 400),
        ("GET", f"{SNAP}/revisions/review?upload-id=no-such", None, 404),
        ("POST", f"{SNAP}/releases", [{"revision": 9, "channel": "edge"}], 404),
        ("POST", f"{SNAP}/releases", [{"revision": 2, "channel": "edge"}], 400),
        ("POST", f"{SNAP}/releases", [{"revision": 1, "channel": "alpha"}], 400),
        ("POST", f"{SNAP}/releases", [{"revision": 1, "channel": "9.x/edge"}], 400),
        ("POST", f"{SNAP}/releases", [], 400),
        ("GET", "/v1/snap/no-such/releases", None, 404),
    ],
)
def test_refusals_are_error_lists(
    enterprise: Any, plain_snap: Any, method: str, path: str, body: Any, status: int
) -> None:
    """With a hyphen, as gateways write them."""
    push(enterprise, plain_snap())
    enterprise.sandbox.faults.manual_review = True
    push_url = enterprise.ask(
        "POST", f"{SNAP}/revisions", {"upload-id": enterprise.upload(plain_snap(version="2"))}
    )["status-url"]
    for _ in range(2):
        enterprise.ask("GET", push_url)
    answer = enterprise.call(method, path, body, headers=enterprise.headers)

    assert answer.status_code == status
    assert answer.json()["error-list"][0]["message"]


def test_origins_can_be_split(sandbox_factory: Any) -> None:
    """Storage has a port of its own then; the others serve nothing."""
    urls = sandbox_factory(on_prem=True, split_origins=True).urls

    assert requests.get(f"{urls.api}/v1/tokens/whoami", timeout=30).status_code == 401
    assert requests.post(f"{urls.storage}/unscanned-upload/", timeout=30).status_code == 400
    assert requests.get(f"{urls.sso}/", timeout=30).status_code == 404
