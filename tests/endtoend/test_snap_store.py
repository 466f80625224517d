"""A snap from the login to a channel map, at a Snap Store on real sockets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from craft_store_core.channels import Channel
from craft_store_core.models import ReleaseRequest, TrackRequest
from craft_store_core.publishing import Publication, PublishRequest
from craft_store_core.stores.reviews import Polling
from craft_store_snapstore import SnapStoreEndpoints

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from craft_store_core.stores.client import StoreClient

QUICK = Polling(timeout=30, first=0.01, longest=0.05)
REFRESH = "/api/v2/tokens/refresh"
STABLE, CANDIDATE = Channel.parse("latest/stable"), Channel.parse("latest/candidate")
BETA, EDGE = Channel.parse("latest/beta"), Channel.parse("latest/edge")
BRANCH, TRACK = Channel.parse("latest/edge/fix-17"), Channel.parse("2.x/stable")


def publish(client: StoreClient, file: Path, *channels: str, **components: Path) -> int:
    request = PublishRequest(file, channels, components=components)
    with Publication(client, request, polling=QUICK) as publication:
        publication.check()
        revision = publication.run().artifact.revision
    assert revision is not None
    return revision


def places(client: StoreClient) -> set[tuple[str, str, int, float | None]]:
    rows = client.list_releases("weather-widget").rows
    assert not rows.unreadable
    return {
        (str(row.channel), row.base.architecture, row.revision, row.progressive.percentage)
        for row in rows
        if row.base is not None
    }


def test_from_the_login_to_a_channel_map(
    jo: Any, snap: Callable[..., Path], component: Path
) -> None:
    """Names, two architectures, a component, branch, track, roll-out, promotion and closing.

    In the middle the discharge goes stale, which costs one renewal and no work.
    """
    client = jo.connect()
    client.login(
        jo.login_request(
            client,
            email=jo.sandbox.account.email,
            password=jo.sandbox.password,
            otp=jo.sandbox.account.one_time_password(),
        )
    )
    assert client.whoami().account.username == "jo-example"
    store = client.endpoints
    assert isinstance(store, SnapStoreEndpoints)
    assert client.register_name("weather-next") == store.snap_id("weather-next")
    assert client.create_tracks("weather-widget", [TrackRequest("2.x")]) == 1

    with_maps = snap("1.snap", components={"maps": {"type": "standard"}})
    amd = publish(client, with_maps, "edge", maps=component)
    arm = publish(client, snap("2.snap", architectures=["arm64"]), "edge")
    assert (amd, arm) == (1, 2)

    before = client.authenticator.authorization()
    jo.sandbox.force_refresh()
    newer = publish(client, snap("3.snap", version="1.6"), "candidate")
    assert jo.sent(REFRESH) == 1
    assert before != client.authenticator.authorization()

    client.release("weather-widget", [ReleaseRequest(BRANCH, newer), ReleaseRequest(TRACK, arm)])
    assert store.promote("weather-widget", "edge", "stable") == {"amd64": amd, "arm64": arm}
    client.release("weather-widget", [ReleaseRequest(STABLE, newer, percentage=20.0)])
    client.release("weather-widget", [ReleaseRequest(BETA, amd)])
    closed = client.release("weather-widget", [ReleaseRequest(BETA, None)])

    assert [result.confirmed for result in closed] == [True]
    assert places(client) == {
        ("latest/stable", "amd64", amd, None),
        ("latest/stable", "amd64", newer, 20.0),
        ("latest/stable", "arm64", arm, None),
        ("latest/candidate", "amd64", newer, None),
        ("latest/edge", "amd64", amd, None),
        ("latest/edge", "arm64", arm, None),
        ("latest/edge/fix-17", "amd64", newer, None),
        ("2.x/stable", "arm64", arm, None),
    }
    found = client.list_releases("weather-widget")
    assert found.at(BRANCH)[0].expires_at is not None
    assert found.at(EDGE)[0].expires_at is None
    assert [(row.revision, row.version) for row in client.list_revisions("weather-widget")] == [
        (amd, "1.5"),
        (arm, "1.5"),
        (newer, "1.6"),
    ]
    assert {row.name for row in client.list_names()} == {"weather-next", "weather-widget"}
    assert jo.sent(REFRESH) == 1


def percentage(row: Mapping[str, Any]) -> Any:
    return row.get("progressive", {}).get("percentage")


@pytest.mark.parametrize("signal", ["header", "code", "text"])
def test_renewal_on_each_signal(jo: Any, signal: str) -> None:
    """Whichever way the store says that the discharge is stale."""
    client = jo.connect()
    code = jo.sandbox.account.one_time_password()
    client.login(
        jo.login_request(
            client, email=jo.sandbox.account.email, password=jo.sandbox.password, otp=code
        )
    )
    jo.sandbox.snaps.refresh_signal = signal
    jo.sandbox.force_refresh()

    assert [row.name for row in client.list_names()] == ["weather-widget"]
    assert jo.sent(REFRESH) == 1


def test_with_the_program(logged_in: Any, snap: Callable[..., Path], component: Path) -> None:
    """The same by commands; what one process renews is what the next one uses."""
    jo = logged_in
    assert jo.ok("whoami")["account"]["username"] == "jo-example"
    first = snap("1.snap", components={"maps": {"type": "standard"}})
    jo.ok("upload", first, "--component", f"maps={component}", "--release", "edge")

    jo.sandbox.force_refresh()
    jo.ok("upload", snap("2.snap", architectures=["arm64"]), "--release", "edge")
    assert jo.sent(REFRESH) == 1
    jo.ok("upload", snap("3.snap", version="1.6"), "--release", "edge/fix-17")
    jo.ok("promote-snap", "weather-widget", "--from", "edge", "--to", "stable", "--yes")
    jo.ok("release", "weather-widget", 3, "stable", "--progressive", 20)
    jo.ok("release", "weather-widget", 1, "beta")
    jo.ok("close", "weather-widget", "beta", "--yes")

    status = jo.ok("status", "weather-widget")
    assert jo.sent(REFRESH) == 1
    rows = {
        (row["channel"], row["base"]["architecture"], row["revision"], percentage(row))
        for row in status["channel-map"]
    }
    assert rows == {
        ("latest/stable", "amd64", 1, None),
        ("latest/stable", "amd64", 3, 20.0),
        ("latest/stable", "arm64", 2, None),
        ("latest/edge", "amd64", 1, None),
        ("latest/edge", "arm64", 2, None),
        ("latest/edge/fix-17", "amd64", 3, None),
    }
