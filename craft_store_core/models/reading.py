"""Reading models from decoded JSON: one object, or a list of which some rows may be odd."""

from __future__ import annotations

from functools import cache
from types import UnionType
from typing import (
    TYPE_CHECKING,
    Any,
    Generic,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

from pydantic import TypeAdapter, ValidationError

from craft_store_core.models.listing import Listing, UnreadableRow
from craft_store_core.models.wire import WireModel

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

M = TypeVar("M", bound=WireModel)

# The models are frozen for everybody else.
_set = object.__setattr__


class UnreadableError(ValueError):
    """Data has not the form of a model. The text names keys, never values."""


def read(model: type[M], data: Any) -> M:
    """Read one object.

    Args:
        model: The class to read.
        data: Decoded JSON.

    Raises:
        UnreadableError: It has not that form.
    """
    try:
        return _reader(model).read(data)
    except ValidationError as error:
        raise UnreadableError(_reason(error)) from None


def read_listing(model: type[M], rows: Iterable[Any]) -> Listing[M]:
    """Read a list. Rows that cannot be read are kept beside it.

    Args:
        model: The class of the rows.
        rows: Decoded JSON.
    """
    return _reader(model).read_listing(list(rows))


class _Reader(Generic[M]):
    """Reads one class of models and keeps, in each object, what it was read from."""

    def __init__(self, model: type[M]) -> None:
        self._validate = TypeAdapter(model).validator.validate_python
        self._validate_all = TypeAdapter(list[model]).validator.validate_python  # type: ignore[valid-type]  # a class at run time
        self._nested = tuple(_nested(model))

    def read(self, data: Any) -> M:
        try:
            model: M = self._validate(data)
        except ValidationError:
            # Nulls in odd places are rare enough to be looked for only now.
            model = self._validate(_without_nulls(data))
        self.keep(model, data)
        return model

    def read_listing(self, rows: list[Any]) -> Listing[M]:
        try:
            models: list[M] = self._validate_all(rows)
        except ValidationError:
            return self._read_one_by_one(rows)
        for model, data in zip(models, rows, strict=True):
            self.keep(model, data)
        return Listing(models)

    def _read_one_by_one(self, rows: list[Any]) -> Listing[M]:
        outcomes = [self._attempt(row) for row in rows]
        return Listing(
            [outcome for outcome in outcomes if not isinstance(outcome, UnreadableRow)],
            [outcome for outcome in outcomes if isinstance(outcome, UnreadableRow)],
        )

    def _attempt(self, row: Any) -> M | UnreadableRow:
        try:
            return self.read(row)
        except ValidationError as error:
            return UnreadableRow(row, _reason(error))

    def keep(self, model: M, data: dict[str, Any]) -> None:
        _set(model, "_raw", data)
        for attribute, key, reader in self._nested:
            part = data.get(key)
            if not part:
                continue
            value = getattr(model, attribute)
            if type(value) is not tuple:
                reader.keep(value, part)
                continue
            items = part if len(part) == len(value) else [item for item in part if item is not None]
            for item, item_data in zip(value, items, strict=True):
                reader.keep(item, item_data)


# Building a validator takes milliseconds; using it takes microseconds.
@cache
def _cached_reader(model: Hashable) -> _Reader[Any]:
    return _Reader(cast("type[WireModel]", model))


def _reader(model: type[M]) -> _Reader[M]:
    return _cached_reader(cast("Hashable", model))


def _nested(model: type[WireModel]) -> Iterable[tuple[str, str, _Reader[Any]]]:
    for attribute, hint in get_type_hints(model).items():
        inner = _model_in(hint)
        if inner is not None:
            yield attribute, model.wire_name(attribute), _reader(inner)


def _model_in(hint: Any) -> type[WireModel] | None:
    if isinstance(hint, type) and issubclass(hint, WireModel):
        return hint
    if get_origin(hint) in {Union, UnionType, tuple}:
        for argument in get_args(hint):
            inner = _model_in(argument)
            if inner is not None:
                return inner
    return None


def _without_nulls(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _without_nulls(item) for key, item in data.items() if item is not None}
    if isinstance(data, list):
        return [_without_nulls(item) for item in data if item is not None]
    return data


def _reason(error: ValidationError) -> str:
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(
        f"{'.'.join(str(part) for part in fault['loc']) or 'the row'}: {fault['msg']}"
        for fault in faults
    )
