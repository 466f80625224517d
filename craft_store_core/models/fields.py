"""Kinds of fields that pydantic does not read the way stores write them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BeforeValidator, PlainValidator

from craft_store_core.channels import Channel
from craft_store_core.errors import ErrorEntry, InvalidChannelError

T = TypeVar("T")


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=timezone.utc)


def _empty_for_null(value: Any) -> Any:
    return () if value is None else value


def _read_channel(value: Any) -> Channel:
    try:
        return Channel.parse(value)
    except InvalidChannelError:
        raise ValueError("Input should be a channel") from None


def _read_error(value: Any) -> ErrorEntry:
    if not isinstance(value, Mapping):
        return ErrorEntry(None, value if isinstance(value, str) else "")
    code, message = value.get("code"), value.get("message")
    return ErrorEntry(
        None if code is None else str(code),
        "" if message is None else str(message),
        {str(key): item for key, item in value.items() if key not in {"code", "message"}},
    )


def _lists_of_text(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {key: items if isinstance(items, list) else [items] for key, items in value.items()}


Timestamp = Annotated[datetime, AfterValidator(_aware)]
"""A zone-aware time. All three spellings of the gateway are read; without a zone it is UTC.

Source: Publisher Gateway reference, section 1.3.
"""

ChannelName = Annotated[Channel, PlainValidator(_read_channel)]
"""A channel in any spelling; a missing track is ``latest``."""

ReviewEntry = Annotated[ErrorEntry, PlainValidator(_read_error)]
"""An entry of an error list; a missing or null code is None, a missing message is empty."""

Links = Annotated[Mapping[str, tuple[str, ...]], BeforeValidator(_lists_of_text)]
"""Kind of link to URLs; a single text where a list should be is a list of one."""

Many = Annotated[tuple[T, ...], BeforeValidator(_empty_for_null)]
"""A list; null is an empty one."""
