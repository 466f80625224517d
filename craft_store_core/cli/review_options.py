"""Options of the commands that wait for a review."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from craft_store_core.reviews import Polling

F = TypeVar("F", bound=Callable[..., Any])


def timeout_option(function: F) -> F:
    """Add ``--timeout``, passed on as the argument ``polling``."""
    return click.option(
        "--timeout",
        "polling",
        type=float,
        default=300.0,
        show_default=True,
        metavar="SECONDS",
        callback=_polling,
        help="Wait for the review at most this long.",
    )(function)


def _polling(context: click.Context, parameter: click.Parameter, value: float) -> Polling:
    if not value >= 0:
        raise click.BadParameter("it must be 0 or more", context, parameter)
    return Polling(timeout=value)
