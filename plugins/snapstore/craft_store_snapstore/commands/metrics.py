"""``craft-store metrics``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import click

from craft_store_core.plugins import CommandResult, Table
from craft_store_snapstore.endpoints import SnapStoreEndpoints
from craft_store_snapstore.metrics import METRICS

if TYPE_CHECKING:
    from craft_store_core.models import Listing
    from craft_store_core.plugins import Application
    from craft_store_snapstore.models import Metric

_DAY = click.DateTime(formats=["%Y-%m-%d"])


@dataclass(frozen=True)
class Metrics(CommandResult, document="metrics"):
    """One object for each metric; the values of a series belong to the buckets, which are days."""

    metrics: Listing[Metric]
    name: str

    def table(self) -> Table:
        """Show one row per day and series."""
        return Table(
            ("Day", "Series", "Value"),
            [
                (day, series.name, value)
                for item in self.metrics
                for series in item.series
                # A series may be shorter than the days that it is about.
                for day, value in zip(item.buckets, series.values, strict=False)
            ],
            empty=(
                f"The store has no data of {self.name} for this metric and interval "
                f"({', '.join(item.status for item in self.metrics)})."
            ),
        )


@click.command("metrics")
@click.argument("name")
@click.option(
    "--metric",
    "metric",
    type=click.Choice(METRICS),
    metavar="METRIC",
    required=True,
    help=f"Metric to show: one of {', '.join(METRICS)}.",
)
@click.option("--start", type=_DAY, metavar="DAY", help="First day (default: the last day).")
@click.option("--end", type=_DAY, metavar="DAY", help="Last day (default: yesterday).")
@click.pass_obj
def command(
    app: Application, *, name: str, metric: str, start: datetime | None, end: datetime | None
) -> Metrics:
    """Show how many installations a snap has. DAY is a date such as 2027-02-01.

    Example: craft-store metrics weather-widget --metric installed_base_by_channel
    """
    yesterday = datetime.now(timezone.utc).date() - timedelta(days=1)
    last: date = end.date() if end else max(yesterday, start.date() if start else yesterday)
    first: date = start.date() if start else last
    with app.connect() as client:
        store = client.endpoints_of(SnapStoreEndpoints, "metrics")
        return Metrics(store.metrics(name, [metric], start=first, end=last), name)
