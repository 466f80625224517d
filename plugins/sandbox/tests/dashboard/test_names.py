"""Registering, claiming and giving back names of snaps."""

from __future__ import annotations

from typing import Any

import pytest

REGISTER = "/dev/api/register-name/"
DISPUTE = "/dev/api/register-name-dispute/"


def name(text: str, **more: Any) -> dict[str, Any]:
    """The body of a registration."""
    return {"snap_name": text, "series": "16", **more}


def test_a_name_is_registered(dashboard: Any) -> None:
    """201 with its id; the account lists it, and the gateway knows it, too."""
    answer = dashboard.call("POST", REGISTER, name("weather-widget", is_private=True))
    snap = dashboard.ok("GET", "/dev/api/account")["snaps"]["16"]["weather-widget"]
    shown = dashboard.ok("GET", f"{dashboard.sandbox.urls.api}/v1/snap/weather-widget")["metadata"]

    assert answer.status_code == 201
    assert answer.json() == {"snap_id": snap["snap-id"], "snap_name": "weather-widget"}
    assert snap["private"] is True
    assert (shown["id"], shown["type"], shown["private"]) == (snap["snap-id"], "snap", True)


def test_charms_and_snaps_have_names_of_their_own(dashboard: Any) -> None:
    """The same name in both namespaces; each list has its own."""
    sandbox = dashboard.sandbox
    sandbox.add_package("acme-web", sandbox.account)
    dashboard.ok("POST", REGISTER, name("acme-web"))
    listed = {
        space: dashboard.ok("GET", f"{sandbox.urls.api}/v1/{space}")["results"]
        for space in ("charm", "snap")
    }

    assert [item["type"] for item in listed["charm"]] == ["charm"]
    assert [item["type"] for item in listed["snap"]] == ["snap"]


def test_a_dry_run_registers_nothing(dashboard: Any) -> None:
    """200 without an id; what would be refused is."""
    answer = dashboard.call("POST", f"{REGISTER}?dry_run=1", name("weather-widget"))

    assert (answer.status_code, answer.json()["snap_id"]) == (200, None)
    assert dashboard.ok("GET", "/dev/api/account")["snaps"] == {"16": {}}
    assert dashboard.refused("POST", f"{REGISTER}?dry_run=1", name("No")) == (400, "invalid")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "1 to 40 characters"),
        ("x" * 41, "1 to 40 characters"),
        ("Weather", "ASCII lowercase letters"),
        ("wetter-ä", "ASCII lowercase letters"),
        ("123", "at least one letter"),
        ("-weather", "start or end with a hyphen"),
        ("weather-", "start or end with a hyphen"),
        ("weather--widget", "two hyphens in a row"),
    ],
)
def test_names_have_rules_that_are_told_one_at_a_time(dashboard: Any, text: str, rule: str) -> None:
    """400 invalid; the same rules hold for the sandbox's own call."""
    answer = dashboard.call("POST", REGISTER, name(text))
    (item,) = answer.json()["error_list"]

    assert (answer.status_code, item["code"]) == (400, "invalid")
    assert item["message"].startswith(f"The name '{text}' is not valid: ")
    assert rule in item["message"]
    with pytest.raises(ValueError, match=rule):
        dashboard.sandbox.add_snap(text, dashboard.sandbox.account)


@pytest.mark.parametrize("body", [{"series": "16"}, {"snap_name": "weather-widget"}])
def test_missing_fields_are_named(dashboard: Any, body: dict[str, Any]) -> None:
    """400 missing-field."""
    assert dashboard.refused("POST", REGISTER, body) == (400, "missing-field")


