"""Logging in to the Snap Store's dashboard: roots, discharges, renewal, what credentials may do."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
import requests
from macaroonbakery import bakery, httpbakery
from pymacaroons import Macaroon
from pymacaroons.serializers import JsonSerializer

WHOAMI = "/api/v2/tokens/whoami"
ROOT = {"permissions": ["package_access", "package_push"]}


def authorization(root: str, discharge: str, form: str = "Macaroon root={}, discharge={}") -> Any:
    """The header of a root and its unbound discharge."""
    bound = Macaroon.deserialize(root).prepare_for_request(Macaroon.deserialize(discharge))
    return {"Authorization": form.format(root, bound.serialize().rstrip("="))}


def test_login_leads_to_credentials_with_the_limits_that_were_asked_for(weather: Any) -> None:
    """Root, discharge, bound pair: whoami shows account, permissions, packages, channels, end."""
    body = {
        **ROOT,
        "description": "kiln@build-07",
        "expires": "2028-02-01T09:30:00+00:00",
        "packages": [{"name": "weather-widget", "series": "16"}],
        "channels": ["edge", "beta"],
    }
    root = weather.ok("POST", "/dev/api/acl/", body, headers={})["macaroon"]
    discharge = weather.discharge(root).json()["discharge_macaroon"]
    answer = weather.call("GET", WHOAMI, headers=authorization(root, discharge))

    me = answer.json()
    assert me["account"]["email"] == "jo@example.com"
    assert me["account"]["username"] == "jo-example"
    assert me["permissions"] == ["package_access", "package_push"]
    assert me["channels"] == ["edge", "beta"]
    assert [len(item) for item in me["packages"]] == [32]
    assert (me["store_ids"], me["errors"]) == (None, [])
    assert me["expires"] == "2028-02-01T09:30:00.000"
    assert answer.headers["x-view-name"] == "api-tokens-whoami"
    assert "publishergw-version" not in answer.headers


def test_the_root_is_as_clients_take_it_apart(dashboard: Any) -> None:
    """First-party caveats have three parts; the other one names the host of single sign-on."""
    root = Macaroon.deserialize(dashboard.ok("POST", "/dev/api/acl/", ROOT, headers={})["macaroon"])
    (third,) = root.third_party_caveats()
    keys = [caveat.caveat_id.split("|")[1] for caveat in root.first_party_caveats()]

    assert keys == ["acl", "valid_since", "expires"]
    assert third.location == dashboard.sandbox.urls.sso.partition("//")[2]
    assert set(json.loads(third.caveat_id)) == {"secret", "version"}


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"permissions": ["fly"]}, 400, "invalid-field"),
        ({"permissions": []}, 400, "invalid-field"),
        ({"permissions": None}, 400, "invalid-field"),
        ({"expires": "tomorrow"}, 400, "invalid-field"),
        ({"expires": "2020-01-01T00:00:00Z"}, 400, "invalid-field"),
        ({"packages": [{"series": "16"}]}, 400, "invalid-field"),
        ({"channels": [1]}, 400, "invalid-field"),
    ],
)
def test_a_root_that_cannot_be_is_refused(
    dashboard: Any, change: dict[str, Any], status: int, code: str
) -> None:
    """400 that names the field."""
    body = {**ROOT, **change}
    assert dashboard.refused("POST", "/dev/api/acl/", body, headers={}) == (status, code)


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"{", "invalid-request"), (b"[]", "invalid-request"), (b"{}", "missing-field")],
)
def test_a_body_that_is_no_object_is_refused(dashboard: Any, body: bytes, code: str) -> None:
    """In the dashboard's own error body."""
    answer = dashboard.call("POST", "/dev/api/acl/", headers={}, data=body)

    assert answer.status_code == 400
    assert answer.json()["error_list"][0]["code"] == code


def test_a_root_for_an_unknown_snap_has_an_error_body_of_its_own(dashboard: Any) -> None:
    """Old clients look for error_message."""
    answers = [
        dashboard.call("POST", "/dev/api/acl/", {**ROOT, "packages": [item]}, headers={})
        for item in ({"name": "no-such", "series": "16"}, {"snap_id": "no-such"})
    ]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json() == {
        "error_message": "Snap not found for the given snap name: 'no-such' and series: '16'"
    }


@pytest.mark.parametrize(
    "form",
    [
        'Macaroon root="{}", discharge="{}"',
        "macaroon root={},discharge={}",
        "Macaroon Root={} ,  Discharge={}",
    ],
)
def test_headers_come_in_many_forms(dashboard: Any, form: str) -> None:
    """Quotes, spaces and case differ between clients."""
    pair = dashboard.credentials
    headers = authorization(pair.root, pair.discharge, form)

    assert dashboard.call("GET", WHOAMI, headers=headers).status_code == 200


