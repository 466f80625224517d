"""Prints docs/reference/commands.md: every command of the installed plugins with its options.

Run as ``python tools/command_reference.py > docs/reference/commands.md`` after changing a command.
"""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING

import click

from craft_store_core.builtin import load_catalogue
from craft_store_core.cli.application import COMMANDS_PLUGIN
from craft_store_core.cli.options import common_options

if TYPE_CHECKING:
    from collections.abc import Iterator

INTRODUCTION = """\
# Commands

This page lists every command of the distributions of this project. A command exists if its plugin
is installed. `craft-store COMMAND --help` shows the same text. `tools/command_reference.py` makes
this page.

Every command accepts these options, before or after its name:

{options}

See also [JSON output](json-output.md) and [exit codes](exit-codes.md).
"""


def main() -> None:
    """Print the page."""
    print(INTRODUCTION.format(options="\n".join(_options(common_options()))), end="")
    catalogue = load_catalogue({"CRAFT_STORE_STRICT_PLUGINS": "1"}, builtin=(COMMANDS_PLUGIN,))
    sections: dict[str, list[str]] = {}
    for item in catalogue.commands:
        distribution = item.provider.distribution
        place = "" if item.provider.builtin else f" (`{distribution}`)"
        chapter = sections.setdefault(f"{item.offer.section}{place}", [])
        chapter.extend(_described(item.offer.name, catalogue.command(item.offer.name)))
    for heading, paragraphs in sections.items():
        print(f"\n## {heading}\n")
        print("\n\n".join(paragraphs))


def _described(path: str, command: click.Command) -> Iterator[str]:
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            yield from _described(f"{path} {name}", child)
        return
    context = click.Context(command, info_name=path)
    usage = " ".join(command.collect_usage_pieces(context)).replace("[OPTIONS]", "").split()
    text, _, example = inspect.cleandoc(command.help or "").partition("Example:")
    common = {option.name for option in common_options()}
    own = [
        option
        for option in command.params
        if isinstance(option, click.Option) and option.name not in common and not option.hidden
    ]
    parts = [
        f"### `craft-store {' '.join([path, *usage])}`",
        # One paragraph a line, as the help is wrapped for a terminal.
        "\n\n".join(re.sub(r"\s*\n\s*", " ", part) for part in text.strip().split("\n\n")),
        "\n".join(_options(own)),
        f"```sh\n{' '.join(example.split())}\n```",
    ]
    yield "\n\n".join(part for part in parts if part)


def _options(options: list[click.Option]) -> Iterator[str]:
    for option in options:
        names = ", ".join([*option.opts, *option.secondary_opts])
        value = "" if option.is_flag or option.count else f" {_metavar(option)}"
        yield f"- `{names}{value}`: {option.help}"


def _metavar(option: click.Option) -> str:
    if option.metavar:
        return option.metavar
    if isinstance(option.type, click.Choice):
        return "|".join(map(str, option.type.choices))
    return option.type.name.upper()


if __name__ == "__main__":
    main()
