"""Channels: ``track/risk/branch``, how they are written, read and ordered.

Source: Publisher Gateway reference, sections 10.4 and 16.3.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache

from craft_store_core.errors import InvalidChannelError

DEFAULT_TRACK = "latest"
"""The track that every package has from its birth."""

_GRAMMAR = "A channel is [TRACK/]RISK[/BRANCH] with a risk of stable, candidate, beta or edge."
# The stores publish no grammar for branches, and administrators create tracks that publishers
# could not: this is what is safe in a path and cannot be mistaken for something else.
_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+~-]*")


class Risk(str, Enum):
    """How much a channel may break; ordered from the most stable to the least."""

    STABLE = "stable"
    CANDIDATE = "candidate"
    BETA = "beta"
    EDGE = "edge"

    @property
    def level(self) -> int:
        """0 for stable to 3 for edge."""
        return _LEVELS[self]

    @property
    def safer(self) -> Risk | None:
        """The next more stable risk, to which installers fall back; None for stable."""
        return _BY_LEVEL[self.level - 1] if self.level else None

    def __str__(self) -> str:
        return self.value

    # Without these, risks would compare alphabetically, as strings do.
    def __lt__(self, other: object) -> bool:
        return self.level < other.level if isinstance(other, Risk) else NotImplemented

    def __le__(self, other: object) -> bool:
        return self.level <= other.level if isinstance(other, Risk) else NotImplemented

    def __gt__(self, other: object) -> bool:
        return self.level > other.level if isinstance(other, Risk) else NotImplemented

    def __ge__(self, other: object) -> bool:
        return self.level >= other.level if isinstance(other, Risk) else NotImplemented


_BY_LEVEL = tuple(Risk)
_LEVELS = {risk: level for level, risk in enumerate(_BY_LEVEL)}
_RISKS = {risk.value: risk for risk in Risk}


@dataclass(frozen=True, slots=True)
class Channel:
    """A place to which revisions are released.

    Channels are ordered as stores list them: the track ``latest`` before all others, those by
    name; then by risk; then the risk itself before its branches, those by name.

    Attributes:
        track: The track; case-sensitive.
        risk: The risk.
        branch: The branch, case-sensitive; None for the risk itself.

    Raises:
        InvalidChannelError: A part is not what it must be.
    """

    track: str
    risk: Risk
    branch: str | None = None

    def __post_init__(self) -> None:
        risk = _risk(self.risk)
        if risk is None:
            raise _invalid(str(self), f"{str(self.risk)!r} is not a risk.")
        object.__setattr__(self, "risk", risk)
        _check_part("track", self.track, str(self))
        if _risk(self.track) is not None:
            # "edge/stable" reads as the branch "stable" of edge: such a channel has no short form.
            raise _invalid(
                str(self), f"A track cannot have the name {self.track!r}, because it is a risk."
            )
        if self.branch is not None:
            _check_part("branch", self.branch, str(self))

    @classmethod
    def parse(cls, text: str, default_track: str = DEFAULT_TRACK) -> Channel:
        """Read a channel in any spelling.

        Args:
            text: ``risk``, ``track/risk``, ``risk/branch`` or ``track/risk/branch``. The case of
                the risk does not matter.
            default_track: The track where the text names none. Packages may have another default
                than ``latest``.

        Raises:
            InvalidChannelError: It is none of these.
        """
        _check_text(text)
        return _parse(text, default_track)

    def with_track(self, track: str) -> Channel:
        """Return the same risk and branch on another track."""
        return replace(self, track=track)

    @property
    def fallback(self) -> Channel | None:
        """Where installers go when nothing is released here; None for stable.

        A branch falls back to its risk, a risk to the next more stable one of its track.
        """
        if self.branch is not None:
            return Channel(self.track, self.risk)
        safer = self.risk.safer
        return None if safer is None else Channel(self.track, safer)

    def __str__(self) -> str:
        parts = (self.track, str(self.risk), self.branch)
        return "/".join(str(part) for part in parts if part is not None)

    def _key(self) -> tuple[bool, str, int, bool, str]:
        return (
            self.track != DEFAULT_TRACK,
            self.track,
            self.risk.level,
            self.branch is not None,
            self.branch or "",
        )

    def __lt__(self, other: object) -> bool:
        return self._key() < other._key() if isinstance(other, Channel) else NotImplemented

    def __le__(self, other: object) -> bool:
        return self._key() <= other._key() if isinstance(other, Channel) else NotImplemented

    def __gt__(self, other: object) -> bool:
        return self._key() > other._key() if isinstance(other, Channel) else NotImplemented

    def __ge__(self, other: object) -> bool:
        return self._key() >= other._key() if isinstance(other, Channel) else NotImplemented


def names_track(text: str) -> bool:
    """Tell whether a channel's text names its track, or leaves it to the package's default.

    Args:
        text: A channel in any spelling that :meth:`Channel.parse` reads.
    """
    return _risk(text.split("/", 1)[0]) is None


# A channel map repeats a handful of channels thousands of times.
@lru_cache(maxsize=1024)
def _parse(text: str, default_track: str) -> Channel:
    parts = text.split("/")
    if len(parts) == 1:
        track, risk, branch = default_track, parts[0], None
    elif len(parts) == 2 and _risk(parts[0]) is not None:
        track, risk, branch = default_track, parts[0], parts[1]
    elif len(parts) == 2:
        track, risk, branch = parts[0], parts[1], None
    elif len(parts) == 3:
        track, risk, branch = parts
    else:
        raise _invalid(text, "It has more than three parts.")
    known = _risk(risk)
    if known is None:
        raise _invalid(text, f"{risk!r} is not a risk.")
    try:
        return Channel(track, known, branch)
    except InvalidChannelError as error:
        raise _invalid(text, error.why) from None


def _check_text(text: object) -> None:
    if not isinstance(text, str):
        raise _invalid(text, "The value is not text.")


def _risk(word: object) -> Risk | None:
    return _RISKS.get(word.lower()) if isinstance(word, str) else None


def _check_part(kind: str, part: object, whole: str) -> None:
    if not isinstance(part, str) or not _PART.fullmatch(part):
        raise _invalid(
            whole,
            (
                f"The {kind} {part!r} must start with a letter or a digit and contain "
                "only letters, "
                "digits, '.', '_', '+', '~' and '-'."
            ),
        )


def _invalid(text: object, why: str | None) -> InvalidChannelError:
    return InvalidChannelError(f"{text!r} is not a channel.", why=why, advice=_GRAMMAR)
