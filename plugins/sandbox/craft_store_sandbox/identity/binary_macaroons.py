"""Sets of macaroons in the binary version 2 format, one after the other.

Source: Publisher Gateway reference, sections 4.6 and 4.10.
"""

from __future__ import annotations

import base64

from pymacaroons import Macaroon

_END = 0
_SIGNATURE = 6


def split_set(data: bytes) -> list[Macaroon]:
    """Read concatenated binary macaroons.

    Args:
        data: raw bytes, not base64.

    Returns:
        At least one macaroon.

    Raises:
        ValueError: the bytes are damaged.
    """
    macaroons: list[Macaroon] = []
    position = 0
    while position < len(data) or not macaroons:
        end = _end_of_macaroon(data, position)
        encoded = base64.urlsafe_b64encode(data[position:end]).decode()
        macaroons.append(Macaroon.deserialize(encoded))
        position = end
    return macaroons


def _end_of_macaroon(data: bytes, start: int) -> int:
    if data[start : start + 1] != b"\x02":
        raise ValueError("Not a version 2 macaroon")
    position = start + 1
    while True:
        kind, position = _uvarint(data, position)
        if kind == _END:
            continue
        length, position = _uvarint(data, position)
        position += length
        if position > len(data):
            raise ValueError("The macaroon is cut short")
        if kind == _SIGNATURE:
            return position


def _uvarint(data: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if position >= len(data) or shift > 28:
            raise ValueError("The macaroon is cut short")
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
