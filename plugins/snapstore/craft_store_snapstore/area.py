"""What the parts of the dashboard's endpoint set share: asking, errors, names and snap ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from craft_store_core.errors import InvalidNameError, StoreError, UnexpectedResponseError
from craft_store_core.models import Listing, UnreadableError, read, read_listing
from craft_store_core.plugins import Answer, EndpointSet, path
from craft_store_snapstore.errors import refined
from craft_store_snapstore.models import SnapInfo

if TYPE_CHECKING:
    from collections.abc import Mapping

    from craft_store_core.models import WireModel
    from craft_store_core.plugins import RequestBody, Response, StoreSession

SERIES = "16"
"""The series of every snap."""

M = TypeVar("M", bound="WireModel")


class DashboardArea(EndpointSet):
    """A part of the dashboard's endpoints.

    Args:
        session: Sends the requests of the store.
    """

    def __init__(self, session: StoreSession) -> None:
        super().__init__(session)
        # A name leads to the same snap for as long as a client lives.
        self._snap_ids: dict[str, str] = {}

    def snap_id(self, name: str) -> str:
        """Return the id of a snap; asked for once.

        Raises:
            NotFoundError: There is no such snap.
            UnexpectedResponseError: The store gives it no id.
        """
        if name not in self._snap_ids:
            answer = self._ask("GET", self._path("dev", "api", "snaps", "info", name))
            snap_id = model(answer, SnapInfo, answer.document).snap_id
            if not snap_id:
                raise answer.unexpected(
                    f"The store has no snap id for {name!r}, and this operation requires it."
                )
            self._snap_ids[name] = snap_id
        return self._snap_ids[name]

    def _path(self, *parts: str | int) -> str:
        try:
            return path(*parts)
        except ValueError as error:
            raise InvalidNameError(f"{error}.", advice="Check the name of the snap.") from None

    def _of_snap(self, name: str, *parts: str | int) -> str:
        """Return a path below the snap's id."""
        return self._path("dev", "api", "snaps", self.snap_id(name), *parts)

    def _send(
        self,
        method: str,
        target: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        data: RequestBody | None = None,
        authenticated: bool = True,
        repeatable: bool | None = None,
        service: str = "api",
    ) -> Response:
        try:
            return self.session.request(
                method,
                target,
                params=params,
                json=json,
                headers=headers,
                data=data,
                authenticated=authenticated,
                repeatable=repeatable,
                service=service,
            )
        except StoreError as error:
            better = refined(error)
            if better is error:
                raise
            raise better from error

    def _ask(self, method: str, target: str, **options: Any) -> Answer:
        """Send a request and read its JSON object; options as of :meth:`_send`."""
        return Answer(self._send(method, target, **options), f"{method} {target}")

    def _ask_list(self, method: str, target: str, **options: Any) -> list[Any]:
        """Send a request and read its JSON list.

        Raises:
            UnexpectedResponseError: It is none.
        """
        response = self._send(method, target, **options)
        rows = response.json()
        if not isinstance(rows, list):
            raise UnexpectedResponseError(
                f"The response to {method} {target} cannot be read.",
                why="It is not a list.",
                advice="Check that the URL belongs to the store.",
                request_id=response.request_id,
            )
        return rows


def hyphenated(row: Any) -> Any:
    """Return an object whose keys have hyphens, whichever way the store spelled them.

    The dashboard mixes both spellings, at times within one object (Snap Store reference, section
    9.7). Where a key comes in both, the one with hyphens counts.
    """
    if not isinstance(row, dict):
        return row
    spelled = {key.replace("_", "-"): value for key, value in row.items()}
    return {**spelled, **{key: value for key, value in row.items() if "_" not in key}}


def model(answer: Answer, kind: type[M], data: Any) -> M:
    """Read a part of an answer in either spelling.

    Raises:
        UnexpectedResponseError: It has not that form.
    """
    try:
        return read(kind, hyphenated(data))
    except UnreadableError as error:
        raise answer.unexpected(f"The response cannot be read: {error}.") from None


def rows(answer: Answer, kind: type[M], data: Any) -> Listing[M]:
    """Read a list of an answer in either spelling; null is an empty one.

    Raises:
        UnexpectedResponseError: It is no list.
    """
    if data is None:
        return Listing()
    if not isinstance(data, list):
        raise answer.unexpected("A part of the response is not a list.")
    return read_listing(kind, map(hyphenated, data))
