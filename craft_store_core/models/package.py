"""Packages: names, metadata, tracks and guardrails.

Source: Publisher Gateway reference, sections 5.0 and 6.1.
"""

# ruff: noqa: TC001  # pydantic looks at these annotations while the program runs
from __future__ import annotations

from dataclasses import dataclass, field

from craft_store_core.models.account import Publisher
from craft_store_core.models.fields import Links, Many, Timestamp
from craft_store_core.models.wire import WireModel


@dataclass(frozen=True, slots=True)
class Media(WireModel):
    """A picture or a film; ``type`` is ``icon``, ``screenshot`` or a later word."""

    type: str
    url: str


@dataclass(frozen=True, slots=True)
class Track(WireModel):
    """A track of a package.

    Attributes:
        name: The name.
        created_at: When it was created.
        version_pattern: Regular expression of the versions allowed on it.
        automatic_phasing_percentage: How fast releases are rolled out.
    """

    name: str
    created_at: Timestamp | None = None
    version_pattern: str | None = None
    automatic_phasing_percentage: float | None = None


@dataclass(frozen=True, slots=True)
class Guardrail(WireModel):
    """A regular expression; the publisher may create tracks whose whole name matches it."""

    pattern: str
    created_at: Timestamp | None = None


@dataclass(frozen=True, slots=True)
class TrackRequest(WireModel):
    """A track to be created.

    Attributes:
        name: Must match a guardrail of the package.
        version_pattern: Regular expression of the versions allowed on it.
        automatic_phasing_percentage: How fast releases are rolled out.
    """

    name: str
    version_pattern: str | None = None
    automatic_phasing_percentage: float | None = None


@dataclass(frozen=True, slots=True)
class Package(WireModel):
    """Everything that a store knows of a package.

    Lists of packages may leave out tracks and guardrails.

    Attributes:
        id: The store's identifier.
        name: The name.
        type: ``charm``, ``bundle``, ``snap`` or another kind.
        status: ``registered`` before the first release, then ``published``, or a later word.
        private: Only the account and its collaborators see it.
        store: The store or brand that it belongs to.
        authority: The account that signs for it.
        publisher: The account it belongs to.
        title: For people.
        summary: One line.
        description: Some paragraphs.
        contact: Where the publisher can be asked; free text.
        website: Free text.
        links: Kind (``docs``, ``issues``, ``source``, …) to URLs.
        media: Icons and other pictures.
        default_track: The track of channels that name none.
        tracks: The tracks.
        track_guardrails: What further tracks may be called.
    """

    id: str
    name: str | None = None
    type: str | None = None
    status: str | None = None
    private: bool = False
    store: str | None = None
    authority: str | None = None
    publisher: Publisher | None = None
    title: str | None = None
    summary: str | None = None
    description: str | None = None
    contact: str | None = None
    website: str | None = None
    links: Links = field(default_factory=dict)
    media: Many[Media] = ()
    default_track: str | None = None
    tracks: Many[Track] = ()
    track_guardrails: Many[Guardrail] = ()