def test_taken_names_are_told_apart(weather: Any, other: Any) -> None:
    """Owned by you, by somebody else, reserved, revoked; old and new forms of errors together."""
    sandbox = weather.sandbox
    sandbox.add_snap("lib-snap", other)
    sandbox.reserve_name("reserved-snap")
    sandbox.revoke_name("revoked-snap")
    codes = {}
    for text in ("weather-widget", "lib-snap", "reserved-snap", "revoked-snap"):
        answer = weather.call("POST", REGISTER, name(text))
        assert answer.status_code == answer.json()["status"] == 409
        assert answer.json()["code"] == answer.json()["error_list"][0]["code"]
        codes[text] = answer.json()["code"]

    assert codes == {
        "weather-widget": "already_owned",
        "lib-snap": "already_registered",
        "reserved-snap": "reserved_name",
        "revoked-snap": "revoked_name",
    }
    taken = weather.call("POST", REGISTER, name("lib-snap")).json()
    assert taken["register_name_url"].endswith("/register-snap/?name=lib-snap")
    with pytest.raises(ValueError, match="already registered"):
        sandbox.add_snap("lib-snap", other)


def test_a_name_can_be_claimed_once(weather: Any, other: Any) -> None:
    """After that it counts as claimed, also for registering."""
    weather.sandbox.add_snap("lib-snap", other)
    claim = {"snap_name": "lib-snap", "comment": "We own the trademark"}
    answer = weather.call("POST", DISPUTE, claim)

    assert answer.status_code == 201
    assert answer.json()["snap_name"] == "lib-snap"
    assert answer.json()["status_url"].endswith("/register-snap-feedback/lib-snap/")
    assert weather.refused("POST", DISPUTE, claim) == (409, "already_claimed")
    assert weather.refused("POST", REGISTER, name("lib-snap")) == (409, "already_claimed")


@pytest.mark.parametrize(
    ("text", "status", "code"),
    [
        ("nothing", 404, "name-not-registered"),
        ("weather-widget", 409, "name-not-available-for-dispute"),
    ],
)
def test_not_every_name_can_be_claimed(weather: Any, text: str, status: int, code: str) -> None:
    """Neither a free one nor one's own."""
    claim = {"snap_name": text, "comment": "Mine"}

    assert weather.refused("POST", DISPUTE, claim) == (status, code)


def test_registrations_are_limited_within_a_window(dashboard: Any) -> None:
    """429 that says how long to wait; after that it works."""
    dashboard.sandbox.snaps.register_limit = 1
    dashboard.ok("POST", REGISTER, name("one"))
    answer = dashboard.call("POST", REGISTER, name("two"))
    wait = answer.json()["retry_after"]

    assert answer.status_code == 429
    assert answer.json()["error_list"][0]["code"] == "register_window"
    assert answer.json()["error_list"][0]["extra"] == {"retry_after": wait}
    assert 170 < wait <= 181
    dashboard.sandbox.clock.advance(wait)
    assert dashboard.call("POST", REGISTER, name("two")).status_code == 201
    dashboard.sandbox.snaps.register_limit = 0
    assert dashboard.call("POST", REGISTER, name("three")).status_code == 429


def test_brand_stores_take_the_names_of_their_members(dashboard: Any, other: Any) -> None:
    """Others are told that there is no such store."""
    sandbox = dashboard.sandbox
    sandbox.add_brand_store("acme-brand", "Acme Brand", {sandbox.account: ["admin"]})
    dashboard.ok("POST", REGISTER, name("brand-snap", store="acme-brand"))
    snap = dashboard.ok("GET", "/dev/api/account")["snaps"]["16"]["brand-snap"]
    stranger = sandbox.issue_snap_macaroons(other)
    body = name("another", store="acme-brand")

    assert snap["store"] == "Acme Brand"
    assert dashboard.refused("POST", REGISTER, body, credentials=stranger) == (400, "invalid-field")


def test_registering_needs_its_permission_and_a_ready_account(dashboard: Any) -> None:
    """403 either way."""
    limited = dashboard.limited(permissions=["package_access"])
    unready = dashboard.sandbox.add_account("new@example.com", "pw", agreement_signed=False)
    unsigned = dashboard.sandbox.issue_snap_macaroons(unready)

    assert dashboard.refused("POST", REGISTER, name("one"), credentials=limited) == (
        403, "macaroon-permission-required",
    )  # fmt: skip
    for path, body in ((REGISTER, name("one")), (DISPUTE, {"snap_name": "one", "comment": "x"})):
        assert dashboard.refused("POST", path, body, credentials=unsigned) == (
            403, "user-not-ready",
        )  # fmt: skip


