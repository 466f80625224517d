"""What an auth flow gets from its context."""

from __future__ import annotations

from typing import Any

import pytest

from craft_store_core.errors import UsageError
from craft_store_core.plugins import AuthContext, LoginRequest, Question, Store

KEY = Question("key", "API key", secret=True, variable="ACME_KEY")
USER = Question("user", "User")


class Person:
    """Types the same answer to each question."""

    def __init__(self, answer: str) -> None:
        self.answer = answer
        self.asked: list[tuple[str, str, bool]] = []

    def ask(self, name: str, question: str, *, secret: bool = False) -> str:
        self.asked.append((name, question, secret))
        return self.answer

    def tell(self, text: str) -> None:
        raise AssertionError(text)


def context(person: Person | None = None, **variables: str) -> AuthContext:
    nothing: Any = None
    store = Store("acme", "Acme", "acme", {"api": "https://api.acme.test"}, ("acme",))
    made = AuthContext(store, nothing, nothing, environment=variables)
    return made if person is None else AuthContext(store, nothing, nothing, person)


def request(**answers: str) -> LoginRequest:
    return LoginRequest((), "test", 60, answers=answers)


def test_the_request_answers_first_and_the_variable_next() -> None:
    """The person is asked last. A variable may end with a line feed."""
    assert context(ACME_KEY="from-variable").answer(KEY, request(key=" given")) == " given"
    assert context(ACME_KEY="from-variable\n").answer(KEY, request()) == "from-variable"


def test_a_person_is_asked_what_is_not_known() -> None:
    """A secret unseen, and kept as it is; spaces around other answers are removed."""
    person = Person(" typed ")

    assert context(person).answer(KEY, request()) == " typed "
    assert context(person).answer(USER, request()) == "typed"

    assert person.asked == [("key", "API key", True), ("user", "User", False)]


def test_an_empty_answer_is_refused() -> None:
    """So is a question where no person can be asked."""
    with pytest.raises(UsageError, match="answer to 'API key'"):
        context(Person("  ")).answer(KEY, request())
    with pytest.raises(UsageError, match="answer to 'API key'"):
        context(ACME_KEY=" ").answer(KEY, request())


def test_the_environment_is_not_shown() -> None:
    """It can hold secrets."""
    assert "hush" not in repr(context(ACME_KEY="hush"))
