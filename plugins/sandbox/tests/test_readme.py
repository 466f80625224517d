"""The tables of the README come from the code; run this file as a program to write them anew."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from craft_store_sandbox import NOT_EMULATED
from craft_store_sandbox.cli.commands import command
from craft_store_sandbox.cli.options import GroupedOption
from craft_store_sandbox.control import CALLS
from craft_store_sandbox.state.settings import switches

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

README = Path(__file__).parents[1] / "README.md"


def spelling(item: click.Parameter) -> str:
    """An option or argument as a person writes it."""
    if isinstance(item, click.Argument):
        return item.make_metavar(click.Context(command))
    names = "/".join([*item.opts, *item.secondary_opts])
    choices = "|".join(item.type.choices) if isinstance(item.type, click.Choice) else None
    value = None if getattr(item, "is_flag", False) else item.metavar or choices
    return f"{names} {value}" if value else names


def rows_of_switches() -> Iterator[tuple[str, ...]]:
    """Every switch and what else options do."""
    declared = {f"{switch.owner}_{switch.name}": switch for switch in switches()}
    for item in command.commands["serve"].params:
        if isinstance(item, GroupedOption) and (item.name in declared or item.python):
            switch = declared.pop(str(item.name), None)
            python = item.python if switch is None else f"{switch.owner}.{switch.name}"
            default = "" if switch is None else repr(switch.default)
            yield f"`{spelling(item)}`", f"`{python}`", default, item.help or ""
    for switch in declared.values():
        python = f"`{switch.owner}.{switch.name}`"
        yield "", python, repr(switch.default), switch.about.description


def rows_of_calls() -> Iterator[tuple[str, ...]]:
    """Every command that changes a running sandbox."""
    for name, call in CALLS.items():
        of_call = command.commands[name]
        words = [spelling(item) for item in of_call.params if isinstance(item, click.Argument)]
        usage = " ".join(["craft-store sandbox", name, *words])
        yield f"`{usage}`", f"`{call.python}`", of_call.get_short_help_str(200)


def table(heading: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A table of Markdown."""
    lines = [heading, ("---",) * len(heading), *rows]
    return "".join(
        f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines
    )


def written() -> str:
    """The README with its tables as the code has them."""
    tables = {
        "switches": table(
            ("option of `serve`", "in Python", "default", "what it does"), rows_of_switches()
        ),
        "calls": table(("command", "in Python", "what it does"), rows_of_calls()),
        "not emulated": table(("feature", "why not"), NOT_EMULATED.items()),
    }
    text = README.read_text(encoding="utf-8")
    for name, content in tables.items():
        begin, end = f"<!-- table: {name} -->\n\n", "\n<!-- end -->"
        pattern = f"{re.escape(begin)}.*?{re.escape(end)}"
        text, count = re.subn(pattern, lambda _: begin + content + end, text, flags=re.DOTALL)  # noqa: B023 - called at once
        assert count == 1, name
    return text


def test_the_tables_of_the_readme_are_those_of_the_code() -> None:
    """Switches with their defaults, calls, and what is not emulated."""
    assert README.read_text(encoding="utf-8") == written()


if __name__ == "__main__":
    README.write_text(written(), encoding="utf-8")
