"""What a person sees of tables: on terminals of any width, in any alphabet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from rich.cells import cell_len

from craft_store_core.channels import Channel
from craft_store_core.cli.status import Status
from craft_store_core.models import Base, ChannelMap, Listing, Release

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TITLE = "北京東京 🚀 charm"


@pytest.fixture
def released(logged_in: Any, sandbox_store: Any, tmp_path: Path) -> Any:
    """``acme-web`` with a revision for two architectures, in two tracks and a branch."""
    from craft_store_sandbox import build_charm

    bases = [{"name": "ubuntu", "channel": "22.04", "architectures": ["amd64", "arm64"]}]
    logged_in.ok("register", "acme-web")
    sandbox_store.add_guardrail("acme-web", r"[0-9]+\.[0-9]+")
    logged_in.ok("create-track", "acme-web", "2.0", "10.1")
    charm = build_charm(tmp_path, bases=bases, files={"version": "1-京🚀"})
    channels = ("latest/stable", "latest/edge/fix", "2.0/candidate", "10.1/edge")
    options = [option for channel in channels for option in ("--channel", channel)]
    logged_in.ok("publish", charm, *options)
    logged_in.ok("release", "acme-web", 1, "latest/beta")
    logged_in.ok("close", "acme-web", "latest/beta", "--yes")
    return logged_in


def test_a_channel_map_is_read_at_a_glance(released: Any, on_terminal: Any) -> None:
    """Tracks as people count, each said once; risks in order; inherited and closed ones marked."""
    del released
    code, shown = on_terminal("status", "acme-web", columns=100).end()
    assert code == 0
    heading, *lines = shown.splitlines()
    assert heading.split() == [
        "Track", "Base", "Channel", "Version", "Revision", "Resources", "Expires"
    ]  # fmt: skip
    starts = [line[: heading.index("Channel")].split() for line in lines]
    assert [words for words in starts if words] == [
        ["latest", "ubuntu@22.04:amd64"],
        ["ubuntu@22.04:arm64"],
        ["2.0", "ubuntu@22.04:amd64"],
        ["ubuntu@22.04:arm64"],
        ["10.1", "ubuntu@22.04:amd64"],
        ["ubuntu@22.04:arm64"],
    ]
    rows = [line[heading.index("Channel") :].split() for line in lines]
    assert [row[:3] for row in rows[:5]] == [
        ["stable", "1-京🚀", "1"],
        ["candidate", "↑", "↑"],
        ["beta", "↑", "↑"],
        ["edge", "↑", "↑"],
        ["edge/fix", "1-京🚀", "1"],
    ]
    assert rows[4][-1].startswith("2026-")
    assert [row[:2] for row in rows[10:14]] == [
        ["stable", "-"],
        ["candidate", "1-京🚀"],
        ["beta", "↑"],
        ["edge", "↑"],
    ]
    # Wide letters take two places: what follows them stands in its column all the same.
    places = {cell_len(line[: line.index("🚀") + 1]) for line in lines if "🚀" in line}
    assert len(places) == 1


def test_elsewhere_each_line_says_everything(released: Any) -> None:
    """What a program reads is one line per row, however long, with nothing left out."""
    lines = released.ok("status", "acme-web", COLUMNS="40").out.splitlines()[1:]
    assert {tuple(line.split()[:2]) for line in lines} == {
        (track, f"ubuntu@22.04:{name}")
        for track in ("latest", "2.0", "10.1")
        for name in ("amd64", "arm64")
    }


def test_on_a_narrow_terminal_no_word_is_broken(released: Any, on_terminal: Any) -> None:
    """Track and base stand above their channels, and what nobody has is left out."""
    del released
    code, shown = on_terminal("status", "acme-web", columns=40).end()
    assert code == 0
    assert max(map(cell_len, shown.splitlines())) <= 40
    first, second, *_ = shown.split("\n\n")
    assert [line.split() for line in first.splitlines()] == [
        ["latest", "ubuntu@22.04:amd64"],
        ["Channel", "Version", "Revision", "Expires"],
        ["stable", "1-京🚀", "1", "-"],
        ["candidate", "↑", "↑", "-"],
        ["beta", "↑", "↑", "-"],
        ["edge", "↑", "↑", "-"],
        ["edge/fix", "1-京🚀", "1", first.split()[-1]],
    ]
    assert second.startswith("latest  ubuntu@22.04:arm64\n")
    # Who sets the variable wants it, whatever the terminal says.
    assert on_terminal("status", "acme-web", columns=100, COLUMNS="40").end()[1] == shown


def test_without_room_for_columns_each_row_is_a_paragraph(released: Any, on_terminal: Any) -> None:
    """Every cell has its heading."""
    del released
    _, shown = on_terminal("revisions", "acme-web", columns=30).end()
    names = [line.partition(":")[0] for line in shown.splitlines()]
    assert names[:3] == ["Revision", "Version", "Created"]
    assert "Version: 1-京🚀" in shown


def test_what_needs_no_headings_has_none(logged_in: Any, on_terminal: Any) -> None:
    """Nor an empty line in their place; on a narrow terminal names and values follow each other."""
    first, *_ = logged_in.ok("whoami").out.splitlines()
    assert first.split() == ["account", "jo-example"]
    _, shown = on_terminal("whoami", columns=20).end()
    assert shown.splitlines()[:3] == ["account", "jo-example", ""]


def test_long_cells_are_wrapped_between_words(logged_in: Any, on_terminal: Any) -> None:
    """And nothing of them is lost; what looks like markup or a picture's name is text."""
    logged_in.ok("register", "acme-web")
    words = f"{TITLE} [bold]not bold[/bold] :rocket: " + " ".join(f"word{n}" for n in range(20))
    logged_in.ok("metadata", "set", "acme-web", "--title", TITLE, "--summary", words)
    _, shown = on_terminal("metadata", "get", "acme-web", columns=40).end()
    assert max(map(cell_len, shown.splitlines())) <= 40
    text = " ".join(shown.split())
    assert f"title {TITLE}" in text
    assert f"summary {words}" in text


