"""The snap side's state: many clients at once, restarts, and what tests do to it past the API."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from craft_store_sandbox import Fault, SnapMacaroons

if TYPE_CHECKING:
    from pathlib import Path

MAP = "/api/v2/snaps/weather-widget/channel-map"
WHOAMI = "/api/v2/tokens/whoami"


def test_uploads_at_the_same_time_get_numbers_of_their_own(weather: Any, plain_snap: Any) -> None:
    """And each release is in the log."""
    with ThreadPoolExecutor(6) as pool:
        contents = [plain_snap(version=str(number)) for number in range(12)]
        answers = list(pool.map(lambda item: weather.push(item, channels=["edge"]), contents))
    history = weather.ok("GET", "/api/v2/snaps/weather-widget/releases")

    assert sorted(answer["revision"] for answer in answers) == list(range(1, 13))
    assert len(history["releases"]) == 12


def test_the_same_content_at_the_same_time_is_one_revision(weather: Any, plain_snap: Any) -> None:
    """Whoever comes second is told so."""
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(weather.push, [plain_snap()] * 4))

    assert sorted(answer["code"] for answer in answers) == [
        "processing_error", "processing_error", "processing_error", "ready_to_release",
    ]  # fmt: skip


def test_a_restart_finds_everything(
    sandbox_factory: Any, snap_client: Any, plain_snap: Any, tmp_path: Path
) -> None:
    """Credentials, snaps, revisions, releases; also of an upload that nobody polled."""
    with socket.create_server(("127.0.0.1", 0)) as chosen:
        port = chosen.getsockname()[1]
    first = sandbox_factory(tmp_path / "state", port=port)
    client = snap_client(first)
    first.snaps.plain_yaml = True
    first.add_snap("weather-widget", first.account)
    client.push(plain_snap(), channels=["edge"])
    body = {"name": "weather-widget", "series": "16", "channels": ["beta"]}
    body["updown_id"] = client.upload(plain_snap(version="2"))
    client.ok("POST", "/dev/api/snap-push/", body)
    first.close()
    client.sandbox = sandbox_factory(tmp_path / "state", port=port)
    client.sandbox.clock.advance(60)

    rows = client.ok("GET", MAP)["channel-map"]
    assert {(row["channel"], row["revision"]) for row in rows} == {
        ("latest/edge", 1), ("latest/beta", 2),
    }  # fmt: skip


def test_the_second_factor_is_switched(dashboard: Any) -> None:
    """Off and on, with a new secret."""
    sandbox = dashboard.sandbox
    root = sandbox.issue_dashboard_root()
    off = sandbox.set_two_factor(sandbox.account, on=False)
    without = dashboard.discharge(root, otp=None)
    on = sandbox.set_two_factor(sandbox.account, on=True)

    assert (off.totp_secret, without.status_code) == (None, 200)
    assert dashboard.discharge(root, otp=None).json()["code"] == "TWOFACTOR_REQUIRED"
    assert dashboard.discharge(root).json()["code"] == "TWOFACTOR_FAILURE"
    assert dashboard.discharge(root, otp=on.one_time_password()).status_code == 200


def test_refusals_of_single_sign_on_can_be_chosen(dashboard: Any) -> None:
    """In both vocabularies; and any document for any path."""
    faults = dashboard.sandbox.faults
    faults.add(Fault.single_sign_on(403, "CAPTCHA_FAILURE", "Prove that you are one"))
    refused = dashboard.discharge(dashboard.sandbox.issue_dashboard_root())
    faults.add(Fault.json(429, {"retry_after": 3}, Retry_After="3"))
    limited = dashboard.call("GET", WHOAMI)

    assert (refused.status_code, refused.json()["code"]) == (403, "CAPTCHA_FAILURE")
    assert refused.json()["error_list"][0]["code"] == "captcha-failure"
    assert (limited.status_code, limited.json()) == (429, {"retry_after": 3})
    assert limited.headers["retry-after"] == "3"


def test_tracks_are_added_without_a_guardrail(weather: Any, plain_snap: Any) -> None:
    """With the pattern that their versions have."""
    weather.sandbox.add_track("weather-widget", "3.x", version_pattern=r"3\..*")
    weather.push(plain_snap(), channels=["3.x/edge"])
    answer = weather.ok("GET", MAP)

    assert answer["channel-map"][0]["channel"] == "3.x/edge"
    assert answer["snap"]["tracks"][-1]["version-pattern"] == r"3\..*"


def test_tracks_and_guardrails_are_of_charms_and_of_snaps(weather: Any) -> None:
    """Whichever has the name; where both have it, the call says which."""
    sandbox = weather.sandbox
    sandbox.add_guardrail("weather-widget", r"[0-9]\.y")
    sandbox.remove_track("weather-widget", "2.x")

    def tracks(namespace: str) -> set[str]:
        answer = weather.ok("GET", f"/v1/{namespace}/weather-widget")
        return {track["name"] for track in answer["metadata"]["tracks"]}

    weather.ok("POST", "/v1/snap/weather-widget/tracks", [{"name": "3.y"}])
    assert tracks("snap") == {"latest", "3.y"}
    sandbox.add_package("weather-widget", sandbox.account)
    with pytest.raises(ValueError, match="namespace="):
        sandbox.add_track("weather-widget", "5.x")
    sandbox.add_track("weather-widget", "5.x", namespace="charm")
    sandbox.remove_track("weather-widget", "3.y", namespace="snap")
    assert (tracks("charm"), tracks("snap")) == ({"latest", "5.x"}, {"latest"})


def test_tokens_of_the_python_api_work_at_the_dashboard(weather: Any) -> None:
    """Names and ids of snaps limit them; those of charms reach no snap; they end."""
    sandbox = weather.sandbox
    snap_id = weather.ok("GET", "/dev/api/snaps/info/weather-widget")["snap_id"]

    def packages(**item: str) -> Any:
        token = sandbox.issue_token(sandbox.account, packages=[item], ttl=60)
        return weather.ok("GET", WHOAMI, headers={"Authorization": f"Bearer {token}"})["packages"]

    assert packages(type="snap", name="weather-widget") == [snap_id]
    assert packages(type="snap", id=snap_id) == [snap_id]
    assert packages(type="charm", name="weather-widget") == []
    assert packages(type="snap", name="no-such") == []
    token = sandbox.issue_token(sandbox.account, ttl=60)
    headers = {"Authorization": f"Macaroon {token}"}
    sandbox.clock.advance(61)
    assert weather.refused("GET", WHOAMI, headers=headers) == (401, "macaroon-permission-required")


def test_bodies_have_limits(dashboard: Any) -> None:
    """Too large, and nested too deeply."""
    for data in (b" " * ((4 << 20) + 1), b"[" * 200_000):
        answer = dashboard.call("POST", "/dev/api/acl/", headers={}, data=data)
        assert (answer.status_code, answer.json()["error_list"][0]["code"]) == (
            400, "invalid-request",
        )  # fmt: skip


def test_calls_about_unknown_snaps_say_so(sandbox_store: Any) -> None:
    """A ValueError each."""
    missing = pytest.raises(ValueError, match="The snap 'nothing' does not exist")
    with missing:
        sandbox_store.edit_snap("nothing", title="x")
    with missing:
        sandbox_store.set_snap_status("nothing", "Revoked")
    with missing:
        sandbox_store.issue_snap_macaroons(sandbox_store.account, packages=["nothing"])


def test_credentials_are_a_pair(sandbox_store: Any) -> None:
    """A public class, with the secrets out of its representation."""
    pair = sandbox_store.issue_snap_macaroons(sandbox_store.account)

    assert isinstance(pair, SnapMacaroons)
    assert pair.authorization.startswith(f"Macaroon root={pair.root}, discharge=")
    assert repr(pair) == "SnapMacaroons()"
