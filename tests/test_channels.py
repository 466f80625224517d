"""Channels: reading, writing, order, and texts that are none."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from craft_store_core.channels import Channel, Risk, names_track
from craft_store_core.errors import InvalidChannelError

PARTS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._+~-]{0,12}", fullmatch=True)
TRACKS = PARTS.filter(lambda part: part.lower() not in {risk.value for risk in Risk})
CHANNELS = st.builds(Channel, TRACKS, st.sampled_from(Risk), st.none() | PARTS)


@pytest.mark.parametrize(
    ("text", "full"),
    [
        ("edge", "latest/edge"),
        ("latest/edge", "latest/edge"),
        ("1.0/stable", "1.0/stable"),
        ("beta/fix-123", "latest/beta/fix-123"),
        ("2.0/candidate/fix_1", "2.0/candidate/fix_1"),
        ("EDGE", "latest/edge"),
        ("Stable/Hot-Fix", "latest/stable/Hot-Fix"),
        ("Track/Beta", "Track/beta"),
        ("stable/edge", "latest/stable/edge"),
    ],
)
def test_every_spelling_is_read(text: str, full: str) -> None:
    """Users and stores write channels in four ways; the full form names all that is there."""
    assert str(Channel.parse(text)) == full


def test_the_default_track_completes_a_channel_that_names_none() -> None:
    """A package may have another default track than latest."""
    assert str(Channel.parse("edge", "2.0")) == "2.0/edge"
    assert str(Channel.parse("edge/fix", "2.0")) == "2.0/edge/fix"
    assert str(Channel.parse("1.0/edge", "2.0")) == "1.0/edge"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "nightly",
        "latest",
        "latest/",
        "/edge",
        "edge/",
        "latest/nightly",
        "latest/edge/",
        "a/b/c",
        "latest/edge/fix/more",
        "edge\n",
        "latest/edge\n",
        "latest/edge/fix\n",
        "\nedge",
        " edge",
        "late st/edge",
        "*/edge",
        "-x/edge",
        "латест/edge",
        "edge/stable/fix",
    ],
)
def test_other_texts_are_refused_in_three_parts(text: str) -> None:
    """A wrong channel says what is wrong, why, and how channels are written."""
    with pytest.raises(InvalidChannelError) as caught:
        Channel.parse(text)
    assert repr(text) in caught.value.message
    assert caught.value.why
    assert caught.value.advice is not None
    assert "RISK" in caught.value.advice


@pytest.mark.parametrize("value", [None, 7, ["edge"], {"channel": "edge"}])
def test_what_is_no_text_is_refused(value: object) -> None:
    """JSON from a store may hold anything where a channel should be."""
    with pytest.raises(InvalidChannelError):
        Channel.parse(value)  # type: ignore[arg-type]  # what is tested


def test_parts_are_checked_also_without_parsing() -> None:
    """A channel that could not be read back cannot be made."""
    with pytest.raises(InvalidChannelError, match="is not a channel"):
        Channel("", Risk.EDGE)
    with pytest.raises(InvalidChannelError):
        Channel("latest", Risk.EDGE, "")
    with pytest.raises(InvalidChannelError):
        Channel("latest", "nightly")  # type: ignore[arg-type]  # what is tested
    with pytest.raises(InvalidChannelError, match="is not a channel"):
        Channel("Edge", Risk.STABLE)


def test_order_is_that_of_a_store_page() -> None:
    """The latest track comes first, the stable risk before the others, a risk before branches."""
    wanted = [
        "latest/stable",
        "latest/candidate",
        "latest/beta",
        "latest/edge",
        "latest/edge/a",
        "latest/edge/b",
        "1.0/stable",
        "1.0/edge/zzz",
        "2.0/stable",
    ]
    assert [str(c) for c in sorted(Channel.parse(text) for text in wanted[::-1])] == wanted


def test_risks_are_ordered_by_stability_and_not_by_alphabet() -> None:
    """Alphabetically beta would come before stable."""
    assert sorted([Risk.EDGE, Risk.BETA, Risk.STABLE, Risk.CANDIDATE]) == [
        Risk.STABLE,
        Risk.CANDIDATE,
        Risk.BETA,
        Risk.EDGE,
    ]
    assert Risk.STABLE < Risk.BETA <= Risk.EDGE
    assert Risk.EDGE > Risk.BETA >= Risk.BETA
    assert str(Risk.EDGE) == "edge"
    assert Risk.STABLE.safer is None
    assert Risk.EDGE.safer is Risk.BETA


def test_fallback_leads_to_the_risk_and_then_to_safer_ones() -> None:
    """Installers of a closed channel get what is in the next one of this chain."""
    chain = [Channel.parse("1.0/edge/fix")]
    while (after := chain[-1].fallback) is not None:
        chain.append(after)
    assert [str(channel) for channel in chain] == [
        "1.0/edge/fix",
        "1.0/edge",
        "1.0/beta",
        "1.0/candidate",
        "1.0/stable",
    ]


def test_another_track_keeps_the_rest() -> None:
    """A channel can be moved to another track."""
    assert Channel.parse("edge/fix").with_track("2.0") == Channel("2.0", Risk.EDGE, "fix")


@pytest.mark.parametrize(
    ("text", "names"),
    [("edge", False), ("EDGE/x", False), ("latest/edge", True), ("1.0/edge/x", True)],
)
def test_it_can_be_told_whether_a_text_names_its_track(text: str, names: bool) -> None:
    """Only a channel without a track depends on the package's default."""
    assert names_track(text) is names


def test_channels_compare_with_channels_only() -> None:
    """Comparing with a text is a mistake that must not pass silently."""
    channel = Channel.parse("edge")
    for compare in ("__lt__", "__le__", "__gt__", "__ge__"):
        assert getattr(channel, compare)("edge") is NotImplemented
        assert getattr(Risk.EDGE, compare)("stable") is NotImplemented


@given(CHANNELS)
def test_written_channels_are_read_back(channel: Channel) -> None:
    """Writing and reading loses nothing."""
    assert Channel.parse(str(channel)) == channel
    assert Channel.parse(str(channel), default_track="other") == channel


@given(st.lists(CHANNELS, min_size=3, max_size=3))
def test_order_is_total(channels: list[Channel]) -> None:
    """Of two channels exactly one comes first, or they are equal; and order is transitive."""
    for one, other in itertools.product(channels, repeat=2):
        assert (one < other) + (other < one) + (one == other) == 1
        assert (one <= other) == (one < other or one == other)
        assert (one > other) == (other < one)
        assert (one >= other) == (other <= one)
    first, second, third = sorted(channels)
    assert first <= second <= third
    assert first <= third


@given(
    st.text(max_size=40)
    | st.lists(st.sampled_from(["edge", "latest", "", "x", "\n"])).map("/".join)
)
def test_reading_never_fails_otherwise(text: str) -> None:
    """Whatever is typed, the outcome is a channel or the error that explains."""
    try:
        channel = Channel.parse(text)
    except InvalidChannelError:
        return
    assert Channel.parse(str(channel)) == channel
    assert str(channel).isprintable()
