"""Tables where there is no terminal; ``terminal/test_tables.py`` has those of terminals."""

from __future__ import annotations

import io
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from craft_store_core.cli.tables import table_lines, wants_style

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
def test_each_row_is_a_line(columns: Any, rows: Any, lines: list[str]) -> None:
    """Also where headings and rows have not the same number; nothing of a cell takes effect."""
    assert list(table_lines(columns, rows)) == lines


@given(st.lists(st.lists(CELLS, min_size=1, max_size=4), min_size=1, max_size=4))
def test_any_text_can_be_shown(rows: list[list[Any]]) -> None:
    """There are no texts that a table fails at."""
    assert list(table_lines(("A", "B"), rows, grouped=1))


class Screen(io.StringIO):
    """Takes itself for a terminal."""

    def isatty(self) -> bool:
        return True


WORDS = st.lists(st.text("ab北🚀é", min_size=1, max_size=6), max_size=5).map(" ".join)


@settings(deadline=None)  # the first example imports rich
@given(
    st.lists(st.tuples(st.sampled_from(["x", "y"]), WORDS, st.none() | WORDS), min_size=1),
    st.integers(8, 60),
    st.integers(0, 2),
)
def test_on_a_terminal_no_line_is_longer_than_it_and_no_word_is_lost(
    rows: list[tuple[Any, ...]], width: int, grouped: int
) -> None:
    """Whatever the cells are, and however they are grouped."""
    screen = Screen()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", screen)
        patch.setenv("COLUMNS", str(width))
        lines = list(table_lines(("One", "Two", "Three"), rows, grouped=grouped, style=False))
    shown = " ".join(lines).split()
    for row in rows:
        for word in " ".join(cell or "" for cell in row[grouped:]).split():
            assert word in shown
    # The terminal itself wraps paragraphs, and what stands above a group.
    wrapped = {"  ".join(row[:grouped]) for row in rows}
    for line in lines:
        if not (line in wrapped or line.startswith(("One: ", "Two: ", "Three: "))):
            assert cell_len(line) <= width


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
