"""Options under headings: a command with many of them has a help text that can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable


class GroupedOption(click.Option):
    """An option that stands under a heading.

    Args:
        group: the heading.
        spellings: as for `click.Option`.
        attributes: as for `click.Option`.
    """

    def __init__(self, *spellings: Any, group: str, **attributes: Any) -> None:
        super().__init__(*spellings, **attributes)
        self.group = group


class GroupedCommand(click.Command):
    """A command whose options stand under their headings, in the order in which they come."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options; those without a heading come last."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None and isinstance(parameter, GroupedOption):
                groups.setdefault(parameter.group, []).append(record)
            elif record is not None:
                groups.setdefault("Options", []).append(record)
        for heading in sorted(groups, key=lambda name: name == "Options"):
            with formatter.section(heading):
                formatter.write_dl(groups[heading])


def grouped(group: str) -> Callable[..., Callable[[Any], Any]]:
    """Return a `click.option` whose options stand under a heading."""

    def option(*spellings: str, **attributes: Any) -> Callable[[Any], Any]:
        return click.option(*spellings, cls=GroupedOption, group=group, **attributes)

    return option