@pytest.mark.parametrize("slash", ["", "/"])
def test_slashes_at_the_end_make_no_difference(dashboard: Any, slash: str) -> None:
    """Served as it is, without a redirect that would lose the body."""
    path = f"/dev/api/acl{slash}"
    answer = dashboard.call("POST", path, ROOT, headers={}, allow_redirects=False)

    assert answer.status_code == 200
    assert dashboard.call("GET", f"{WHOAMI}{slash}", allow_redirects=False).status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        None,
        "Basic xyz",
        "Macaroon",
        "Macaroon root=zzz, discharge=zzz",
        "Macaroon discharge=MDAwZmxvY2F0aW9uIGEK",
        "Macaroon something",
        "Macaroon root=a b",
        "Macaroon root=MDAwZmxvY2F0aW9uIGEK, root=MDAwZmxvY2F0aW9uIGEK",
    ],
)
def test_no_credentials_are_told_from_stale_ones(dashboard: Any, header: str | None) -> None:
    """401 with the realm, and no wish for a renewal."""
    answer = dashboard.call("GET", WHOAMI, headers={"Authorization": header} if header else {})

    (item,) = answer.json()["error_list"]
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Macaroon realm="Devportal"'
    assert item["code"] == "macaroon-authorization-required"
    assert item["extra"] == {"realm": "Devportal"}


def test_only_bound_discharges_of_the_same_root_are_taken(dashboard: Any) -> None:
    """Unbound, bound to another root, missing, changed: none of them."""
    pair, others = dashboard.credentials, dashboard.limited()
    root = Macaroon.deserialize(pair.root)
    root.add_first_party_caveat("dashboard.snapcraft.io|fly|1")
    changed = root.serialize().rstrip("=")
    headers = [
        {"Authorization": f"Macaroon root={pair.root}, discharge={pair.discharge}"},
        authorization(pair.root, others.discharge),
        {"Authorization": f"Macaroon root={pair.root}"},
        authorization(changed, pair.discharge),
    ]

    assert [dashboard.call("GET", WHOAMI, headers=item).status_code for item in headers] == [
        401
    ] * 4


def test_a_discharge_that_nobody_asked_for_names_nobody(weather: Any, other: Any) -> None:
    """Neither beside the right one nor for a root that needs none: it would not be verified."""
    host = weather.sandbox.urls.sso.partition("//")[2]
    facts = base64.b64encode(json.dumps({"openid": other.id}).encode()).decode()
    forged = Macaroon(location=host, identifier="forged", key=b"a key of one's own")
    for fact in (f"account|{facts}", "valid_since|2026-01-01T00:00:00", "last_auth|2026-01-01"):
        forged.add_first_party_caveat(f"{host}|{fact}")
    forged.add_first_party_caveat(f"{host}|expires|2100-01-01T00:00:00.000000")
    extra = f"discharge={forged.serialize().rstrip('=')}"
    asking = weather.limited(permissions=["package_upload_request"])
    body = {"permissions": ["package_upload"], "packages": [{"name": "weather-widget"}]}
    bare = weather.ok("POST", "/dev/api/acl/", body, credentials=asking)["macaroon"]
    right = weather.credentials.authorization

    for header in (
        f"{right}, {extra}",
        right.replace(", ", f", {extra}, "),
        f"Macaroon root={bare}, {extra}",
    ):
        refused = weather.refused("GET", WHOAMI, headers={"Authorization": header})
        assert refused == (401, "macaroon-authorization-required")


@pytest.mark.parametrize(
    "caveat",
    [
        "dashboard.snapcraft.io|acl|{}",
        pytest.param(f"dashboard.snapcraft.io|acl|{'[' * 20_000}", id="nested deeply"),
        "dashboard.snapcraft.io|expires|never",
        "dashboard.snapcraft.io|valid_since|2100-01-01T00:00:00.000000",
        "elsewhere.example|acl|[]",
        "only two|parts",
    ],
)
def test_caveats_that_cannot_be_checked_are_not_met(dashboard: Any, caveat: str) -> None:
    """Whoever added one meant to limit the credential."""
    root = Macaroon.deserialize(dashboard.credentials.root)
    root.add_first_party_caveat(caveat)
    headers = authorization(root.serialize().rstrip("="), dashboard.credentials.discharge)

    assert dashboard.refused("GET", WHOAMI, headers=headers)[0] == 401


