"""Writes the reference of commands: docs/reference/commands.md and docs/reference/json-schema.json.

Run as ``python tools/reference.py`` after changing a command, its result or a model.
"""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from craft_store_core.builtin import load_catalogue
from craft_store_core.cli.application import COMMANDS_PLUGIN, Application
from craft_store_core.cli.group import with_common_options
from craft_store_core.cli.options import common_options
from craft_store_core.testing.json_schemas import document_schema, result_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

REFERENCE = Path(__file__).resolve().parents[1] / "docs" / "reference"
INTRODUCTION = """\
# Commands

This page lists every command of the distributions of this project. A command exists if its plugin
is installed. `craft-store COMMAND --help` shows the same text. `tools/reference.py` makes this page
and [the JSON schema](json-schema.json).

Every command accepts these options, before or after its name:

{options}

See also [JSON output](json-output.md) and [exit codes](exit-codes.md).
"""


def main() -> None:
    """Write the files."""
    for name, text in generated().items():
        (REFERENCE / name).write_text(text, encoding="utf-8")


def generated() -> dict[str, str]:
    """Return the texts of the generated files, by their names below docs/reference."""
    catalogue = load_catalogue({"CRAFT_STORE_STRICT_PLUGINS": "1"}, builtin=(COMMANDS_PLUGIN,))
    sections: dict[str, dict[str, click.Command]] = {}
    for item in catalogue.commands:
        place = "" if item.provider.builtin else f" (`{item.provider.distribution}`)"
        command = with_common_options(catalogue.command(item.offer.name))
        section = sections.setdefault(f"{item.offer.section}{place}", {})
        section.update(_leaves(item.offer.name, command))
    every = {path: command for section in sections.values() for path, command in section.items()}
    return {
        "commands.md": "\n".join(_page(sections)),
        "json-schema.json": "".join(_compact(document_schema(every))),
    }


def _leaves(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            yield from _leaves(f"{path} {name}", child)
    else:
        yield path, command


def _page(sections: Mapping[str, Mapping[str, click.Command]]) -> Iterator[str]:
    yield INTRODUCTION.format(options="\n".join(_options(common_options())))
    for heading, commands in sections.items():
        yield f"## {heading}\n"
        for path, command in commands.items():
            yield from (f"{part}\n" for part in _described(path, command) if part)


def _described(path: str, command: click.Command) -> Iterator[str]:
    # A login has the options of the auth flows that are installed.
    app = Application({"CRAFT_STORE_STRICT_PLUGINS": "1"})
    context = click.Context(command, info_name=path, obj=app)
    usage = " ".join(command.collect_usage_pieces(context)).replace("[OPTIONS]", "").split()
    text, _, example = inspect.cleandoc(command.help or "").partition("Example:")
    common = {"--help", *(name for option in common_options() for name in option.opts)}
    own = [
        option
        for option in command.get_params(context)
        if isinstance(option, click.Option) and common.isdisjoint(option.opts) and not option.hidden
    ]
    yield f"### `craft-store {' '.join([path, *usage])}`"
    # One paragraph a line, as the help is wrapped for a terminal.
    yield "\n\n".join(re.sub(r"\s*\n\s*", " ", part) for part in text.strip().split("\n\n"))
    yield "\n".join(_options(own))
    yield f"JSON result {_result(command)}"
    yield f"```sh\n{' '.join(example.split())}\n```"


def _result(command: click.Command) -> str:
    kinds = get_args(result_type(command)) or (result_type(command),)
    # The first paragraph of the docstring.
    texts = (" ".join(kind.__doc__.partition("\n\n")[0].split()) for kind in kinds)
    return " Or ".join(
        f"`{kind.__name__}`: {text}" for text, kind in zip(texts, kinds, strict=True)
    )


def _options(options: Iterable[click.Option]) -> Iterator[str]:
    for option in options:
        # Exactly as the help shows it, with the default and the range.
        names, text = option.get_help_record(click.Context(click.Command(None))) or ("", "")
        yield f"- `{names}`: {re.sub(r'  +', ' ', text)}"


def _compact(schema: Mapping[str, Any]) -> Iterator[str]:
    """Write one line for each command and each type."""
    opening = "{"
    for key, value in schema.items():
        yield f"{opening}\n{json.dumps(key)}: "
        opening = ","
        if key == "allOf":
            yield "[\n" + ",\n".join(map(json.dumps, value)) + "\n]"
        elif key == "$defs":
            lines = (f"{json.dumps(name)}: {json.dumps(kind)}" for name, kind in value.items())
            yield "{\n" + ",\n".join(lines) + "\n}"
        else:
            yield json.dumps(value)
    yield "\n}\n"


if __name__ == "__main__":
    main()
