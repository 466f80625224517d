"""Lists as stores send them: what can be read, and the odd rows beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple, TypeVar, overload

from craft_store_core.models.wire import jsonable

T_co = TypeVar("T_co", covariant=True)


class UnreadableRow(NamedTuple):
    """A row of a list that does not have the form of its neighbours.

    Attributes:
        row: The row as it came.
        reason: What is wrong with it; holds nothing of the row's values.
    """

    row: Any
    reason: str


class Listing(Sequence[T_co]):
    """An immutable sequence of models. One odd row does not lose the others.

    Args:
        rows: The models.
        unreadable: The rows that could not be read, in their order.
    """

    __slots__ = ("_rows", "_unreadable")

    def __init__(self, rows: Iterable[T_co] = (), unreadable: Iterable[UnreadableRow] = ()) -> None:
        self._rows = tuple(rows)
        self._unreadable = tuple(unreadable)

    @property
    def unreadable(self) -> tuple[UnreadableRow, ...]:
        """The rows that could not be read, in their order."""
        return self._unreadable

    @overload
    def __getitem__(self, index: int) -> T_co: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[T_co, ...]: ...
    def __getitem__(self, index: int | slice) -> T_co | tuple[T_co, ...]:
        return self._rows[index]

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[T_co]:
        return iter(self._rows)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Listing):
            return NotImplemented
        return self._rows == other._rows and self._unreadable == other._unreadable

    def __hash__(self) -> int:
        return hash(self._rows)

    def __repr__(self) -> str:
        odd = f", unreadable={len(self._unreadable)}" if self._unreadable else ""
        return f"Listing({list(self._rows)!r}{odd})"

    def to_json(self) -> list[Any]:
        """Return the rows as JSON-able data, without the unreadable ones."""
        return [jsonable(row) for row in self._rows]
