"""A registered name and what is said about its package.

Source: Publisher Gateway reference, section 5.0.
"""

# ruff: noqa: TC001  # pydantic reads the annotations of the fields

from __future__ import annotations

from typing import Any

from pydantic import AnyHttpUrl, Field, field_serializer, field_validator

from craft_store.models._base_model import MarshableModel
from craft_store.models.account_model import AccountModel
from craft_store.models.track_guardrail_model import TrackGuardrailModel
from craft_store.models.track_model import TrackModel


class MediaModel(MarshableModel):
    """A picture or film of a package.

    Attributes:
        type: ``icon``; for snaps also ``screenshot``, ``banner``, ``video`` and others.
    """

    type: str
    url: AnyHttpUrl


class RegisteredNameModel(MarshableModel):
    """A name and its package; everything that the store does not know is None or empty."""

    authority: str | None = None
    contact: str | None = None
    default_track: str | None = None
    description: str | None = None
    id: str
    links: dict[str, Any] = Field(default_factory=dict)
    media: list[MediaModel] = Field(default_factory=list)
    name: str | None = None
    private: bool
    publisher: AccountModel
    status: str
    store: str
    summary: str | None = None
    title: str | None = None
    track_guardrails: list[TrackGuardrailModel] = Field(default_factory=list)
    tracks: list[TrackModel] = Field(default_factory=list)
    type: str
    website: AnyHttpUrl | str | None = Field(None, union_mode="left_to_right")

    @field_validator("links", "media", "track_guardrails", "tracks", mode="before")
    @classmethod
    def _read_null_as_empty(cls, value: Any, info: Any) -> Any:
        if value is None:
            return {} if info.field_name == "links" else []
        return value

    @field_serializer("website")
    def _serialize_website(self, website: AnyHttpUrl | str | None) -> str | None:
        return None if website is None else str(website)
