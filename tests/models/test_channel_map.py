"""The channel map: rows per channel and base, fallback, and rows that other clients trip over."""

from __future__ import annotations

from craft_store_core.channels import Channel
from craft_store_core.models import (
    Base,
    ChannelInfo,
    ChannelMap,
    Release,
    Revision,
    read_listing,
)

AMD64 = Base("ubuntu", "22.04", "amd64")
ARM64 = Base("ubuntu", "22.04", "arm64")


def row(channel: str, revision: int, base: Base | None = AMD64) -> dict[str, object]:
    return {
        "channel": channel,
        "revision": revision,
        "base": None if base is None else base.to_json(),
        "when": "2026-03-01T09:15:02Z",
    }


def info(name: str, fallback: str | None) -> dict[str, object]:
    return {"name": name, "fallback": fallback}


RISKS = [
    info("latest/stable", None),
    info("latest/candidate", "latest/stable"),
    info("latest/beta", "latest/candidate"),
    info("latest/edge", "latest/beta"),
]


def channel_map(
    rows: list[dict[str, object]], channels: list[dict[str, object]] | None = None
) -> ChannelMap:
    return ChannelMap(
        rows=read_listing(Release, rows),
        channels=read_listing(ChannelInfo, RISKS if channels is None else channels),
        revisions=read_listing(Revision, [{"revision": r["revision"]} for r in rows]),
    )


def number(found: Release | None) -> int | None:
    return None if found is None else found.revision


def test_one_channel_can_hold_several_revisions() -> None:
    """Builds for each architecture are released to one channel; no row hides another."""
    releases = channel_map([row("latest/edge", 7), row("latest/edge", 8, ARM64)])
    edge = Channel.parse("edge")
    assert [found.revision for found in releases.at(edge)] == [7, 8]
    assert number(releases.effective(edge, AMD64)) == 7
    assert number(releases.effective(edge, ARM64)) == 8


def test_a_closed_channel_falls_back_for_each_base() -> None:
    """What installers get is looked for in the next safer channel, base by base."""
    releases = channel_map([row("latest/stable", 1), row("latest/beta", 2, ARM64)])
    edge = Channel.parse("edge")
    assert releases.at(edge) == ()
    assert number(releases.effective(edge, AMD64)) == 1
    assert number(releases.effective(edge, ARM64)) == 2
    assert releases.effective(Channel.parse("stable"), ARM64) is None


def test_a_branch_falls_back_to_where_the_store_says() -> None:
    """Mostly to its risk; the store has the last word."""
    rows = [row("latest/stable", 1), row("latest/edge", 2)]
    branch = Channel.parse("edge/fix")
    to_risk = channel_map(rows, [*RISKS, info("latest/edge/fix", "latest/edge")])
    to_stable = channel_map(rows, [*RISKS, info("latest/edge/fix", "latest/stable")])
    assert number(to_risk.effective(branch, AMD64)) == 2
    assert number(to_stable.effective(branch, AMD64)) == 1


def test_channels_that_the_store_does_not_list_fall_back_by_the_rules() -> None:
    """Rows of tracks that were removed are still there and still found."""
    releases = channel_map([row("gone/stable", 5)])
    assert number(releases.effective(Channel.parse("gone/edge/fix"), AMD64)) == 5
    assert releases.effective(Channel.parse("other/edge"), AMD64) is None


def test_a_circle_of_fallbacks_ends() -> None:
    """Wrong data of a store cannot hang the client."""
    releases = channel_map(
        [], [info("latest/edge", "latest/beta"), info("latest/beta", "latest/edge")]
    )
    assert releases.effective(Channel.parse("edge"), AMD64) is None


def test_bundles_have_no_base() -> None:
    """Their rows are found without one."""
    releases = channel_map([row("latest/edge", 3, None)])
    assert number(releases.effective(Channel.parse("edge"), None)) == 3
    assert releases.effective(Channel.parse("edge"), AMD64) is None


def test_channels_are_listed_once() -> None:
    """The store repeats branches at times."""
    twice = info("latest/edge/fix", "latest/edge")
    releases = channel_map([], [*RISKS, twice, twice])
    assert [str(found.channel) for found in releases.channels].count("latest/edge/fix") == 1
    assert len(releases.channels) == 5


def test_revisions_are_found_by_number() -> None:
    """A row may name one whose details are missing."""
    releases = channel_map([row("latest/edge", 7)])
    assert releases.revision(7) == Revision(7)
    assert releases.revision(8) is None


def test_nothing_released_is_an_empty_map() -> None:
    """A map can be made without anything."""
    empty = ChannelMap()
    assert empty.at(Channel.parse("edge")) == ()
    assert empty.effective(Channel.parse("edge"), AMD64) is None
    assert empty.to_json() == {"channel-map": [], "package": {"channels": []}, "revisions": []}


def test_the_map_is_written_in_the_shape_of_the_store() -> None:
    """With the wire's own names for what the models call otherwise."""
    written = channel_map([row("latest/edge/fix", 7)]).to_json()
    assert written["channel-map"][0]["channel"] == "latest/edge/fix"
    assert written["channel-map"][0]["expiration-date"] is None
    assert written["package"]["channels"][1] == info("latest/candidate", "latest/stable")
    assert written["revisions"][0]["revision"] == 7
