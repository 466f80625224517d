"""What the commands that wait for a review have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from craft_store_core.stores.reviews import Polling

if TYPE_CHECKING:
    from craft_store_core.cli.application import Application
    from craft_store_core.publishing import ReviewJournal
    from craft_store_core.stores.client import StoreClient

F = TypeVar("F", bound=Callable[..., Any])


def timeout_option(function: F) -> F:
    """Add ``--timeout``, passed on as the argument ``polling``."""
    return click.option(
        "--timeout",
        "polling",
        type=float,
        default=300.0,
        metavar="SECONDS",
        callback=_polling,
        help="Maximum time to wait for the review, such as 600 (default: 300).",
    )(function)


def review_journal(app: Application, client: StoreClient) -> ReviewJournal | None:
    """Return where the uploads in review are remembered; None where there is no place for it."""
    from craft_store_core.config import data_folder
    from craft_store_core.publishing import ReviewJournal

    folder = data_folder(app.environment)
    return None if folder is None else ReviewJournal(folder / "reviews", client.store.url("api"))


def _polling(context: click.Context, parameter: click.Parameter, value: float) -> Polling:
    if not value >= 0:
        raise click.BadParameter("it must be 0 or more seconds", context, parameter)
    return Polling(timeout=value)
