"""The channel map, revisions and their history; releasing, closing, promoting.

Source: Snap Store reference, sections 9.2 to 9.8.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from craft_store_core.errors import (
    BadRequestError,
    StoreTimeoutError,
    StoreUnavailableError,
    StoreUnreachableError,
    UsageError,
)
from craft_store_core.models import (
    ChannelInfo,
    ChannelMap,
    Listing,
    Release,
    ReleaseRequest,
    ReleaseResult,
    Revision,
)
from craft_store_core.plugins import Channel, architecture_as_base, numbered, operation
from craft_store_snapstore.area import SERIES, DashboardArea, hyphenated, model, rows
from craft_store_snapstore.models import ChannelState, PastRelease

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from craft_store_core.plugins import Answer

_RELEASE = "/dev/api/snap-release/"
_OUTCOME_UNKNOWN = (StoreUnreachableError, StoreTimeoutError, StoreUnavailableError)


class DashboardReleases(DashboardArea):
    """Revisions, releases and the state of channels."""

    @operation("package_access")
    def list_releases(self, name: str) -> ChannelMap:
        """Return what is released where.

        A channel in a progressive release has two rows for an architecture: what most have, and
        what some are getting.
        """
        answer = self._ask("GET", self._path("api", "v2", "snaps", name, "channel-map"))
        document = answer.document
        return ChannelMap(
            rows=rows(answer, Release, _with_bases(answer.value("channel-map"))),
            channels=answer.part("snap").listing(ChannelInfo, "channels"),
            revisions=rows(answer, Revision, _with_bases(answer.value("revisions"))),
            raw=document,
        )

    @operation("package_access")
    def list_revisions(self, name: str) -> Listing[Revision]:
        """Return all revisions, oldest first; also those that were rejected or wait."""
        return self._history(name)[1]

    @operation("package_access")
    def list_past_releases(self, name: str) -> Listing[PastRelease]:
        """Return everything that was ever released or closed, newest first."""
        return self._history(name)[0]

    @operation("package_access")
    def get_revision(self, name: str, revision: int) -> Revision:
        """Return one revision.

        Raises:
            NotFoundError: The snap has no such revision.
        """
        target = self._path("api", "v2", "snaps", name, "revisions", revision)
        answer = self._ask("GET", target)
        return model(answer, Revision, _with_base(answer.value("revision")))

    @operation("package_release")
    def release(self, name: str, requests: Iterable[ReleaseRequest]) -> Listing[ReleaseResult]:
        """Release revisions to channels; a request without a revision closes its channel.

        One call goes out for each revision and percentage, then one for the channels to close. A
        release whose answer was lost is looked for before it counts as failed.

        Returns:
            One result for each request, in the same order.

        Raises:
            UsageError: A percentage is none of a progressive release; nothing was sent.
            MacaroonPermissionRequiredError: The credentials are limited to other channels.
        """
        wanted = tuple(requests)
        _check(wanted)
        groups: dict[tuple[int | None, float | None], list[Channel]] = {}
        for request in wanted:
            groups.setdefault((request.revision, request.percentage), []).append(request.channel)
        for (revision, percentage), channels in groups.items():
            if revision is not None:
                self._release(name, revision, channels, percentage)
        closing = groups.get((None, None))
        if closing:
            self.close(name, [str(channel) for channel in closing])
        return Listing(
            ReleaseResult(request.channel, request.revision, confirmed=True) for request in wanted
        )

    @operation("package_release")
    def release_progressively(
        self, name: str, requests: Iterable[ReleaseRequest]
    ) -> Listing[ReleaseResult]:
        """Release as :meth:`release` does, which takes percentages too."""
        return self.release(name, requests)

    @operation("package_access")
    def close(self, name: str, channels: Sequence[str]) -> tuple[str, ...]:
        """Close channels, for all architectures; return those that were closed.

        Raises:
            InvalidFieldError: One is no channel of the snap.
            UnexpectedResponseError: The store does not say what it did.
        """
        # Closing a closed channel changes nothing.
        answer = self._ask(
            "POST", self._of_snap(name, "close"), json={"channels": [*channels]}, repeatable=True
        )
        answer.part("channel_map_tree")
        closed = answer.document.get("closed_channels")
        return tuple(map(str, closed)) if isinstance(closed, list) else tuple(channels)

    @operation("package_access")
    def channel_state(
        self, name: str, *, architecture: str | None = None
    ) -> dict[str, dict[str, Listing[ChannelState]]]:
        """Return every channel, also those without a release: by track, then by architecture.

        Args:
            name: The snap.
            architecture: Only this one.
        """
        params = {"series": SERIES}
        if architecture is not None:
            params["architecture"] = architecture
        answer = self._ask("GET", self._of_snap(name, "state"), params=params)
        tree = answer.document.get("channel_map_tree", {})
        if not isinstance(tree, dict):
            raise answer.unexpected("'channel_map_tree' is not an object.")
        return {track: _architectures(answer, of_track) for track, of_track in tree.items()}

    @operation("package_release")
    def promote(
        self,
        name: str,
        source: str,
        target: str,
        *,
        incomplete: bool = False,
        confirm: Callable[[Mapping[str, int]], None] | None = None,
    ) -> dict[str, int]:
        """Release what one channel has to another, for each architecture.

        Args:
            name: The snap.
            source: The channel to take from.
            target: The channel to release to.
            incomplete: Go on where an architecture of the snap has nothing in ``source``.
            confirm: Called with what would be returned, before anything is released; what it
                raises ends the promotion.

        Returns:
            Architecture to the revision that was released for it.

        Raises:
            InvalidChannelError: One of them is no channel; nothing was sent.
            UsageError: There is nothing to promote, or not for all architectures.
        """
        origin, goal = Channel.parse(source), Channel.parse(target)
        found = self.channel_state(name).get(origin.track, {})
        inside = str(origin).removeprefix(f"{origin.track}/")
        held = {
            architecture: next(
                (row.revision for row in states if row.channel == inside and row.revision), None
            )
            for architecture, states in found.items()
        }
        wanted = {architecture: number for architecture, number in held.items() if number}
        missing = sorted(held.keys() - wanted.keys())
        if not wanted or (missing and not incomplete):
            raise UsageError(
                f"{name} cannot be promoted from {origin} to {goal}.",
                why=f"{origin} has no release for {', '.join(missing) or 'any architecture'}.",
                advice=(
                    f"Release to {origin} first. 'craft-store status {name}' lists the releases."
                ),
            )
        if confirm is not None:
            confirm(wanted)
        self.release(
            name, [ReleaseRequest(goal, number) for number in dict.fromkeys(wanted.values())]
        )
        return wanted

    def _release(
        self, name: str, revision: int, channels: Sequence[Channel], percentage: float | None
    ) -> None:
        body: dict[str, Any] = {
            "name": name,
            "revision": str(revision),
            "channels": [str(channel) for channel in channels],
        }
        if percentage is not None:
            body["progressive"] = {"percentage": percentage, "paused": False}
        try:
            answer = self._ask("POST", _RELEASE, json=body, repeatable=False)
        except _OUTCOME_UNKNOWN:
            if self._is_there(name, revision, channels, percentage):
                return
            raise
        if answer.document.get("success") is False:
            raise BadRequestError(
                f"The store did not release revision {revision} of {name}.",
                status=answer.response.status,
                request_id=answer.response.request_id,
                why=f"The store reports: {answer.document.get('errors') or 'no reason'}.",
            )

    def _is_there(
        self, name: str, revision: int, channels: Sequence[Channel], percentage: float | None
    ) -> bool:
        try:
            current = self.list_releases(name)
        except _OUTCOME_UNKNOWN:
            return False
        return all(
            any(
                row.revision == revision and row.progressive.percentage == percentage
                for row in current.at(channel)
            )
            for channel in channels
        )

    def _history(self, name: str) -> tuple[Listing[PastRelease], Listing[Revision]]:
        target = self.session.url(self._path("api", "v2", "snaps", name, "releases"))
        seen: set[str] = set()
        releases: list[Any] = []
        revisions: dict[Any, Any] = {}
        while True:
            seen.add(target)
            answer = self._ask("GET", target)
            releases += _list(answer, "releases")
            for row in _list(answer, "revisions"):
                number = row.get("revision") if isinstance(row, dict) else None
                # Each page repeats the revisions that it needs; what has no number is kept as odd.
                revisions.setdefault(number if isinstance(number, int) else id(row), row)
            following = _next(answer)
            if following is None or self.session.url(following) in seen:
                break
            target = self.session.url(following)
        return (
            rows(answer, PastRelease, releases),
            numbered(rows(answer, Revision, _with_bases(list(revisions.values())))),
        )


def _list(answer: Answer, key: str) -> list[Any]:
    value = answer.value(key)
    if not isinstance(value, list):
        raise answer.unexpected(f"{key!r} is not a list.")
    return value


def _next(answer: Answer) -> str | None:
    links = answer.document.get("_links")
    following = links.get("next") if isinstance(links, dict) else None
    if isinstance(following, dict):
        following = following.get("href")
    return following if isinstance(following, str) and following else None


def _check(requests: Sequence[ReleaseRequest]) -> None:
    for request in requests:
        part = request.percentage
        if part is None:
            continue
        if request.revision is None:
            raise UsageError("Closing a channel cannot be progressive.")
        if not 0 < part < 100:
            raise UsageError(
                f"{part:g} is not a percentage for a progressive release.",
                why="It must be greater than 0 and less than 100.",
                advice="To reach every installation, release without a percentage.",
            )


def _architectures(answer: Answer, of_track: Any) -> dict[str, Listing[ChannelState]]:
    of_series = of_track.get(SERIES) if isinstance(of_track, dict) else None
    if not isinstance(of_series, dict):
        return {}
    return {name: rows(answer, ChannelState, states) for name, states in of_series.items()}


def _with_bases(listed: Any) -> Any:
    return [_with_base(row) for row in listed] if isinstance(listed, list) else listed


def _with_base(row: Any) -> Any:
    return architecture_as_base(hyphenated(row))
