"""A snap at an Enterprise Store that the user's configuration file names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from craft_store_core.channels import Channel
from craft_store_core.errors import ExitCode
from craft_store_core.models import ReleaseRequest
from craft_store_core.publishing import Publication, PublishRequest
from craft_store_core.stores.reviews import Polling

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ADMIN = "SNAPCRAFT_ADMIN_MACAROON"
QUICK = Polling(timeout=30, first=0.01, longest=0.05)
REVIEW = "/publishergw/v1/snap/weather-widget/revisions/review"


@pytest.fixture
def administrator(publisher: Callable[..., Any]) -> Any:
    """Whoever runs the store; not logged in."""
    return publisher(on_prem=True)


def test_from_the_admin_macaroon_to_a_channel_map(
    administrator: Any, snap: Callable[..., Path]
) -> None:
    """Two architectures, a branch, a closed channel; the reviews are asked for until they end."""
    client = administrator.connect()
    macaroon = administrator.sandbox.issue_admin_macaroon(administrator.sandbox.account)
    client.login(administrator.login_request(client, **{"admin-macaroon": macaroon}))
    assert client.whoami().account.username == "jo-example"
    client.register_name("weather-widget")

    for number, architecture in enumerate(("amd64", "arm64"), start=1):
        file = snap(f"{number}.snap", architectures=[architecture])
        request = PublishRequest(file, ("edge", "beta"))
        with Publication(client, request, polling=QUICK) as publication:
            publication.check()
            assert publication.run().artifact.revision == number
    assert administrator.sent(REVIEW) >= 4

    edge, fix = Channel.parse("latest/edge"), Channel.parse("latest/edge/fix-17")
    client.release("weather-widget", [ReleaseRequest(fix, 1), ReleaseRequest(edge, None)])

    found = client.list_releases("weather-widget")
    assert {
        (str(row.channel), row.base.architecture, row.revision)
        for row in found.rows
        if row.base is not None
    } == {
        ("latest/beta", "amd64", 1),
        ("latest/beta", "arm64", 2),
        ("latest/edge/fix-17", "amd64", 1),
    }
    assert found.at(edge) == ()
    assert [row.revision for row in client.list_revisions("weather-widget")] == [1, 2]
    assert [row.name for row in client.list_names()] == ["weather-widget"]


def test_with_the_program(administrator: Any, snap: Callable[..., Path]) -> None:
    """By commands, from the variable that snapcraft reads, with a rerun and a rejected snap."""
    run = administrator
    macaroon = run.sandbox.issue_admin_macaroon(run.sandbox.account)
    run.ok("login", "--non-interactive", **{ADMIN: macaroon})
    assert run.ok("whoami")["account"]["username"] == "jo-example"
    run.ok("register", "weather-widget")
    file = snap()
    run.ok("upload", file, "--release", "edge", "--release", "beta")
    again = run.ok("upload", file)
    assert (again["revision"], again["status"]) == (1, "already-uploaded")
    run.ok("close", "weather-widget", "beta", "--yes")

    rows = run.ok("status", "weather-widget")["channel-map"]
    assert [(row["channel"], row["revision"]) for row in rows] == [("latest/edge", 1)]
    assert [row["name"] for row in run.ok("names")] == ["weather-widget"]

    refused = run.run("upload", snap("other.snap", name="other-snap"), "--name", "weather-widget")
    assert refused.code == ExitCode.REJECTED
    assert "other-snap" in refused.out
    assert len(run.ok("revisions", "weather-widget")) == 1


def test_what_such_a_store_does_not_have(
    administrator: Any, snap: Callable[..., Path], component: Path
) -> None:
    """Refused before anything is sent: tracks, components, parts of the installations, limits."""
    jo = administrator
    macaroon = jo.sandbox.issue_admin_macaroon(jo.sandbox.account)
    jo.ok("login", **{ADMIN: macaroon})
    jo.ok("register", "weather-widget")
    plain, with_maps = snap(), snap("parts.snap", components={"maps": {"type": "standard"}})
    jo.ok("upload", plain, "--release", "edge")
    jo.sandbox.forget_requests()
    commands: tuple[tuple[object, ...], ...] = (
        ("release", "weather-widget", 1, "beta", "--progressive", 20),
        ("create-track", "weather-widget", "2.x"),
        ("promote-snap", "weather-widget", "--from", "edge", "--to", "beta"),
        ("upload-metadata", plain),
        ("metrics", "weather-widget", "--metric", "daily_device_change"),
        ("keys",),
        ("collaborators", "list", "weather-widget"),
        ("validation-sets", "list"),
        ("login", "--force", "--channel", "edge"),
    )
    for command in commands:
        done = jo.run(*command, **{ADMIN: macaroon})
        assert done.code == ExitCode.USAGE, done
        assert not jo.sandbox.requests, command

    files = jo.sent("/unscanned-upload/")
    uploads: tuple[tuple[object, ...], ...] = (
        ("upload", snap("new.snap", version="2"), "--release", "2.x/edge"),
        ("upload", with_maps, "--component", f"maps={component}"),
    )
    for command in uploads:
        assert jo.run(*command).code == ExitCode.USAGE
    assert jo.sent("/unscanned-upload/") == files


@pytest.mark.parametrize("macaroon", ["nonsense", "MDAwZmxvY2F0aW9uIGEK"])
def test_a_macaroon_of_somebody_else(administrator: Any, macaroon: str) -> None:
    """Refused at the login; nothing is kept."""
    refused = administrator.run("login", "--non-interactive", **{ADMIN: macaroon})
    assert refused.code == ExitCode.AUTHENTICATION
    assert refused.error["message"]
    assert macaroon not in refused.out + refused.err

    assert administrator.run("whoami").error["code"] == "credentials-not-found"


def test_an_expired_macaroon(administrator: Any) -> None:
    """The store's reason is passed on."""
    sandbox = administrator.sandbox
    macaroon = sandbox.issue_admin_macaroon(sandbox.account, ttl=60)
    sandbox.clock.advance(120)

    refused = administrator.run("login", "--non-interactive", **{ADMIN: macaroon})
    assert refused.code == ExitCode.AUTHENTICATION
    assert "expired" in refused.out
