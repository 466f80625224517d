"""Reading successful answers: what is missing in them is a documented error, never a raw one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from craft_store.errors import InvalidResponseError

if TYPE_CHECKING:
    from collections.abc import Iterable


def document_of(response: Any, keys: Iterable[str] = ()) -> dict[str, Any]:
    """Return the JSON object of an answer.

    Args:
        response: The answer, of requests or of httpx.
        keys: What must be in it.

    Raises:
        InvalidResponseError: It is no JSON object, or a key is missing.
    """
    try:
        document = response.json()
    except (ValueError, RecursionError):
        raise InvalidResponseError(response, details="The answer is not JSON.") from None
    if not isinstance(document, dict):
        raise InvalidResponseError(response, details="The answer is not a JSON object.")
    missing = sorted(set(keys) - document.keys())
    if missing:
        raise InvalidResponseError(
            response, details=f"The answer has no {', '.join(map(repr, missing))}."
        )
    return document


def text_of(response: Any, key: str) -> str:
    """Return one text of an answer.

    Raises:
        InvalidResponseError: It is not there.
    """
    value = document_of(response, [key])[key]
    if not isinstance(value, str):
        raise InvalidResponseError(response, details=f"{key!r} is no text in the answer.")
    return value


def list_of(response: Any, key: str) -> list[Any]:
    """Return one list of an answer.

    Raises:
        InvalidResponseError: It is not there.
    """
    value = document_of(response, [key])[key]
    if not isinstance(value, list):
        raise InvalidResponseError(response, details=f"{key!r} is no list in the answer.")
    return value