def test_names_with_revisions_are_not_given_back(weather: Any, plain_snap: Any) -> None:
    """The gateway says so; without revisions it works, and the name is free again."""
    weather.sandbox.add_snap("lib-snap", weather.sandbox.account)
    weather.push(plain_snap())
    gateway = f"{weather.sandbox.urls.api}/v1/snap"

    assert weather.refused("DELETE", f"{gateway}/weather-widget") == (403, "forbidden")
    assert weather.ok("DELETE", f"{gateway}/lib-snap")["package-id"]
    assert weather.call("POST", REGISTER, name("lib-snap")).status_code == 201


def test_the_gateway_registers_snaps(weather: Any, other: Any) -> None:
    """With its own rules for bodies, and the names' rules of snaps."""
    gateway = f"{weather.sandbox.urls.api}/v1/snap"
    weather.ok("POST", gateway, {"name": "lib-snap", "private": True, "type": "app"})
    shown = weather.ok("GET", f"{gateway}/lib-snap")["metadata"]

    assert (shown["type"], shown["private"]) == ("app", True)
    assert weather.refused("POST", gateway, {"name": "x" * 41}) == (400, "api-error")
    assert weather.refused("POST", gateway, {"name": "x", "type": "charm"}) == (400, "api-error")
    assert weather.refused("POST", gateway, {"name": "lib-snap"}) == (409, "already-owned")
    stranger = weather.sandbox.issue_snap_macaroons(other)
    taken = weather.refused("POST", gateway, {"name": "lib-snap"}, credentials=stranger)
    assert taken == (409, "already-registered")
    assert weather.refused("GET", f"{gateway}/lib-snap", credentials=stranger)[0] == 404


def test_the_gateway_shows_what_the_dashboard_knows(weather: Any) -> None:
    """The brand store that a snap is in, and the icon that was set there."""
    sandbox = weather.sandbox
    sandbox.add_brand_store("acme-id", "Acme Brand", {sandbox.account: ["view"]})
    sandbox.add_snap("acme-snap", sandbox.account, store="acme-id")
    sandbox.edit_snap_media("acme-snap", ("icon", "icon.png", b"\x89PNG\r\n\x1a\n"))
    gateway = f"{sandbox.urls.api}/v1/snap"
    shown = {item["name"]: item for item in weather.ok("GET", gateway)["results"]}

    assert (shown["weather-widget"]["store"], shown["weather-widget"]["media"]) == ("ubuntu", [])
    assert shown["acme-snap"]["store"] == "acme-id"
    (icon,) = weather.ok("GET", f"{gateway}/acme-snap")["metadata"]["media"]
    assert icon["type"] == "icon"
    assert weather.call("GET", icon["url"], headers={}).content.startswith(b"\x89PNG")


def test_the_gateway_makes_tracks_and_collaborators_of_snaps(weather: Any, other: Any) -> None:
    """Guardrails hold; whoever accepts an invitation may work on the snap."""
    gateway = f"{weather.sandbox.urls.api}/v1/snap"
    owner = weather.sandbox.account
    weather.sandbox.add_snap("lib-snap", owner, guardrails=[r"\d\.x"])
    made = weather.ok("POST", f"{gateway}/lib-snap/tracks", [{"name": "2.x"}])
    invites = f"{gateway}/lib-snap/collaborators/invites"
    token = weather.ok("POST", invites, {"invites": [{"email": other.email}]})["tokens"][0]["token"]
    sam = weather.sandbox.issue_snap_macaroons(other)
    info = "/dev/api/snaps/info/lib-snap"

    assert made == {"num-tracks-created": 1}
    assert weather.refused("POST", f"{gateway}/lib-snap/tracks", [{"name": "latest"}])[0] == 400
    assert weather.refused("GET", info, credentials=sam) == (403, "resource-forbidden")
    accepted = weather.call("POST", f"{invites}/accept", {"token": token}, credentials=sam)
    assert accepted.status_code == 204
    assert weather.ok("GET", info, credentials=sam)["snap_name"] == "lib-snap"
    (row,) = weather.ok("GET", f"{gateway}/lib-snap/collaborators")["collaborators"]
    assert row["account"]["username"] == "sam-example"
