"""The command group: names and summaries from offers, a command's code only when it is run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from craft_store_core.cli.application import Application
from craft_store_core.cli.options import add_common_options

if TYPE_CHECKING:
    from collections.abc import Iterable

    from click.shell_completion import CompletionItem

SECTIONS = ("Publishing", "Account", "Names and tracks", "System")
"""Headings of the help, in this order; others follow by name."""


class CraftStoreGroup(click.Group):
    """Finds its commands among the plugins of the :class:`Application`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands that are offered."""
        offers = ctx.ensure_object(Application).catalogue.commands
        return sorted({item.offer.name for item in offers})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command; None when nobody offers the name."""
        catalogue = ctx.ensure_object(Application).catalogue
        if not any(item.offer.name == cmd_name for item in catalogue.commands):
            return None
        return with_common_options(catalogue.command(cmd_name))

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Return the option, which waits for ``--store``: the help depends on it."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.is_eager = False
        return option

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that is meant; an unknown name gets suggestions."""
        name = args[0]
        command = self.get_command(ctx, name)
        if command is None and not name.startswith("-"):
            ctx.fail(f"Unknown command {name!r}. {self._hint(ctx, name)}")
        app = ctx.ensure_object(Application)
        app.needs = next(
            (item.offer.needs for item in app.catalogue.commands if item.offer.name == name), ()
        )
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> int:
        """Run the command, and show what it returns."""
        return ctx.ensure_object(Application).show(super().invoke(ctx))

    def _hint(self, ctx: click.Context, name: str) -> str:
        from difflib import get_close_matches

        why, advice = ctx.ensure_object(Application).catalogue.explain_absence("command", name)
        if why or advice:
            return f"{why or advice}"
        close = get_close_matches(name, self.list_commands(ctx), n=3)
        if close:
            return f"Did you mean {' or '.join(close)}?"
        return "'craft-store --help' lists the installed commands."

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete options, and the commands that the chosen store supports."""
        app = ctx.ensure_object(Application)
        left_out = {
            item.offer.name for item in app.catalogue.commands if not app.support.has(item.offer)
        }
        found = super().shell_complete(ctx, incomplete)
        return [item for item in found if item.value not in left_out]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands that the chosen store supports, under headings; load none."""
        app = ctx.ensure_object(Application)
        sections: dict[str, dict[str, str]] = {}
        for item in app.catalogue.commands:
            if app.support.has(item.offer):
                summaries = sections.setdefault(item.offer.section, {})
                summaries.setdefault(item.offer.name, item.offer.summary)
        for heading in _ordered(sections):
            with formatter.section(heading):
                formatter.write_dl(sorted(sections[heading].items()))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Say what was left out, beside what is said always."""
        app = ctx.ensure_object(Application)
        note = app.support.note([item.offer for item in app.catalogue.commands])
        for text in filter(None, (note, self.epilog)):
            formatter.write_paragraph()
            formatter.write_text(text)


def _ordered(sections: Iterable[str]) -> list[str]:
    return sorted(
        sections, key=lambda name: (SECTIONS.index(name) if name in SECTIONS else 99, name)
    )


def with_common_options(command: click.Command) -> click.Command:
    """Give a command, and the commands below it, the options that every command takes."""
    if isinstance(command, click.Group):
        for child in command.commands.values():
            # Click would cut the first sentence off in the middle of the group's help.
            child.short_help = child.short_help or _first_sentence(child.help)
            with_common_options(child)
    return add_common_options(command)


def _first_sentence(text: str | None) -> str | None:
    paragraph = " ".join((text or "").strip().partition("\n\n")[0].split())
    return f"{paragraph.partition('. ')[0].rstrip('.')}." if paragraph else None


def make_group(**attributes: Any) -> CraftStoreGroup:
    """Return the ``craft-store`` group."""
    group = CraftStoreGroup(
        name="craft-store",
        help="Publish to Charmhub, the Snap Store and compatible stores.",
        epilog="Run 'craft-store COMMAND --help' for help with a command.",
        **attributes,
    )
    group.params += [
        click.Option(
            ["--no-plugins"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_without_plugins,
            help="Load only the built-in plugins.",
        ),
        click.Option(
            ["--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_show_version,
            help="Show the version and exit.",
        ),
    ]
    add_common_options(group)
    return group


def _without_plugins(
    context: click.Context, _: click.Parameter, value: bool
) -> None:  # click's signature
    if value:
        context.ensure_object(Application).plugins_enabled = False


def _show_version(
    context: click.Context, _: click.Parameter, value: bool
) -> None:  # click's signature
    if value:
        from craft_store_core import __version__

        context.ensure_object(Application).output.print_line(f"craft-store {__version__}")
        context.exit()
