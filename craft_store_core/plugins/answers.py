"""Reading answers: a missing key or a wrong type becomes an error that names the endpoint."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any, TypeVar

from craft_store_core.errors import UnexpectedResponseError
from craft_store_core.models import Listing, UnreadableError, read, read_listing

if TYPE_CHECKING:
    from collections.abc import Callable

    from craft_store_core.http import Response
    from craft_store_core.models import WireModel

M = TypeVar("M", bound="WireModel")


class Answer:
    """The JSON object that an endpoint answered with.

    Args:
        response: The answer.
        endpoint: What answered, for errors, as in ``"GET /v1/charm/acme-web"``.

    Raises:
        UnexpectedResponseError: It is no JSON object.
    """

    def __init__(self, response: Response, endpoint: str) -> None:
        self.response = response
        self.endpoint = endpoint
        self.document = response.json_object()

    def part(self, key: str) -> Answer:
        """Return the object under a key, to be read like the whole.

        Raises:
            UnexpectedResponseError: It is missing or no object.
        """
        value = self.value(key)
        if not isinstance(value, dict):
            raise self.unexpected(f"{key!r} is not an object.")
        part = copy(self)
        part.document = value
        return part

    def value(self, key: str) -> Any:
        """Return the value of a key.

        Raises:
            UnexpectedResponseError: It is missing.
        """
        try:
            return self.document[key]
        except KeyError:
            raise self.unexpected(f"{key!r} is missing.") from None

    def text(self, key: str) -> str:
        """Return the value of a key that must be a text; a whole number is taken as one.

        Raises:
            UnexpectedResponseError: It is missing, empty or something else.
        """
        value = self.value(key)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if not isinstance(value, str) or not value:
            raise self.unexpected(f"{key!r} is not a string.")
        return value

    def count(self, key: str) -> int:
        """Return the value of a key that must be a whole number.

        Raises:
            UnexpectedResponseError: It is missing or something else.
        """
        value = self.value(key)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.unexpected(f"{key!r} is not an integer.")
        return value

    def model(self, model: type[M], key: str | None = None) -> M:
        """Return the object under a key, or the whole answer, as a model.

        Raises:
            UnexpectedResponseError: It is missing or has not that form.
        """
        data = self.document if key is None else self.value(key)
        try:
            return read(model, data)
        except UnreadableError as error:
            where = "The response" if key is None else repr(key)
            raise self.unexpected(f"{where} cannot be read: {error}.") from None

    def listing(
        self, model: type[M], key: str, *, adapt: Callable[[Any], Any] | None = None
    ) -> Listing[M]:
        """Return the list under a key as models; null is an empty list.

        Args:
            model: The class of the rows.
            key: The key.
            adapt: Called with each row before it is read.

        Raises:
            UnexpectedResponseError: It is missing or no list.
        """
        rows = self.value(key)
        if rows is None:
            return Listing()
        if not isinstance(rows, list):
            raise self.unexpected(f"{key!r} is not a list.")
        return read_listing(model, rows if adapt is None else map(adapt, rows))

    def unexpected(self, why: str) -> UnexpectedResponseError:
        """Return the error for an answer that cannot be used."""
        return UnexpectedResponseError(
            f"The response to {self.endpoint} cannot be read.",
            why=why,
            advice=(
                "Check the URL of the store. If it is correct, report this error with the "
                "request id."
            ),
            request_id=self.response.request_id,
        )


def architecture_as_base(row: Any) -> Any:
    """Return a release or a revision of a snap with its architectures as bases.

    Where charms have bases, snaps have ``architecture`` or ``architectures``; their ``base`` is the
    name of another snap, and stays in what was received. Other rows are returned as they are.

    Source: Publisher Gateway reference, section 9.4; Snap Store reference, sections 9.6 and 15.5.
    """
    if not isinstance(row, dict):
        return row
    several, one = row.get("architectures"), row.get("architecture")
    if isinstance(several, list):
        return {**row, "bases": [_architecture(name) for name in several]}
    return {**row, "base": _architecture(one)} if isinstance(one, str) else row


def _architecture(name: Any) -> dict[str, Any]:
    return {"name": "", "channel": "", "architecture": name}


def numbered(listing: Listing[M]) -> Listing[M]:
    """Return a list of revisions ordered by number, oldest first.

    The gateway documents no order (Publisher Gateway reference, sections 9.4 and 11.2).
    """
    return Listing(sorted(listing, key=_number), listing.unreadable)


def _number(row: Any) -> int:
    number: int = row.revision
    return number