def test_roots_of_the_gateway_are_none_of_the_dashboard(dashboard: Any) -> None:
    """Though the same single sign-on discharges them."""
    body = {"permissions": ["package-view"]}
    root = dashboard.ok("POST", f"{dashboard.sandbox.urls.api}/v1/tokens/usso", body)["macaroon"]
    discharge = dashboard.discharge(root).json()["discharge_macaroon"]
    roots = f"Macaroon root={root}, root={root}, discharge={discharge}"

    for headers in (authorization(root, discharge), {"Authorization": roots}):
        assert dashboard.refused("GET", WHOAMI, headers=headers)[0] == 401


def test_holders_can_limit_their_credentials_further(weather: Any) -> None:
    """What the macaroon says counts, not what the store remembers."""
    pair = weather.limited(
        permissions=["package_access", "package_push"],
        packages=["weather-widget"],
        channels=["edge"],
    )
    root = Macaroon.deserialize(pair.root)
    root.add_first_party_caveat('dashboard.snapcraft.io|acl|["package_access", "package_release"]')
    root.add_first_party_caveat('dashboard.snapcraft.io|package_id|["abc"]')
    root.add_first_party_caveat('dashboard.snapcraft.io|channel|["edge", "beta"]')
    root.add_first_party_caveat("dashboard.snapcraft.io|expires|2027-01-01T00:00:00.000000")
    headers = authorization(root.serialize().rstrip("="), pair.discharge)
    me = weather.ok("GET", WHOAMI, headers=headers)

    assert me["permissions"] == ["package_access"]
    assert me["packages"] == []
    assert me["channels"] == ["edge"]
    assert me["expires"] == "2027-01-01T00:00:00.000"


def test_a_stale_discharge_is_renewed(dashboard: Any) -> None:
    """After a day the store asks for a new one; single sign-on gives it without the password."""
    dashboard.sandbox.clock.advance(90_000)
    answer = dashboard.call("GET", WHOAMI)
    (item,) = answer.json()["error_list"]
    renewed = dashboard.refresh(dashboard.credentials.discharge).json()["discharge_macaroon"]
    headers = authorization(dashboard.credentials.root, renewed)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Macaroon needs_refresh=1"
    assert item["code"] == "macaroon-needs-refresh"
    assert item["message"].startswith("Expired macaroon (age: 9000")
    assert item["extra"]["age"] >= 90_000
    assert dashboard.call("GET", WHOAMI, headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("signal", "header", "code", "text"),
    [
        ("all", True, "macaroon-needs-refresh", True),
        ("header", True, "macaroon-permission-required", False),
        ("code", False, "macaroon-needs-refresh", False),
        ("text", False, None, True),
    ],
)
def test_renewal_is_asked_for_by_every_known_signal(
    dashboard: Any, signal: str, header: bool, code: str | None, text: bool
) -> None:
    """Switches show one signal alone."""
    dashboard.sandbox.snaps.refresh_signal = signal
    dashboard.sandbox.force_refresh()
    answer = dashboard.call("GET", WHOAMI)
    (item,) = answer.json()["error_list"]

    assert answer.status_code == 401
    assert ("www-authenticate" in answer.headers) is header
    assert item.get("code") == code
    assert item["message"].startswith("Expired macaroon") is text


def test_a_forced_renewal_is_over_with_the_next_discharge(dashboard: Any) -> None:
    """Only discharges that were there are stale."""
    dashboard.sandbox.force_refresh()
    assert dashboard.call("GET", WHOAMI).status_code == 401
    renewed = dashboard.refresh(dashboard.credentials.discharge).json()["discharge_macaroon"]

    headers = authorization(dashboard.credentials.root, renewed)
    assert dashboard.call("GET", WHOAMI, headers=headers).status_code == 200


def test_the_life_of_a_discharge_is_a_switch(dashboard: Any) -> None:
    """Seconds of the sandbox's clock."""
    dashboard.sandbox.snaps.discharge_seconds = 10
    pair = dashboard.limited()
    assert dashboard.call("GET", WHOAMI, credentials=pair).status_code == 200
    dashboard.sandbox.clock.advance(11)

    assert dashboard.refused("GET", WHOAMI, credentials=pair) == (401, "macaroon-needs-refresh")


def test_a_new_password_ends_logins(dashboard: Any) -> None:
    """The discharge is stale and cannot be renewed; logging in again works."""
    dashboard.sandbox.revoke_logins(dashboard.sandbox.account)
    refused = dashboard.refresh(dashboard.credentials.discharge)

    assert dashboard.refused("GET", WHOAMI) == (401, "macaroon-needs-refresh")
    assert (refused.status_code, refused.json()["code"]) == (401, "INVALID_CREDENTIALS")
    fresh = dashboard.limited()
    assert dashboard.call("GET", WHOAMI, credentials=fresh).status_code == 200


