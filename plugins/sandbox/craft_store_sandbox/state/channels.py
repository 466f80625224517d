"""Channel names: ``[track/]risk[/branch]`` (Publisher Gateway reference, section 16.3)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

RISKS = ("stable", "candidate", "beta", "edge")
_PART = re.compile(r"[A-Za-z0-9](?:[._-]?[A-Za-z0-9])*")


@dataclass(frozen=True)
class Channel:
    """One channel, with its track spelled out."""

    track: str
    risk: str
    branch: str = ""

    def __str__(self) -> str:
        return "/".join(part for part in (self.track, self.risk, self.branch) if part)

    @property
    def fallback(self) -> str | None:
        """The channel that serves installers when this one is empty (section 10.4)."""
        if self.branch:
            return f"{self.track}/{self.risk}"
        index = RISKS.index(self.risk)
        return f"{self.track}/{RISKS[index - 1]}" if index else None


def parse_channel(text: str, default_track: str) -> Channel:
    """Read any spelling of a channel.

    Args:
        text: A channel name; the risk may be in any case.
        default_track: The track that is meant when none is named.

    Raises:
        ValueError: The text is no channel name.
    """
    parts = text.split("/")
    risks = [part.lower() for part in parts]
    if all(_PART.fullmatch(part) for part in parts):
        if len(parts) == 1 and risks[0] in RISKS:
            return Channel(default_track, risks[0])
        if len(parts) == 2 and risks[0] in RISKS:
            return Channel(default_track, risks[0], parts[1])
        if len(parts) == 2 and risks[1] in RISKS:
            return Channel(parts[0], risks[1])
        if len(parts) == 3 and risks[1] in RISKS:
            return Channel(parts[0], risks[1], parts[2])
    raise ValueError(f"Invalid channel name: '{text[:200]}'")


def channel_allowed(channel: Channel, patterns: Iterable[str], default_track: str) -> bool:
    """Return whether a token limited to these channels reaches one (section 3.4).

    Args:
        channel: The channel in question.
        patterns: Channel names, or shell-style patterns of full names such as ``*/edge``.
        default_track: Completes names without a track.
    """
    for pattern in patterns:
        try:
            name = str(parse_channel(pattern, default_track))
        except ValueError:
            name = pattern
        if fnmatchcase(str(channel), name):
            return True
    return False
