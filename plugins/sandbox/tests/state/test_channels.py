"""The channel grammar of the store."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from craft_store_sandbox.state.channels import RISKS, Channel, channel_allowed, parse_channel

NAMES = st.from_regex(r"[A-Za-z0-9]([._-]?[A-Za-z0-9]){0,10}", fullmatch=True).filter(
    lambda name: name.lower() not in RISKS
)
CHANNELS = st.builds(Channel, NAMES, st.sampled_from(RISKS), st.one_of(st.just(""), NAMES))


@given(CHANNELS)
def test_full_names_read_back(channel: Channel) -> None:
    """A channel spelled out is that channel, whatever the default track."""
    assert parse_channel(str(channel), "other") == channel


@given(st.text(max_size=30))
def test_any_text_is_a_channel_or_a_value_error(text: str) -> None:
    """And what is accepted has a stable full name."""
    try:
        channel = parse_channel(text, "latest")
    except ValueError:
        return
    assert parse_channel(str(channel), "other") == channel


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("edge", "latest/edge"),
        ("EDGE", "latest/edge"),
        ("edge/Fix-1", "latest/edge/Fix-1"),
        ("2.0/Beta", "2.0/beta"),
        ("2.0/beta/x", "2.0/beta/x"),
        ("stable/edge", "latest/stable/edge"),
    ],
)
def test_short_names_are_completed(text: str, expected: str) -> None:
    """In two parts, a first part that is a risk makes the second a branch."""
    assert str(parse_channel(text, "latest")) == expected


@pytest.mark.parametrize(
    "text",
    ["", "/", "edge/", "/edge", "x", "x/y", "a/edge/", "/edge/x", "a/b/c", "a/edge/b/c", "é/edge"],
)
def test_other_texts_are_no_channels(text: str) -> None:
    """The message quotes the text."""
    with pytest.raises(ValueError, match="Invalid channel name"):
        parse_channel(text, "latest")


def test_empty_channels_fall_back() -> None:
    """To the next safer risk of the track; a branch to its risk; stable to nothing."""
    assert Channel("1", "edge").fallback == "1/beta"
    assert Channel("1", "edge", "x").fallback == "1/edge"
    assert Channel("1", "stable").fallback is None


@pytest.mark.parametrize(
    ("pattern", "allowed"),
    [("edge", True), ("*/edge", True), ("1.0/*", False), ("latest/e*", True), ("beta", False)],
)
def test_patterns_reach_channels(pattern: str, allowed: bool) -> None:
    """Shell-style, on full names."""
    assert channel_allowed(Channel("latest", "edge"), [pattern], "latest") is allowed