def test_expired_and_revoked_roots_do_not_ask_for_renewal(dashboard: Any) -> None:
    """A new login is what helps."""
    short = dashboard.limited(ttl=60)
    dashboard.sandbox.clock.advance(61)
    expired = dashboard.call("GET", WHOAMI, credentials=short)
    dashboard.sandbox.revoke_dashboard_roots()
    revoked = dashboard.call("GET", WHOAMI)

    for answer in (expired, revoked):
        assert answer.status_code == 401
        assert "www-authenticate" not in answer.headers
        assert answer.json()["error_list"][0]["code"] == "macaroon-permission-required"


def test_suspended_accounts_are_shut_out(dashboard: Any) -> None:
    """Also with credentials that they had."""
    account = dashboard.sandbox.add_account("ko@example.com", "a password", suspended=True)
    pair = dashboard.sandbox.issue_snap_macaroons(account)

    assert dashboard.refused("GET", WHOAMI, credentials=pair)[0] == 401


def test_a_missing_permission_is_named(dashboard: Any) -> None:
    """403, not 401; the permission stands beside the error list."""
    limited = dashboard.limited(permissions=["package_push"])
    answer = dashboard.call("GET", "/dev/api/account", credentials=limited)

    assert answer.status_code == 403
    assert answer.json()["permission"] == "package_access"
    assert answer.json()["error_list"][0]["code"] == "macaroon-permission-required"


def test_verify_says_what_a_credential_may_do(weather: Any) -> None:
    """The credential is in the body; nothing is needed to ask."""
    pair = weather.limited(permissions=["package_access"], packages=["weather-widget"])
    body = {"auth_data": {"authorization": pair.authorization}}
    answer = weather.ok("POST", "/dev/api/acl/verify/", body, headers={})

    assert (answer["allowed"], answer["refresh_required"]) == (True, False)
    assert answer["permissions"] == ["package_access"]
    assert answer["channels"] is None
    assert len(answer["snap_ids"]) == 1
    assert answer["account"]["email"] == "jo@example.com"
    assert answer["last_auth"]
    weather.sandbox.force_refresh()
    assert weather.refused("POST", "/dev/api/acl/verify/", body, headers={})[0] == 401
    assert weather.refused("POST", "/dev/api/acl/verify/", {"auth_data": {}}, headers={})[0] == 400


def test_a_root_without_discharge_serves_uploads_of_old_clients(weather: Any) -> None:
    """Who may ask for it gets one that needs no single sign-on (legacy use)."""
    asking = weather.limited(permissions=["package_upload_request"])
    body = {"permissions": ["package_upload"], "packages": [{"name": "weather-widget"}]}
    root = weather.ok("POST", "/dev/api/acl/", body, credentials=asking)["macaroon"]
    me = weather.ok("GET", WHOAMI, headers={"Authorization": f'Macaroon root="{root}"'})

    assert list(Macaroon.deserialize(root).third_party_caveats()) == []
    assert me["permissions"] == ["package_upload"]
    assert me["account"]["username"] == "jo-example"
    other = weather.limited(permissions=["package_access"])
    assert weather.refused("POST", "/dev/api/acl/", body, credentials=other)[0] == 403
    more = {**body, "permissions": ["package_manage"]}
    assert weather.refused("POST", "/dev/api/acl/", more, credentials=asking)[0] == 400


def candid_header(client: Any, **body: Any) -> str:
    """Ask for a root, discharge it at the identity service, and give the Macaroons header."""
    account = client.sandbox.account
    form = {"email": account.email, "password": client.sandbox.password}

    def log_in(url: str) -> None:
        with requests.Session() as session:
            for fields in (form, {**form, "otp": account.one_time_password()}):
                page = session.post(url, data=fields, timeout=30)
        assert "You are logged in" in page.text

    sent = {"permissions": ["package_access"], **body}
    content = json.loads(client.ok("POST", "/api/v2/tokens", sent, headers={})["macaroon"])
    assert content["l"] == "api.snapcraft.io"
    browser = httpbakery.Client(interaction_methods=[httpbakery.WebBrowserInteractor(open=log_in)])
    root = bakery.Macaroon.from_dict(content)
    macaroons = bakery.discharge_all(root, browser.acquire_discharge)
    items = [json.loads(item.serialize(JsonSerializer())) for item in macaroons]
    return base64.urlsafe_b64encode(json.dumps(items).encode()).decode()


