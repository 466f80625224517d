"""How many installations a snap has. Source: Snap Store reference, section 12."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from craft_store_core.errors import UsageError
from craft_store_core.plugins import operation
from craft_store_snapstore.area import DashboardArea, hyphenated, rows
from craft_store_snapstore.models import Metric

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from craft_store_core.models import Listing

_BY = ("architecture", "channel", "country", "operating_system", "version")

METRICS = (
    "daily_device_change",
    "weekly_device_change",
    *(f"{often}installed_base_by_{what}" for often in ("", "weekly_") for what in _BY),
)
"""The metrics that the store knows."""


class DashboardMetrics(DashboardArea):
    """The metrics of snaps."""

    @operation("package_metrics")
    def metrics(
        self, name: str, metrics: Sequence[str], *, start: date, end: date
    ) -> Listing[Metric]:
        """Return metrics of a snap, one for each that is asked for, in that order.

        Args:
            name: The snap.
            metrics: Out of :data:`METRICS`; others are asked for, too.
            start: The first day.
            end: The last day.

        Raises:
            UsageError: The interval ends before it begins; nothing was sent.
            BadRequestError: The store does not take it.
        """
        if end < start:
            raise UsageError(
                f"The interval from {start} to {end} ends before it starts.",
                advice="Swap the two days.",
            )
        snap_id = self.snap_id(name)
        filters: list[dict[str, Any]] = [
            {
                "snap_id": snap_id,
                "metric_name": metric,
                "start": start.isoformat(),
                "end": end.isoformat(),
            }
            for metric in metrics
        ]
        answer = self._ask(
            "POST", "/dev/api/snaps/metrics", json={"filters": filters}, repeatable=True
        )
        return rows(answer, Metric, _spelled(answer.value("metrics")))


def _spelled(metrics: Any) -> Any:
    """Return the answer with the keys of its series as those around them."""
    if not isinstance(metrics, list):
        return metrics
    return [
        {**row, "series": [hyphenated(item) for item in row["series"]]}
        if isinstance(row, dict) and isinstance(row.get("series"), list)
        else row
        for row in metrics
    ]
