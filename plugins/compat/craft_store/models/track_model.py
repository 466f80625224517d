"""A track of a package."""

# ruff: noqa: TC001  # pydantic reads the annotations of the fields

from __future__ import annotations

from craft_store.models._base_model import MarshableModel
from craft_store.models.track_guardrail_model import Moment


class TrackModel(MarshableModel):
    """One track.

    Attributes:
        version_pattern: A regular expression that versions in it must match.
    """

    automatic_phasing_percentage: float | None = None
    created_at: Moment
    name: str
    version_pattern: str | None = None
