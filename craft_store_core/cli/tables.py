"""Tables on standard output."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_ENDLESS = 10_000
"""Width in columns where there is no terminal: lines that a program reads are never wrapped."""


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table; on a terminal it fits the width, elsewhere every row is one line."""
    from rich.console import Console
    from rich.table import Column, Table

    width = None if sys.stdout.isatty() else _ENDLESS
    console = Console(file=sys.stdout, width=width, highlight=False)
    # Folded rather than cut: nothing that the store says is lost on a narrow terminal.
    headings = [Column(heading, overflow="fold") for heading in columns]
    table = Table(*headings, box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for row in rows:
        # Text from a store must not be taken for markup.
        table.add_row(*("-" if cell is None else _plain(str(cell)) for cell in row))
    with console.capture() as capture:
        console.print(table)
    for line in capture.get().splitlines():
        click.echo(line.rstrip())


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape("".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text))
