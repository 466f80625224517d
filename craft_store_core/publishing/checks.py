"""What must hold before the first byte is sent, and what a channel has already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from craft_store_core.channels import DEFAULT_TRACK, Channel
from craft_store_core.errors import ArtifactError, PermissionRequiredError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from craft_store_core.models import Base, ChannelMap, Identity, Package


def is_released(
    releases: ChannelMap, channel: Channel, revision: int, pins: Mapping[str, int]
) -> bool:
    """Tell whether a channel has a revision on all its bases, with those resource revisions.

    Rows of other bases, to which another architecture may be released, do not matter.
    """
    details = releases.revision(revision)
    if details is None:
        return False
    bases: set[Base | None] = {*details.bases} or {None}
    rows = [row for row in releases.at(channel) if row.base in bases]
    return {row.base for row in rows} == bases and all(
        row.revision == revision
        and pins.items() <= {item.name: item.revision for item in row.resources}.items()
        for row in rows
    )


def has_newer(
    releases: ChannelMap, channel: Channel, revision: int, bases: Sequence[Base | None]
) -> bool:
    """Tell whether a channel has a newer revision for one of some bases.

    Args:
        releases: What is released.
        channel: The channel; what it inherits from a more stable one does not count.
        revision: The revision that would be released.
        bases: What that revision runs on; empty when it is not known: then all rows count.
    """
    return any(
        row.revision > revision for row in releases.at(channel) if not bases or row.base in bases
    )


def channels_of(package: Package, texts: Iterable[str]) -> tuple[Channel, ...]:
    """Read channels as they are meant for a package.

    Args:
        package: Its default track completes channels that name none.
        texts: The channels; one that is repeated counts once.

    Raises:
        InvalidChannelError: A text is no channel.
        UsageError: The package has not got the track.
    """
    default = package.default_track or DEFAULT_TRACK
    channels = tuple(dict.fromkeys(Channel.parse(text, default) for text in texts))
    known = {track.name for track in package.tracks} | {DEFAULT_TRACK}
    for channel in channels:
        if channel.track not in known:
            raise UsageError(
                f"{package.name!r} has no track {channel.track!r}.",
                why=f"Its tracks are {', '.join(sorted(known))}.",
                advice="Choose one of these, or create the track with 'craft-store create-track'.",
            )
    return channels


def check_limits(identity: Identity, name: str, channels: Sequence[Channel]) -> None:
    """Compare what is planned with the packages and channels that credentials are limited to.

    Raises:
        PermissionRequiredError: Something planned is outside of them.
    """
    packages = identity.packages
    if packages is not None and not any(item.name in {name, None} for item in packages):
        names = ", ".join(str(item.name) for item in packages)
        raise outside_limits(
            f"The credentials do not allow access to {name!r}.", f"They are limited to: {names}."
        )
    for channel in channels:
        if identity.channels is not None and not _matches(identity.channels, channel):
            raise outside_limits(
                f"The credentials do not allow a release to {channel}.",
                f"They are limited to: {', '.join(identity.channels)}.",
            )


def outside_limits(message: str, why: str) -> PermissionRequiredError:
    """Return the error for credentials that do not suffice."""
    return PermissionRequiredError(
        message,
        status=401,
        why=f"{why} Nothing was sent.",
        advice="Log in again for credentials without this limit, or use other credentials.",
    )


def refuse_undeclared(kind: str, file: Path, given: Iterable[str], declared: Iterable[str]) -> None:
    """Refuse resources or components that an artifact does not declare.

    Args:
        kind: ``resource`` or ``component``.
        file: The artifact, for the error.
        given: The names that were given.
        declared: The names that the artifact declares.

    Raises:
        UsageError: One is not declared.
    """
    known = set(declared)
    for name in given:
        if name not in known:
            raise UsageError(
                f"{file.name} does not declare the {kind} {name!r}.",
                why=f"It declares: {', '.join(sorted(known)) or 'none'}.",
                advice=f"Correct the name, or add the {kind} to the artifact's metadata.",
            )


def size_of(file: Path) -> int:
    """Return the size of a file in bytes.

    Raises:
        ArtifactError: It is not there, or no file.
    """
    try:
        size = file.stat().st_size
    except OSError as error:
        raise ArtifactError(
            f"The file {file} cannot be read.",
            why=error.strerror,
            advice="Check the path. Nothing was sent.",
        ) from None
    if not file.is_file():
        raise ArtifactError(
            f"{file} is not a file.", advice="Pass the path of a file. Nothing was sent."
        )
    return size


def _matches(patterns: Sequence[str], channel: Channel) -> bool:
    from fnmatch import fnmatchcase

    # "edge" in a limit means the edge of the default track.
    spellings = {str(channel), str(channel).removeprefix("latest/")}
    return any(fnmatchcase(text, pattern) for text in spellings for pattern in patterns)
