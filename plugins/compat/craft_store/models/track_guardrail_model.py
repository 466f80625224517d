"""A guardrail: what the names of new tracks must look like."""

# ruff: noqa: TC003  # pydantic reads the annotations of the fields

from __future__ import annotations

from datetime import datetime
from re import Pattern
from typing import Annotated

from pydantic import PlainSerializer

from craft_store.models._base_model import MarshableModel

Moment = Annotated[
    datetime, PlainSerializer(datetime.isoformat, return_type=str, when_used="json-unless-none")
]
"""A time that is written as it was read, with a zone or without one."""


class TrackGuardrailModel(MarshableModel):
    """One guardrail; a track may be created when its name matches one of them."""

    pattern: Pattern[str]
    created_at: Moment
