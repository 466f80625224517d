"""What every model has: reading from JSON, the object as it came, and writing to JSON.

The models are plain frozen dataclasses, so that programs make them without knowing the wire.
Reading them from a store's JSON is pydantic's work:

- wire names are the attribute names with hyphens (``created_at`` is ``created-at``);
- null is the same as a missing key;
- keys that a model does not know are kept in :attr:`WireModel.raw`;
- words of a growing vocabulary (states, kinds) are text, never an enumeration.

Source: Publisher Gateway reference, sections 1.3, 18 (item 9) and 21.9.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime, timezone
from types import MappingProxyType
from typing import Any, ClassVar

from craft_store_core.channels import Channel
from craft_store_core.errors import ErrorEntry


class WireModel:
    """Base of the models. Derive as ``@dataclass(frozen=True, slots=True)``."""

    __slots__ = ("_raw",)

    _raw: dict[str, Any]

    wire_names: ClassVar[Mapping[str, str]] = MappingProxyType({})
    """Attributes whose wire name is not their own name with hyphens."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.__pydantic_config__ = {  # type: ignore[attr-defined]  # where pydantic looks for it
            "alias_generator": cls.wire_name,
            "coerce_numbers_to_str": True,
        }

    @classmethod
    def wire_name(cls, attribute: str) -> str:
        """Return the key under which an attribute is written in JSON."""
        return cls.wire_names.get(attribute) or attribute.replace("_", "-")

    @property
    def raw(self) -> Mapping[str, Any]:
        """The object as the store sent it; for objects made by a program, :meth:`to_json`."""
        try:
            raw: Mapping[str, Any] = self._raw
        except AttributeError:
            return self.to_json()
        return raw

    def to_json(self) -> dict[str, Any]:
        """Return JSON-able data: wire names, UTC times, and what the model does not know."""
        known = {
            self.wire_name(field.name): jsonable(getattr(self, field.name))
            for field in fields(self)  # type: ignore[arg-type]  # every subclass is a dataclass
        }
        try:
            raw = self._raw
        except AttributeError:
            return known
        unknown = {key: value for key, value in raw.items() if key not in known}
        return {**known, **unknown}


def jsonable(value: object) -> Any:
    """Return a model's value as JSON-able data.

    Raises:
        TypeError: It is of a kind that no model has.
    """
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, Mapping):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [jsonable(item) for item in value]
    return _object_jsonable(value)


def write_time(moment: datetime) -> str:
    """Return a zone-aware time in UTC as stores write it: ``2026-03-01T09:15:02Z``."""
    return moment.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")


def _object_jsonable(value: object) -> Any:
    if isinstance(value, WireModel):
        return value.to_json()
    if isinstance(value, datetime):
        return write_time(value)
    if isinstance(value, Channel):
        return str(value)
    if isinstance(value, ErrorEntry):
        return {"code": value.code, "message": value.message, **value.extra}
    raise TypeError(f"{type(value).__name__} has no JSON form")
