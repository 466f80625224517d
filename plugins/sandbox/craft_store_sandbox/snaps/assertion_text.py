"""Reading signed assertions: headers, body, signature (Snap Store reference, section 11).

Signatures are not checked: the keys that made them are the publisher's, and only snapd's own format
of them would tell. What is read is what a real store would store.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

LARGEST = 1 << 20
_DEEPEST = 16
_KEY = re.compile(r"[a-z](?:-?[a-z0-9])*")


class MalformedAssertionError(ValueError):
    """The text is no assertion; the message says why."""


@dataclass(frozen=True)
class ParsedAssertion:
    """An assertion.

    Attributes:
        headers: Text, lists and maps; every scalar is text.
        body: None without ``body-length``.
        signature: As it stands; empty in the form that is one line of JSON.
    """

    headers: dict[str, Any]
    body: str | None
    signature: str


def parse_assertion(text: str) -> ParsedAssertion:
    """Read an assertion.

    Args:
        text: The signed text; or headers as one line of JSON, as test doubles of snapd give them.

    Raises:
        MalformedAssertionError: It is none.
    """
    if len(text) > LARGEST:
        raise MalformedAssertionError("it is too large")
    if text.lstrip().startswith("{"):
        return _from_json(text)
    head, separator, rest = text.partition("\n\n")
    if not separator:
        raise MalformedAssertionError("it has no empty line after its headers")
    headers = _Lines(head.split("\n")).mapping(0)
    for name in ("type", "sign-key-sha3-384"):
        if not isinstance(headers.get(name), str):
            raise MalformedAssertionError(f"it has no header {name}")
    body, signature = _split(headers, rest)
    if not signature.strip():
        raise MalformedAssertionError("it has no signature")
    return ParsedAssertion(headers, body, signature.strip())


def _from_json(text: str) -> ParsedAssertion:
    try:
        headers = json.loads(text.strip().partition("\n")[0])
    except (ValueError, RecursionError) as error:
        raise MalformedAssertionError("its first line is not a JSON object") from error
    if not isinstance(headers, dict) or not isinstance(headers.get("type"), str):
        raise MalformedAssertionError("it has no header type")
    body = headers.pop("body", None)
    return ParsedAssertion(_as_texts(headers), body if isinstance(body, str) else None, "")


def _as_texts(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _as_texts(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_texts(item) for item in value]
    return value if isinstance(value, str) else json.dumps(value)


def _split(headers: dict[str, Any], rest: str) -> tuple[str | None, str]:
    length = headers.get("body-length")
    if length in (None, "0"):
        return None, rest
    if not isinstance(length, str) or not length.isdecimal() or len(length) > 9:
        raise MalformedAssertionError("its body-length is not a number")
    data = rest.encode()
    body, after = data[: int(length)], data[int(length) :]
    if len(body) < int(length) or not after.startswith(b"\n\n"):
        raise MalformedAssertionError("the length of its body differs from body-length")
    return body.decode("utf-8", "replace"), after.decode("utf-8", "replace")


class _Lines:
    """A recursive-descent reader of headers: each level is indented by two spaces more."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._at = 0

    def mapping(self, indent: int) -> dict[str, Any]:
        if indent > 2 * _DEEPEST:
            raise MalformedAssertionError("its headers are nested too deeply")
        headers: dict[str, Any] = {}
        while (line := self._peek()) is not None:
            if not line.startswith(" " * indent) or line[indent : indent + 1] == " ":
                break
            key, colon, value = line[indent:].partition(":")
            if not colon or not _KEY.fullmatch(key) or key in headers:
                raise self._wrong()
            self._at += 1
            headers[key] = self._value(value, indent)
        if not headers or (indent == 0 and self._peek() is not None):
            raise self._wrong()
        return headers

    def _value(self, rest: str, indent: int) -> Any:
        if rest.startswith(" "):
            return rest[1:]
        if rest:
            raise self._wrong()
        following = self._peek() or ""
        if following.startswith(" " * (indent + 4)):
            return self._text(indent + 4)
        if following.startswith(" " * (indent + 2) + "-"):
            return self._list(indent + 2)
        return self.mapping(indent + 2)

    def _text(self, indent: int) -> str:
        parts = []
        while (line := self._peek()) is not None and line.startswith(" " * indent):
            parts.append(line[indent:])
            self._at += 1
        return "\n".join(parts)

    def _list(self, indent: int) -> list[Any]:
        if indent > 2 * _DEEPEST:
            raise MalformedAssertionError("its headers are nested too deeply")
        items = []
        while (line := self._peek()) is not None and line.startswith(" " * indent + "-"):
            self._at += 1
            items.append(self._value(line[indent + 1 :], indent))
        return items

    def _peek(self) -> str | None:
        return self._lines[self._at] if self._at < len(self._lines) else None

    def _wrong(self) -> MalformedAssertionError:
        return MalformedAssertionError(f"line {self._at + 1} of its headers is malformed")
