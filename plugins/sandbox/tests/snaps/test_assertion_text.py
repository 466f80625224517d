"""Reading assertions: every form of headers, and texts that are none."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from craft_store_sandbox.snaps.assertion_text import MalformedAssertionError, parse_assertion

SET = """\
type: validation-set
authority-id: q1Wm
name: lab-set
sequence: 3
summary:
    first line
      second line
tags:
  - one
  - two
snaps:
  -
    name: weather-widget
    components:
      maps: required
  -
    name: lib-snap
    presence: optional
sign-key-sha3-384: kQ7z

AcLBUg
AEEC
"""


def test_headers_nest() -> None:
    """Texts of several lines, lists, maps in lists, maps in maps."""
    parsed = parse_assertion(SET)

    assert parsed.headers == {
        "type": "validation-set",
        "authority-id": "q1Wm",
        "name": "lab-set",
        "sequence": "3",
        "summary": "first line\n  second line",
        "tags": ["one", "two"],
        "snaps": [
            {"name": "weather-widget", "components": {"maps": "required"}},
            {"name": "lib-snap", "presence": "optional"},
        ],
        "sign-key-sha3-384": "kQ7z",
    }
    assert parsed.body is None
    assert parsed.signature == "AcLBUg\nAEEC"


def test_a_body_is_counted_in_bytes() -> None:
    """And may have empty lines."""
    body = "schön\n\nund gut"
    text = f"type: x\nsign-key-sha3-384: k\nbody-length: {len(body.encode())}\n\n{body}\n\nsig\n"

    assert parse_assertion(text).body == body
    assert parse_assertion(text).signature == "sig"


def test_one_line_of_json_is_taken_for_headers() -> None:
    """Substitutes of snapd print it; scalars become texts."""
    parsed = parse_assertion('{"type": "x", "n": 3, "l": [true], "m": {"a": 1}, "body": "b"}\nsig')

    assert parsed.headers == {"type": "x", "n": "3", "l": ["true"], "m": {"a": "1"}}
    assert parsed.body == "b"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no empty line"),
        ("type: x\n", "no empty line"),
        ("\n\nsig", "line 1"),
        ("type: x\n\nsig", "no header sign-key"),
        ("sign-key-sha3-384: x\n\nsig", "no header type"),
        ("type: x\nsign-key-sha3-384: k\n\n \n", "no signature"),
        ("type: x\ntype: y\n\nsig", "line 2"),
        ("Type: x\n\nsig", "line 1"),
        ("type:x\n\nsig", "line 2"),
        ("type: x\n  odd: y\n\nsig", "line 2"),
        ("type: x\nlist:\nother: y\n\nsig", "line 3"),
        ("type: x\nsign-key-sha3-384: k\nbody-length: x\n\nb\n\nsig", "not a number"),
        ("type: x\nsign-key-sha3-384: k\nbody-length: 9\n\nb\n\nsig", "the length of its body"),
        ("{", "not a JSON"),
        ("[]", "no empty line"),
        ('{"a": 1}', "no header type"),
        ("x" * (1 << 20) + "y", "too large"),
    ],
)
def test_what_is_no_assertion_is_told_why(text: str, why: str) -> None:
    """Never another exception."""
    with pytest.raises(MalformedAssertionError, match=why):
        parse_assertion(text)


def test_nesting_has_an_end() -> None:
    """However deep maps and lists are."""
    maps = "".join(f"{'  ' * level}a:\n" for level in range(40))
    lists = "a:\n" + "".join(f"{'  ' * level}-\n" for level in range(1, 60, 1))

    for text in (maps, lists):
        with pytest.raises(MalformedAssertionError):
            parse_assertion(f"{text}\n\nsig")


SCALAR = st.text("abc: -", min_size=1, max_size=8).map(str.strip).filter(bool)
KEY = st.from_regex(r"[a-z](-?[a-z0-9]){0,5}", fullmatch=True)
VALUE = st.recursive(
    SCALAR,
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3)
        | st.dictionaries(KEY, inner, min_size=1, max_size=3)
    ),
    max_leaves=8,
)


def written(value: object, indent: int) -> str:
    """The value of a header as snapd writes it."""
    space = " " * (indent + 2)
    if isinstance(value, dict):
        return "".join(f"\n{space}{key}:{written(item, indent + 2)}" for key, item in value.items())
    if isinstance(value, list):
        return "".join(f"\n{space}-{written(item, indent + 2)}" for item in value)
    return f" {value}"


@given(st.dictionaries(KEY, VALUE, max_size=4))
def test_what_is_written_is_read(headers: dict[str, object]) -> None:
    """Whatever the nesting."""
    complete = {**headers, "type": "x", "sign-key-sha3-384": "k"}
    text = written(complete, -2)[1:]

    assert parse_assertion(f"{text}\n\nsig").headers == complete


@given(st.text('abc:- \n{}[]"', max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    """By one exception."""
    with suppress(MalformedAssertionError):
        assert parse_assertion(text).headers["type"]
