"""Exceptions: what they say and what they hold."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from craft_store import errors
from craft_store._translation import as_documented
from craft_store_core import errors as core


def answer(content: bytes, status: int = 400) -> requests.Response:
    response = requests.Response()
    response.status_code = status
    response.reason = "Bad Request"
    response._content = content
    return response


def test_error_list_answers_by_code() -> None:
    """``[code]``, ``in``, ``len`` and iteration work, also for entries without a code."""
    first, second = {"code": "a", "message": "A."}, {"code": None, "message": "B."}
    found = errors.StoreErrorList([first, second])  # type: ignore[list-item]  # as servers send it

    assert found["a"] is first
    assert found[None] is second
    assert "a" in found
    assert "b" not in found
    assert len(found) == 2
    assert list(found) == [first, second]
    assert repr(found) == "<StoreErrorList: a None>"
    with pytest.raises(KeyError, match="'b'"):
        found["b"]


def test_codes_are_found_in_any_spelling() -> None:
    """A program that looks for ``twofactor-required`` finds it in what any server sends."""
    body = b'{"code": "TWOFACTOR_REQUIRED", "message": "2-factor authentication required."}'
    error = errors.StoreServerError(answer(body, 401))

    assert "twofactor-required" in error.error_list
    assert error.error_list["twofactor-required"]["message"].startswith("2-factor")
    assert error.response.status_code == 401


def test_entries_keep_what_the_store_attached() -> None:
    """Whatever else an entry holds is under ``extra``."""
    body = b'{"error-list": [{"code": "a", "message": "A.", "extra": {"field": "name"}}]}'
    entry: Any = errors.StoreServerError(answer(body)).error_list["a"]

    assert entry["extra"] == {"field": "name"}


@pytest.mark.parametrize("status", [400, 599])
def test_a_refusal_without_words_names_its_status(status: int) -> None:
    """Also where the server names no reason."""
    response = answer(b"<html>", status)
    response.reason = None  # type: ignore[assignment]  # some servers send none
    text = str(errors.StoreServerError(response))

    assert f"[{status}] {'Bad Request' if status == 400 else 'unknown status'}." in text


def test_messages_can_be_shown_on_a_terminal() -> None:
    """What a server echoes cannot move the cursor."""
    body = b'{"error-list": [{"code": "a", "message": "\\u001b[2Jgone"}]}'

    assert "\x1b" not in str(errors.StoreServerError(answer(body)))


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (core.NoKeyringError("m", why="w"), errors.NoKeyringError),
        (core.KeyringLockedError("m"), errors.KeyringUnlockError),
        (core.CredentialsUnreadableError("m"), errors.CredentialsNotParseable),
        (core.StoreTimeoutError("m", why="w"), errors.NetworkError),
        (core.ConfigurationError("m"), errors.NetworkError),
        (core.CredentialFileError("m", why="w", advice="a"), errors.CraftStoreError),
    ],
)
def test_errors_of_the_core_become_documented_ones(
    error: core.CraftStoreError, kind: type[errors.CraftStoreError]
) -> None:
    """Class, cause, details and resolution are kept."""
    with pytest.raises(kind) as caught, as_documented():
        raise error

    assert type(caught.value) is kind
    assert caught.value.__cause__ is error
    assert caught.value.details == error.why