def test_style_is_for_terminals_that_want_it(
    logged_in: Any, on_terminal: Any, without_styles: Any
) -> None:
    """Bold and red on a terminal, nothing with NO_COLOR, on a dumb one, or elsewhere."""
    logged_in.ok("register", "acme-web")
    for arguments in (("names",), ("status", "no-such-name")):
        _, styled = on_terminal(*arguments, NO_COLOR="").end()
        assert "\x1b[" in styled
        _, plain = on_terminal(*arguments, NO_COLOR="1").end()
        assert "\x1b" not in plain
        _, dumb = on_terminal(*arguments, NO_COLOR="", TERM="dumb").end()
        assert "\x1b" not in dumb
        elsewhere = logged_in.run(*arguments, NO_COLOR="", FORCE_COLOR="")
        assert "\x1b" not in elsewhere.out + elsewhere.err
        assert without_styles(styled).split()[:3] == plain.split()[:3]


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1"])
def test_letters_that_the_output_does_not_have(released: Any, encoding: str) -> None:
    """Text shows their numbers, JSON escapes them: the command has done its work all the same."""
    shown = released.ok("revisions", "acme-web", PYTHONIOENCODING=encoding).out
    assert "1-" in shown
    (revision,) = released.ok(
        "revisions", "acme-web", "--format", "json", PYTHONIOENCODING=encoding
    ).result
    assert revision["version"] == "1-京🚀"
    released.ok("status", "acme-web", PYTHONIOENCODING=encoding)


def test_a_progressive_release_has_a_row_of_its_own(
    at_sandbox: Any, sandbox_store: Any, tmp_path: Path
) -> None:
    """Beside what most have stands what some are getting, with their percentage."""
    from craft_store_sandbox import build_snap

    sandbox_store.add_snap("weather-widget", sandbox_store.account)
    at_sandbox.environment["CRAFT_STORE_STORE"] = "sandbox-snap"
    at_sandbox.environment["CRAFT_STORE_CREDENTIALS"] = sandbox_store.issue_snap_macaroons(
        sandbox_store.account
    ).exported
    for version in ("1.0", "1.1"):
        at_sandbox.ok("upload", build_snap(tmp_path, version=version))
    at_sandbox.ok("release", "weather-widget", 1, "stable")
    at_sandbox.ok("release", "weather-widget", 2, "stable", "--progressive", 25)
    lines = at_sandbox.ok("status", "weather-widget").out.splitlines()[1:]
    assert [line.split()[:6] for line in lines[:2]] == [
        ["latest", "amd64", "stable", "1.0", "1", "-"],
        ["latest", "amd64", "stable", "(25", "%)", "1.1"],
    ]
    assert [line.split()[2:5] for line in lines[2:]] == [
        [risk, "↑", "↑"] for risk in ("candidate", "beta", "edge")
    ]


def test_tracks_are_in_the_order_of_numbers() -> None:
    """The default track first; names of any form can be compared."""
    base = Base("ubuntu", "22.04", "amd64")
    tracks = ("10.1", "2.0", "b", "2.0a", "latest", "2", "a1")
    rows = [Release(Channel.parse(f"{track}/stable"), 1, base) for track in tracks]
    table = Status.of("acme-web", ChannelMap(rows=Listing(rows))).table()
    shown = dict.fromkeys(row[0] for row in table.rows)
    assert list(shown) == ["latest", "a1", "b", "2", "2.0", "2.0a", "10.1"]


class CountedListing(Listing[Release]):
    """Counts how often its rows are read."""

    passes = 0

    def __iter__(self) -> Iterator[Release]:
        self.passes += 1
        return super().__iter__()


def test_a_channel_map_is_read_once() -> None:
    """However many tracks and bases there are, so that the time grows with the rows alone."""
    bases = [Base("ubuntu", "22.04", name) for name in ("amd64", "arm64")]
    rows = CountedListing(
        Release(Channel.parse(f"{track}.0/stable"), 1, base)
        for track in range(50)
        for base in bases
    )
    table = Status.of("acme-web", ChannelMap(rows=rows)).table()
    assert len(list(table.rows)) == 50 * 2 * 4
    assert rows.passes == 1