def test_tokens_of_the_second_generation_come_by_way_of_candid(weather: Any) -> None:
    """Root, browser, exchange; and the discharged set alone serves as credentials, too."""
    header = candid_header(
        weather,
        description="a laptop",
        packages=[{"name": "weather-widget", "series": "16"}],
        channels=["edge"],
        store_ids=None,
    )
    token = weather.ok("POST", "/api/v2/tokens/exchange", {}, headers={"Macaroons": header})
    me = weather.ok("GET", WHOAMI, headers={"Authorization": f"Macaroon {token['macaroon']}"})

    assert me["account"]["username"] == "jo-example"
    assert me["permissions"] == ["package_access"]
    assert me["channels"] == ["edge"]
    assert [len(item) for item in me["packages"]] == [32]
    assert weather.ok("GET", WHOAMI, headers={"Macaroons": header}) == me


def test_candid_tokens_are_refused_for_cause(weather: Any) -> None:
    """Unknown fields, missing and malformed sets, expired and revoked tokens."""
    body = {"permissions": ["package_access"], "ttl": 10}
    exchange = "/api/v2/tokens/exchange"
    assert weather.refused("POST", "/api/v2/tokens", body, headers={}) == (400, "invalid-request")
    assert weather.refused("POST", exchange, {}, headers={})[0] == 401
    assert weather.refused("POST", exchange, {}, headers={"Macaroons": "zz"})[0] == 400

    header = candid_header(weather, expires="2027-01-01T00:00:00Z")
    token = weather.ok("POST", exchange, {}, headers={"Macaroons": header})["macaroon"]
    weather.sandbox.clock.advance(400 * 86_400)
    late = weather.call("POST", exchange, {}, headers={"Macaroons": header})
    assert (late.status_code, late.json()["Code"]) == (401, "macaroon discharge required")
    headers = {"Authorization": f"Macaroon {token}"}
    assert weather.refused("GET", WHOAMI, headers=headers) == (401, "macaroon-permission-required")


def test_the_gateway_takes_logins_of_the_dashboard(weather: Any) -> None:
    """As the web does for names; permissions are translated."""
    gateway = weather.sandbox.urls.api
    reader = weather.limited(permissions=["package_access"], packages=["weather-widget"])
    listed = weather.ok("GET", f"{gateway}/v1/snap", credentials=reader)
    path = f"{gateway}/v1/snap/weather-widget"

    assert [item["name"] for item in listed["results"]] == ["weather-widget"]
    assert weather.call("GET", path, credentials=reader).status_code == 200
    assert weather.refused("DELETE", path, credentials=reader) == (401, "permission-required")
    assert weather.ok("DELETE", path)["package-id"]
    assert weather.refused("GET", path) == (404, "resource-not-found")


def test_dashboard_logins_are_exchanged_for_developer_tokens(weather: Any) -> None:
    """The token carries the limits, in the gateway's words."""
    pair = weather.limited(permissions=["package_release"], channels=["edge"], ttl=1000)
    gateway = weather.sandbox.urls.api
    token = weather.ok("POST", f"{gateway}/v1/tokens/dashboard/exchange", {}, credentials=pair)
    headers = {"Authorization": f"Macaroon {token['macaroon']}"}
    me = weather.ok("GET", f"{gateway}/v1/tokens/whoami", headers=headers)

    assert me["permissions"] == ["package-manage-releases"]
    assert me["channels"] == ["edge"]


def test_unknown_paths_answer_in_the_spelling_of_their_generation(dashboard: Any) -> None:
    """An underscore below /dev, a hyphen elsewhere."""
    assert dashboard.call("GET", "/dev/api/nothing").json()["error_list"][0]["code"]
    for path in ("/dev/api/snaps/x/history", "/dev/api/snaps/x/state/y"):
        assert dashboard.refused("GET", path) == (404, "resource-not-found")
    for path in ("/api/v2/nothing", "/api/v2/stores/acme-brand"):
        answer = dashboard.call("GET", path)
        assert answer.status_code == 404
        assert answer.json()["error-list"][0]["code"] == "resource-not-found"


def test_credentials_have_an_exported_form(dashboard: Any) -> None:
    """What snapcraft exports: base64 of typed JSON with the unbound discharge."""
    pair = dashboard.credentials
    content = json.loads(base64.b64decode(pair.exported))

    assert content == {"t": "u1-macaroon", "v": {"r": pair.root, "d": pair.discharge}}
    assert pair.root not in repr(pair)
