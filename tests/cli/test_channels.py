"""Commands about channels, tracks and names, beside those that publish."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from craft_store_core.channels import Channel
from craft_store_core.cli.diff import differences
from craft_store_core.cli.promote import promotions
from craft_store_core.models import Base, ChannelMap, Listing, Release, ResourcePin

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def released(logged_in: Any, charm: Path, tmp_path: Path) -> Any:
    """Revision 1 of ``acme-web`` with revision 1 of ``model`` in ``latest/edge``."""
    (tmp_path / "model.bin").write_bytes(b"model")
    logged_in.ok("register", "acme-web")
    resource = f"model={tmp_path / 'model.bin'}"
    logged_in.ok("publish", charm, "--resource", resource, "--channel", "edge")
    return logged_in


def test_promote_takes_revision_and_resources_along(released: Any) -> None:
    """What edge has, stable has afterwards; then the two channels do not differ."""
    before = released.ok("diff", "acme-web", "edge", "stable", "--format", "json").result
    assert before["differences"] == [
        {
            "base": "ubuntu@22.04:amd64",
            "first": {"revision": 1, "resources": {"model": 1}},
            "second": None,
        }
    ]
    assert "revision 1: model (r1)" in released.ok("diff", "acme-web", "edge", "stable").out
    done = released.ok("promote", "acme-web", "--from", "edge", "--to", "stable", "--yes")
    assert "latest/edge -> latest/stable" in done.out
    after = released.ok("diff", "acme-web", "edge", "stable")
    assert after.out == ""
    assert "have the same" in after.err


def test_close_takes_the_rows_away(released: Any) -> None:
    """A closed channel has nothing of its own."""
    released.ok("close", "acme-web", "edge")
    assert released.ok("status", "acme-web", "--format", "json").result["channel-map"] == []
    assert "acme-web has no releases" in released.ok("status", "acme-web").err


@pytest.mark.parametrize(
    "arguments",
    [
        ("promote", "acme-web", "--from", "edge", "--to", "stable"),
        ("close", "acme-web", "stable"),
        ("unregister", "acme-web"),
    ],
)
def test_what_people_notice_needs_a_confirmation(released: Any, arguments: Any) -> None:
    """Without a terminal --yes is asked for, and nothing is changed."""
    done = released.run(*arguments)
    assert done.code == 2
    assert "--yes" in done.err
    rows = released.ok("status", "acme-web", "--format", "json").result["channel-map"]
    assert [row["channel"] for row in rows] == ["latest/edge"]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("promote", "acme-web", "--from", "edge", "--to", "latest/edge", "--yes"), "itself"),
        (
            ("promote", "acme-web", "--from", "beta", "--to", "stable", "--yes"),
            "no releases in latest/beta",
        ),
        (("promote", "acme-web", "--from", "odd", "--to", "stable"), "odd"),
        (("close", "acme-web", "9/edge"), "no track '9'"),
        (("create-track", "acme-web", "not a track"), "not a track"),
        (("create-track", "acme-web", "2.0", "--phasing", "101"), "--phasing"),
        (("api", "GET", "https://elsewhere.example/v1/x"), "elsewhere.example"),
        (("api", "GET", "//elsewhere.example/v1/x"), "elsewhere.example"),
        (("upload-status", "acme-web", " "), "upload id is empty"),
        (("release", "acme-web", "9" * 30, "edge"), "so great a number"),
        (("api", "POST", "/v1/charm", "--data", "{"), "not valid JSON"),
    ],
)
def test_what_is_refused(released: Any, arguments: Any, text: str) -> None:
    """Each is an error in words that names what is wrong."""
    done = released.run(*arguments)
    assert done.code in {1, 2, 5}, done
    assert text in done.err
    assert "Traceback" not in done.err


def test_tracks_are_created_listed_and_made_the_default(released: Any, sandbox_store: Any) -> None:
    """Tracks must match a guardrail; the default track completes channels."""
    assert "cannot create tracks" in released.ok("tracks", "acme-web").err
    refused = released.run("create-track", "acme-web", "2.0")
    assert refused.code == 1
    sandbox_store.add_guardrail("acme-web", r"[0-9]\.[0-9]")
    done = released.ok("create-track", "acme-web", "2.0", "2.0", "--format", "json")
    assert done.result == {"name": "acme-web", "tracks": ["2.0"], "created": 1}
    shown = released.ok("tracks", "acme-web")
    assert "2.0" in shown.out
    assert r"[0-9]\.[0-9]" in shown.err
    released.ok("set-default-track", "acme-web", "2.0")
    released.ok("release", "acme-web", 1, "edge")
    rows = released.ok("status", "acme-web", "--format", "json").result["channel-map"]
    assert {row["channel"] for row in rows} == {"latest/edge", "2.0/edge"}


def test_unregister_gives_a_name_back(logged_in: Any) -> None:
    """A name without revisions can be given back; one with revisions cannot."""
    logged_in.ok("register", "unused")
    logged_in.ok("unregister", "unused", "--yes")
    assert logged_in.ok("names", "--format", "json").result == []


def test_a_name_with_revisions_stays(released: Any) -> None:
    """The store refuses, and says why."""
    done = released.run("unregister", "acme-web", "--yes")
    assert done.code == 4
    assert "revisions" in done.err


def test_upload_status_goes_on_waiting(logged_in: Any, charm: Path) -> None:
    """What was uploaded without waiting is waited for later."""
    logged_in.ok("register", "acme-web")
    upload = logged_in.ok("upload", charm, "--no-wait", "--format", "json").result["upload-id"]
    now = logged_in.ok("upload-status", "acme-web", upload, "--no-wait", "--format", "json")
    assert now.result["upload-id"] == upload
    done = logged_in.ok("upload-status", "acme-web", upload)
    assert "approved, revision 1" in done.out
    unknown = logged_in.run("upload-status", "acme-web", "no-such-upload", "--no-wait")
    assert unknown.code == 5


def test_resource_revisions(released: Any) -> None:
    """Each revision of a resource with its digest."""
    (row,) = released.ok("resource-revisions", "acme-web", "model", "--format", "json").result
    assert row["revision"] == 1
    assert row["sha3-384"] in released.ok("resource-revisions", "acme-web", "model").out


def test_a_request_of_ones_own(logged_in: Any) -> None:
    """The credentials are sent to the store's API, the answer is printed."""
    done = logged_in.ok("api", "get", "/v1/tokens/whoami", "--format", "json")
    assert done.result["status"] == 200
    assert done.result["body"]["account"]["username"] == "jo-example"
    posted = logged_in.ok(
        "api", "POST", "/v1/charm", "--data", "-", stdin='{"name": "acme-web", "type": "charm"}'
    )
    assert '"id"' in posted.out


def test_promotions_keep_what_each_row_has() -> None:
    """One request per revision and set of resources, however many bases have it."""
    bases = [Base("ubuntu", "22.04", name) for name in ("amd64", "arm64", "s390x")]
    edge, stable = Channel.parse("edge"), Channel.parse("stable")
    rows = [
        Release(edge, 1, bases[0], (ResourcePin("model", 1, "file"),)),
        Release(edge, 1, bases[1], (ResourcePin("model", 1, "file"),)),
        Release(edge, 2, bases[2], (ResourcePin("model", 2, "file"),)),
    ]
    requests = promotions(rows, stable)
    assert [request.to_json() for request in requests] == [
        {
            "channel": "latest/stable",
            "revision": number,
            "resources": [{"name": "model", "revision": number}],
        }
        for number in (1, 2)
    ]


def test_differences_follow_what_channels_inherit() -> None:
    """A channel without a row of its own is compared by what it falls back to."""
    base = Base("ubuntu", "22.04", "amd64")
    releases = ChannelMap(rows=Listing([Release(Channel.parse("stable"), 1, base)]))
    stable, edge = Channel.parse("stable"), Channel.parse("edge")
    assert differences(releases, stable, edge) == []
