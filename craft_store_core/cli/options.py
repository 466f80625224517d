"""The options that every command takes, before or after its name."""

from __future__ import annotations

from typing import Any

import click

from craft_store_core.cli.application import Application


def _take_store(context: click.Context, _: click.Parameter, value: str | None) -> None:
    app = context.ensure_object(Application)
    app.command = context.command_path.partition(" ")[2] or None
    if value is not None:
        app.store = value


def _take_format(context: click.Context, _: click.Parameter, value: str | None) -> None:
    if value is not None:
        context.ensure_object(Application).format = value


def _take_verbose(context: click.Context, _: click.Parameter, value: int) -> None:
    context.ensure_object(Application).set_verbosity(verbosity=value)


def _take_quiet(
    context: click.Context, _: click.Parameter, value: bool
) -> None:  # click's signature
    context.ensure_object(Application).set_verbosity(quiet=value)


def _take_non_interactive(
    context: click.Context, _: click.Parameter, value: bool
) -> None:  # click's signature
    if value:
        context.ensure_object(Application).non_interactive = True


def common_options() -> list[click.Option]:
    """Return new instances of the options that every command takes."""
    hidden: dict[str, Any] = {"expose_value": False}
    return [
        click.Option(
            ["--store"],
            metavar="NAME",
            help="Store to use, such as charmhub (default: the configured or only one).",
            callback=_take_store,
            # Eager, so that the help can tell what that store supports.
            is_eager=True,
            **hidden,
        ),
        click.Option(
            ["--format"],
            type=click.Choice(["table", "json"]),
            help="Output format (default: table).",
            callback=_take_format,
            # Eager, so that an error in another option is already shown in the wanted format.
            is_eager=True,
            **hidden,
        ),
        click.Option(
            ["-v", "--verbose"],
            count=True,
            help="Show more detail; -vv also shows requests, without secrets.",
            callback=_take_verbose,
            **hidden,
        ),
        click.Option(
            ["-q", "--quiet"],
            is_flag=True,
            help="Show only the result and errors.",
            callback=_take_quiet,
            **hidden,
        ),
        click.Option(
            ["--non-interactive"],
            is_flag=True,
            help="Never prompt, even on a terminal.",
            callback=_take_non_interactive,
            **hidden,
        ),
    ]


def add_common_options(command: click.Command) -> click.Command:
    """Add the common options to a command that has not got them, in place.

    A command's own option of the same spelling wins. In the help, its options have values in words
    and show their defaults.
    """
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            _make_readable(parameter)
    taken = {
        spelling
        for parameter in command.params
        if isinstance(parameter, click.Option)
        for spelling in parameter.opts
    }
    for option in common_options():
        if not taken.intersection(option.opts):
            command.params.append(option)
    return command


def _make_readable(option: click.Option) -> None:
    if option.is_flag or option.count:
        return
    if option.metavar is None and isinstance(option.type, click.Path):
        option.metavar = "FILE" if option.type.file_okay else "FOLDER"
    if option.metavar is None and isinstance(option.type, (type(click.INT), type(click.FLOAT))):
        option.metavar = "NUMBER"
    if option.show_default is None and "(default: " not in (option.help or ""):
        option.show_default = True
