"""The exception tree."""

from __future__ import annotations

import inspect
import re
from typing import Any

import pytest

from craft_store_core import errors
from craft_store_core.errors import (
    AmbiguousNameError,
    CraftStoreError,
    ErrorEntry,
    ExitCode,
    NotFoundError,
    ReviewRejectedError,
    StoreError,
    UnexpectedResponseError,
    UnknownNameError,
    UnsupportedOperationError,
)


def classes() -> dict[str, type[CraftStoreError]]:
    return {
        name: value
        for name, value in vars(errors).items()
        if inspect.isclass(value) and issubclass(value, CraftStoreError)
    }


def drawn() -> dict[str, str | None]:
    """Return each class of the docstring's tree with the one that it stands below."""
    parents: dict[str, str | None] = {}
    above: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        match = re.match(r"    ((?:[│ ]   )*)(?:[├└]── )?([A-Z]\w+)", line)
        if match:
            depth = len(line[: match.start(2)]) // 4 - 1
            parents[match[2]] = above[depth - 1] if depth else None
            above[depth:] = [match[2]]
    return parents


def test_the_tree_in_the_documentation_is_the_real_one() -> None:
    """Whoever reads the drawing knows what catches what."""
    real = {
        name: None if kind is CraftStoreError else kind.__bases__[0].__name__
        for name, kind in classes().items()
    }

    assert drawn() == real


@pytest.mark.parametrize("name", sorted(drawn()))
def test_every_error_is_documented_and_has_an_exit_code(name: str) -> None:
    """Scripts tell errors apart by the exit code, people by the words."""
    kind = classes()[name]

    assert kind.__doc__
    assert isinstance(kind.exit_code, ExitCode)
    assert kind.exit_code is not ExitCode.DONE


def test_an_error_has_three_parts() -> None:
    """What happened, why, and what to do; the text of the exception is what happened."""
    error = CraftStoreError("It broke.", why="It was old.", advice="Buy a new one.")

    assert (str(error), error.message) == ("It broke.", "It broke.")
    assert (error.why, error.advice) == ("It was old.", "Buy a new one.")
    assert CraftStoreError("It broke.").why is None


def test_a_traceback_shows_all_three_parts() -> None:
    """Python shows the notes of an exception below its message; without parts there are none."""
    error = CraftStoreError("It broke.", why="It was old.", advice="Buy a new one.")

    assert error.__notes__ == ["why: It was old.", "what to do: Buy a new one."]
    assert CraftStoreError("It broke.").__notes__ == []


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("UnknownNameError", "unknown-name"),
        ("UnsupportedOperationError", "unsupported-operation"),
        ("NoKeyringError", "no-keyring"),
        ("NotFoundError", "not-found"),
        ("OneTimePasswordRequiredError", "one-time-password-required"),
    ],
)
def test_the_code_is_the_name_in_kebab_case(name: str, code: str) -> None:
    """The word in the JSON output can be found in the documentation."""
    kind = classes()[name]

    assert kind.__new__(kind).code == code


def test_codes_are_unique() -> None:
    """A program can tell every error from every other."""
    codes = [kind.__new__(kind).code for kind in classes().values()]

    assert len(set(codes)) == len(codes)


def test_an_unknown_name_lists_what_is_known() -> None:
    """The known names are sorted; none is said in words."""
    error = UnknownNameError("store", "amce", {"b", "a"})

    assert error.message == "Unknown store 'amce'."
    assert error.why == "The installed plugins offer: a, b."
    assert (error.kind, error.name, error.known) == ("store", "amce", ("a", "b"))
    assert UnknownNameError("store", "x", ()).why == "The installed plugins offer: none."


def test_an_unknown_name_can_have_a_closer_cause() -> None:
    """A cause and an advice that are given replace the general ones."""
    error = UnknownNameError("store", "x", (), why="Its plugin is broken.", advice="Repair it.")

    assert (error.why, error.advice) == ("Its plugin is broken.", "Repair it.")


def test_an_ambiguous_name_names_the_providers() -> None:
    """Both are named, and how to be rid of one."""
    error = AmbiguousNameError("store", "acme", ["one", "two"])

    assert error.message == "More than one plugin offers the store 'acme'."
    assert error.why == "The plugins are: one, two."
    assert error.providers == ("one", "two")


def test_an_unsupported_operation_names_store_and_operation() -> None:
    """It is an error of usage, not a defect."""
    error = UnsupportedOperationError("acme", "release")

    assert error.message == "The store 'acme' does not support the operation 'release'."
    assert (error.store, error.operation) == ("acme", "release")
    assert error.exit_code is ExitCode.USAGE


def test_a_refusal_keeps_what_the_store_said() -> None:
    """Status, entries in their order, their codes, and the id to quote in a bug report."""
    entries = [ErrorEntry("one", "First"), ErrorEntry(None, "No code"), ErrorEntry("two", "")]
    error = NotFoundError("No.", status=404, entries=entries, request_id="r-1")

    assert isinstance(error, StoreError)
    assert (error.status, error.entries, error.request_id) == (404, tuple(entries), "r-1")
    assert error.codes == ("one", "two")


def test_an_unexpected_answer_keeps_the_request_id() -> None:
    """An HTML page has one, too."""
    assert UnexpectedResponseError("What?", request_id="r-1").request_id == "r-1"


def test_a_review_error_keeps_the_upload() -> None:
    """A later command can ask about it."""
    error = ReviewRejectedError("No.", upload_id="u-1", entries=[ErrorEntry("x", "y")])

    assert (error.upload_id, error.entries) == ("u-1", (ErrorEntry("x", "y"),))


def test_entries_are_compared_by_what_they_say() -> None:
    """Two entries that say the same are equal; they can be changed, so they have no hash."""
    entry = ErrorEntry("x", "y", {"extra": 1})
    unhashable: Any = entry

    assert entry == ErrorEntry("x", "y", {"extra": 1})
    assert entry != ErrorEntry("x", "y")
    assert entry != ("x", "y")
    assert repr(entry) == "ErrorEntry(code='x', message='y')"
    with pytest.raises(TypeError):
        hash(unhashable)
