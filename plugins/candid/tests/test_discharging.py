"""Looking into macaroons of the bakery."""

from __future__ import annotations

import json
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from craft_store_candid.discharging import expiry_of, read_root, username_of
from craft_store_core.errors import UnexpectedResponseError


def test_conditions_that_are_no_text_tell_nothing() -> None:
    """A name and an end are for people; a macaroon with odd caveats is used without them."""
    text = json.dumps({"i": "x", "s64": "A" * 43, "c": [{"i64": "_w"}]})
    macaroon = read_root(text).macaroon
    assert username_of([macaroon]) is None
    assert expiry_of(macaroon) is None


def test_several_names_are_none() -> None:
    """Discharges that contradict each other name nobody."""
    caveats = [{"i": "declared username jo"}, {"i": "declared username ash"}]
    macaroon = read_root(json.dumps({"i": "x", "s64": "A" * 43, "c": caveats})).macaroon
    assert username_of([macaroon]) is None


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8), st.just("A" * 43)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                ["i", "i64", "s", "s64", "l", "c", "v64", "m", "v", "ns", "cdata", "identifier"]
            ),
            inner,
            max_size=6,
        ),
    ),
)


@given(JSON)
def test_no_document_crashes_the_reader(document: object) -> None:
    """Any JSON is a macaroon that can be looked into, or unreadable."""
    try:
        macaroon = read_root(json.dumps(document)).macaroon
    except UnexpectedResponseError:
        return
    username_of([macaroon])
    expiry_of(macaroon)


@given(st.text())
def test_no_text_crashes_the_reader(text: str) -> None:
    """Any text is a macaroon that can be looked into, or unreadable."""
    with suppress(UnexpectedResponseError):
        read_root(text)
