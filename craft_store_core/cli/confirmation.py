"""Questions before something that people notice."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from craft_store_core.errors import CraftStoreError, UsageError

if TYPE_CHECKING:
    from craft_store_core.cli.application import Application

F = TypeVar("F", bound=Callable[..., Any])


class DeclinedError(CraftStoreError):
    """A person said no; nothing was changed."""


def yes_option(function: F) -> F:
    """Add ``--yes``, the answer to every question of the command."""
    return click.option("--yes", is_flag=True, help="Skip the confirmation prompt.")(function)


def confirm(app: Application, question: str) -> None:
    """Go on only if a person says so.

    Raises:
        UsageError: Nobody can be asked.
        DeclinedError: The person said no.
        click.Abort: The person pressed Ctrl-C, or there was no answer.
    """
    if not app.interactive:
        raise UsageError(
            f"Confirmation required: {question}",
            why="The command cannot prompt: it has no terminal, or --non-interactive is set.",
            advice="Pass --yes to skip this prompt.",
        )
    if not click.confirm(question, err=True):
        raise DeclinedError("Nothing was changed.", why="The answer to the prompt was no.")
