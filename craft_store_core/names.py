"""Rules for the names that a publisher chooses: of packages and of tracks.

The store has the last word on names; these checks catch what no store takes, before a request.
"""

from __future__ import annotations

import re
import string

from craft_store_core.errors import InvalidNameError

LONGEST_TRACK_NAME = 28
"""Characters in a track name at most."""

_PACKAGE_CHARACTERS = frozenset(string.ascii_lowercase + string.digits + "-")
_TRACK = re.compile(r"[a-zA-Z0-9](?:[_.-]?[a-zA-Z0-9])*")


def check_package_name(name: str) -> str:
    """Return a package name that a store may take.

    Args:
        name: The name. Its length is not limited here: stores differ.

    Raises:
        InvalidNameError: No store takes it.

    Source: Publisher Gateway reference, section 16.1. Checked in one pass, without the pattern
    given there, which takes exponential time on some long names.
    """
    why = _package_name_fault(name)
    if why is None:
        return name
    raise InvalidNameError(
        f"{_shown(name)} is not a package name.",
        why=why,
        advice=(
            "Use lower-case letters, digits and single hyphens, with at least one letter, such as "
            "'my-charm'."
        ),
    )


def check_track_name(name: str) -> str:
    """Return a track name that may be created.

    Raises:
        InvalidNameError: It has not the form of a track name.

    Source: Publisher Gateway reference, section 16.2.
    """
    why = _track_name_fault(name)
    if why is None:
        return name
    raise InvalidNameError(
        f"{_shown(name)} is not a track name.",
        why=why,
        advice="Use letters and digits with single '.', '_' or '-' between them, such as '2.0'.",
    )


def _package_name_fault(name: object) -> str | None:
    if not isinstance(name, str) or not name:
        return "It is empty."
    odd = sorted(set(name) - _PACKAGE_CHARACTERS)
    if odd:
        return f"It contains {', '.join(repr(character) for character in odd[:5])}."
    if not any(character.isalpha() for character in name):
        return "It does not contain a letter."
    if name.startswith("-") or name.endswith("-"):
        return "It starts or ends with a hyphen."
    if "--" in name:
        return "It has two hyphens in a row."
    return None


def _track_name_fault(name: object) -> str | None:
    if not isinstance(name, str) or not name:
        return "It is empty."
    if len(name) > LONGEST_TRACK_NAME:
        return f"It has {len(name)} characters; {LONGEST_TRACK_NAME} are allowed."
    if not _TRACK.fullmatch(name):
        return "It contains characters that are not allowed, or two separators in a row."
    return None


def _shown(name: object) -> str:
    text = repr(name)
    return text if len(text) <= 60 else f"{text[:56]}...'"
