"""Tables where there is no terminal; ``terminal/test_tables.py`` has those of terminals."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from craft_store_core.cli.tables import print_table, wants_style

CELLS = st.none() | st.text(max_size=20) | st.integers()


@pytest.mark.parametrize(
    ("columns", "rows", "lines"),
    [
        (("A", "B"), [("x", None)], ["A  B", "x  -"]),
        (("A",), [("x", "y")], ["A", "x  y"]),
        (("A", "B"), [("x",)], ["A  B", "x"]),
        ((), [("x", 1)], ["x  1"]),
        (("A",), [("two words",), ("北京",)], ["A", "two words", "北京"]),
        (("A",), [("a\nb\x1b[31m",)], ["A", "a\ufffdb\ufffd[31m"]),
        (("A",), [("[bold]x[/bold] :rocket:",)], ["A", "[bold]x[/bold] :rocket:"]),
    ],
)
def test_each_row_is_a_line(
    capsys: pytest.CaptureFixture[str], columns: Any, rows: Any, lines: list[str]
) -> None:
    """Also where headings and rows have not the same number; nothing of a cell takes effect."""
    print_table(columns, rows)
    assert capsys.readouterr().out.splitlines() == lines


@given(st.lists(st.lists(CELLS, min_size=1, max_size=4), min_size=1, max_size=4))
def test_any_text_can_be_shown(rows: list[list[Any]]) -> None:
    """There are no texts that a table fails at."""
    print_table(("A", "B"), rows, grouped=1)


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({}, True),
        ({"NO_COLOR": ""}, True),
        ({"NO_COLOR": "0"}, False),
        ({"TERM": "dumb"}, False),
        ({"TERM": "xterm"}, True),
    ],
)
def test_style_is_a_matter_of_two_variables(environment: dict[str, str], wanted: bool) -> None:
    """Any value but the empty one counts, as no-color.org has it."""
    assert wants_style(environment) is wanted
