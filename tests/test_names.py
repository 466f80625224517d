"""Names of packages and tracks."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from craft_store_core.errors import InvalidNameError
from craft_store_core.names import check_package_name, check_track_name


@pytest.mark.parametrize("name", ["acme-web", "a", "7a", "a7-b", "x" * 74, "test-0a1b-2c"])
def test_names_that_a_store_may_take_are_given_back(name: str) -> None:
    """The length is not limited here: staging servers take 74 characters."""
    assert check_package_name(name) == name


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "empty"),
        (None, "empty"),
        ("123", "not contain a letter"),
        ("1-2", "not contain a letter"),
        ("-web", "starts or ends"),
        ("web-", "starts or ends"),
        ("acme--web", "two hyphens"),
        ("Acme", "'A'"),
        ("acme web", "' '"),
        ("acme-web\n", "'\\n'"),
        ("acme_web", "'_'"),
        ("acme/web", "'/'"),
        ("ácme", "'á'"),
        ("..", "'.'"),
    ],
)
def test_names_that_no_store_takes_are_refused(name: str, why: str) -> None:
    """The reason names what is wrong in this name."""
    with pytest.raises(InvalidNameError) as caught:
        check_package_name(name)
    assert caught.value.why is not None
    assert why in caught.value.why
    assert caught.value.advice


def test_long_names_take_no_exponential_time() -> None:
    """The pattern that other tools use needs ages for such a name."""
    start = time.monotonic()
    with pytest.raises(InvalidNameError) as caught:
        check_package_name("a" * 200_000 + "!")
    assert time.monotonic() - start < 2
    assert len(caught.value.message) < 200


@pytest.mark.parametrize("name", ["2.0", "1.32-classic", "a_b", "X", "a" * 28])
def test_track_names_are_given_back(name: str) -> None:
    """Letters and digits with single separators between them."""
    assert check_track_name(name) == name


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "empty"),
        ("a" * 29, "29 characters"),
        ("2.0\n", "not allowed"),
        ("2..0", "not allowed"),
        (".2", "not allowed"),
        ("2-", "not allowed"),
        ("a b", "not allowed"),
        ("é", "not allowed"),
    ],
)
def test_other_track_names_are_refused(name: str, why: str) -> None:
    """Also with a newline at the end, which a careless pattern lets pass."""
    with pytest.raises(InvalidNameError) as caught:
        check_track_name(name)
    assert caught.value.why is not None
    assert why in caught.value.why


@given(st.text(max_size=60))
def test_checks_end_in_the_name_or_an_explanation(text: str) -> None:
    """Whatever is typed, nothing else can happen."""
    for check in (check_package_name, check_track_name):
        try:
            assert check(text) == text
        except InvalidNameError:
            continue
        assert text.isascii()
        assert text.isprintable()
