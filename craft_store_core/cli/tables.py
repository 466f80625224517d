"""Tables on standard output, for people on terminals of any width and for programs."""

from __future__ import annotations

import sys
from itertools import groupby
from shutil import get_terminal_size
from typing import TYPE_CHECKING
from unicodedata import category, east_asian_width

import click

from craft_store_core.streams import is_terminal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_GAP = 2
"""Spaces between two columns."""

_NOTHING = "-"


def wants_style(environment: Mapping[str, str]) -> bool:
    """Return whether a terminal may be given colours and bold letters (https://no-color.org)."""
    return not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"


def table_lines(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    grouped: int = 0,
    style: bool = True,
) -> Iterator[str]:
    """Return a table as the lines that standard output is to show.

    On a terminal it fits the width: where that does not suffice, columns that only have dashes are
    left out, cells are wrapped between words, and at last each row becomes a paragraph. Elsewhere
    every row is one whole line.

    Args:
        columns: The headings.
        rows: The cells; None shows as a dash.
        grouped: So many columns at the left are often the same in neighbouring rows. On a terminal
            they are said once; where the width does not suffice they stand above their rows.
        style: Headings may be bold.
    """
    cells = [[_NOTHING if cell is None else _plain(str(cell)) for cell in row] for row in rows]
    # A plugin's rows may be longer or shorter than its headings.
    number = max(map(len, [columns, *cells]))
    headings, *cells = (row + [""] * (number - len(row)) for row in [list(columns), *cells])
    if is_terminal(sys.stdout):
        return _on_terminal(headings, cells, grouped, style=style)
    return _table(headings, cells, _natural(headings, cells), style=False)


def _on_terminal(
    columns: list[str], rows: list[list[str]], grouped: int, *, style: bool
) -> Iterator[str]:
    room = get_terminal_size().columns
    if not grouped:
        yield from _fitted(columns, rows, room, style=style)
        return
    before = [[], *rows[:-1]]
    short = [_without_repeats(*pair, grouped) for pair in zip(rows, before, strict=True)]
    widths = _natural(columns, short)
    if _room(widths) <= room:
        yield from _table(columns, short, widths, style=style)
        return
    for number, (heading, group) in enumerate(groupby(rows, key=lambda row: row[:grouped])):
        if number:
            yield ""
        yield "  ".join(heading)
        rest = [row[grouped:] for row in group]
        yield from _fitted(columns[grouped:], rest, room, style=style)


def _fitted(columns: list[str], rows: list[list[str]], room: int, *, style: bool) -> Iterator[str]:
    if _room(_natural(columns, rows)) > room:
        columns, rows = _without_empty_columns(columns, rows)
    widths, least = _natural(columns, rows), _least(columns, rows)
    if _room(least) > room:
        for number, row in enumerate(rows):
            if number:
                yield ""
            # The terminal itself wraps what is longer than a line.
            for name, cell in zip(columns, row, strict=True):
                yield f"{name}: {cell}" if name else cell
        return
    while _room(widths) > room:
        spare = [width - minimum for width, minimum in zip(widths, least, strict=True)]
        widths[spare.index(max(spare))] -= 1
    lay_out = _table if widths == _natural(columns, rows) else _wrapped
    yield from lay_out(columns, rows, widths, style=style)


def _table(
    columns: Sequence[str], rows: Iterable[Sequence[str]], widths: list[int], *, style: bool
) -> Iterator[str]:
    """Lay out a table that needs no wrapping, in a time that grows with its rows alone."""
    gap = " " * _GAP
    if any(columns):
        heading = gap.join(map(_padded, columns, widths)).rstrip()
        yield click.style(heading, bold=True) if style else heading
    for row in rows:
        yield gap.join(map(_padded, row, widths)).rstrip()


def _padded(cell: str, width: int) -> str:
    return cell + " " * (width - _cells(cell))


def _cells(text: str) -> int:
    """Return how many places a text takes; a wide letter takes two, an accent of its own none."""
    if text.isascii():
        return len(text)
    return sum(
        2 if east_asian_width(c) in "WF" else 0 if category(c) in {"Mn", "Me"} else 1 for c in text
    )


def _wrapped(
    columns: Sequence[str], rows: Iterable[Sequence[str]], widths: list[int], *, style: bool
) -> Iterator[str]:
    from rich.console import Console
    from rich.table import Column, Table

    # Folded rather than cut: nothing that the store says is lost.
    headings = [
        Column(heading, overflow="fold", width=width)
        for heading, width in zip(columns, widths, strict=True)
    ]
    table = Table(
        *headings,
        box=None,
        show_header=any(columns),
        pad_edge=False,
        padding=(0, _GAP, 0, 0),
    )
    for row in rows:
        table.add_row(*row)
    console = Console(
        file=sys.stdout,
        # Behind the last column, too, rich wants the gap.
        width=_room(widths) + _GAP,
        color_system="auto" if style else None,
        highlight=False,
        # A text of a store's is no markup, and :smile: in it is no picture.
        markup=False,
        emoji=False,
    )
    with console.capture() as capture:
        console.print(table)
    yield from (line.rstrip() for line in capture.get().splitlines())


def _natural(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> list[int]:
    """Return the widths that nothing is wrapped in; a wide letter takes two places."""
    return [max(map(_cells, cells)) for cells in zip(columns, *rows, strict=True)]


def _least(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> list[int]:
    """Return the widths that no word is broken in."""
    return [
        max(_cells(word) for cell in cells for word in cell.split() or [""])
        for cells in zip(columns, *rows, strict=True)
    ]


def _room(widths: list[int]) -> int:
    return sum(widths) + _GAP * (len(widths) - 1)


def _without_empty_columns(
    columns: list[str], rows: list[list[str]]
) -> tuple[list[str], list[list[str]]]:
    every = range(len(columns))
    kept = [n for n in every if any(row[n] != _NOTHING for row in rows)] or every
    return [columns[n] for n in kept], [[row[n] for n in kept] for row in rows]


def _without_repeats(row: list[str], before: list[str], grouped: int) -> list[str]:
    same = 0
    while same < grouped and row[: same + 1] == before[: same + 1]:
        same += 1
    return [""] * same + row[same:]


def _plain(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
