"""How many installations a snap has.

Source: Snap Store reference, section 12.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from flask import Response, jsonify
from sqlalchemy import select

from craft_store_sandbox.dashboard.access import (
    DashboardBlueprint,
    authenticate,
    snap_with_id,
    spellings,
)
from craft_store_sandbox.serving.errors import DashboardError, invalid_field
from craft_store_sandbox.serving.schemas import SOME_TEXT, Schema, read_object
from craft_store_sandbox.snaps.channels import channel_of, live_entries
from craft_store_sandbox.state.backend import backend
from craft_store_sandbox.state.snap_tables import Metric

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from craft_store_sandbox.state.tables import Package

blueprint = DashboardBlueprint("metrics")

_BASES = ("architecture", "channel", "country", "operating_system", "version")
METRICS = (
    "daily_device_change",
    "weekly_device_change",
    *(f"installed_base_by_{base}" for base in _BASES),
    *(f"weekly_installed_base_by_{base}" for base in _BASES),
)
_FILTERS: Schema = {
    "type": "array",
    "minItems": 1,
    "items": {
        "type": "object",
        "properties": {
            "snap_id": SOME_TEXT,
            "metric_name": {"enum": list(METRICS)},
            "start": SOME_TEXT,
            "end": SOME_TEXT,
        },
        "required": ["snap_id", "metric_name", "start", "end"],
    },
}


@blueprint.post("/dev/api/snaps/metrics")
def snap_metrics() -> Response:
    """Return one answer for each filter, in their order; both dates are included."""
    with backend().database.snapshot() as db:
        grant = authenticate(db, "package_metrics")
        filters = read_object({"filters": _FILTERS}, ("filters",))["filters"]
        metrics = []
        for index, item in enumerate(filters):
            package = snap_with_id(db, grant, item["snap_id"]).package
            start, end = _day(item["start"]), _day(item["end"])
            if start > end:
                raise DashboardError(
                    400,
                    "invalid-date-interval",
                    "Invalid date interval: the start is after the end.",
                    extra={"start": start, "end": end, "index": index},
                )
            metrics.append(_metric(db, package, item["metric_name"], start, end))
    return jsonify(metrics=metrics)


def _day(text: str) -> str:
    try:
        return dt.date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise invalid_field(f"'{text[:80]}' is not a date", "filters") from error


def _metric(db: Session, package: Package, name: str, start: str, end: str) -> dict[str, Any]:
    rows = list(
        db.scalars(
            select(Metric)
            .where(Metric.package_id == package.id, Metric.metric == name)
            .where(Metric.day.between(start, end))
            .order_by(Metric.series, Metric.day)
        )
    )
    buckets = sorted({row.day for row in rows})
    values: dict[str, dict[str, int]] = {}
    for row in rows:
        values.setdefault(row.series, {})[row.day] = row.value
    released = _released(db, package)
    return {
        "buckets": buckets,
        "metric_name": name,
        "series": [
            {
                "name": label,
                # Null would be possible, but strict clients take numbers alone.
                "values": [days.get(day, 0) for day in buckets],
                **({"currently_released": label in released} if name.endswith("_channel") else {}),
            }
            for label, days in values.items()
        ],
        "snap_id": package.id,
        "status": "OK" if rows else "NO DATA",
    }


def _released(db: Session, package: Package) -> set[str]:
    live = live_entries(db, package, backend().clock.now())
    return {name for entry in live for name in spellings(channel_of(entry))}
