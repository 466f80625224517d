"""The descriptors that plugins yield."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from craft_store_core.plugins import (
    AuthFlowOffer,
    CommandOffer,
    CredentialBackendOffer,
    EndpointSetOffer,
    Offer,
    ProgressReporterOffer,
    Question,
    StoreOffer,
)

KINDS: list[type[Offer[Any]]] = [
    AuthFlowOffer,
    CommandOffer,
    CredentialBackendOffer,
    EndpointSetOffer,
    ProgressReporterOffer,
    StoreOffer,
]


def load() -> Any:
    """Stand for a heavy import; these tests never make one."""
    raise AssertionError("an offer was loaded without being asked for")


@pytest.mark.parametrize("kind", KINDS)
def test_an_offer_has_a_name_a_summary_and_a_way_to_load(kind: type[Offer[Any]]) -> None:
    """Making, comparing and showing an offer loads nothing, and shows no function."""
    offer = kind("acme-2", "The Acme thing", load=load)

    assert (offer.name, offer.summary, offer.load) == ("acme-2", "The Acme thing", load)
    assert offer == kind("acme-2", "The Acme thing", load=load)
    assert offer != kind("acme-3", "The Acme thing", load=load)
    assert repr(offer).startswith(f"{kind.__name__}(name='acme-2', summary='The Acme thing'")
    assert "load" not in repr(offer)


@pytest.mark.parametrize("kind", KINDS)
def test_an_offer_cannot_be_changed(kind: type[Offer[Any]]) -> None:
    """What one plugin offers no other can rewrite."""
    offer = kind("acme", "The Acme thing", load=load)

    with pytest.raises(dataclasses.FrozenInstanceError):
        offer.name = "other"  # type: ignore[misc]  # that it cannot be done is what is tested


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["", "Acme", "2acme", "-acme", "acme_x", "a b", "acme\n", 5, None])
def test_names_that_cannot_be_typed_on_a_command_line_are_refused(
    kind: type[Offer[Any]], name: Any
) -> None:
    """A name is lower-case letters, digits and hyphens, beginning with a letter."""
    with pytest.raises(ValueError, match=r"offer name .* must be lower-case"):
        kind(name, "The Acme thing", load=load)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("summary", ["", "two\nlines", "two\rlines", "a\x1b[31mb", 5, b"x", None])
def test_summaries_that_would_spoil_the_help_are_refused(
    kind: type[Offer[Any]], summary: Any
) -> None:
    """A summary is one line of text, without what a terminal would obey."""
    with pytest.raises(ValueError, match="summary of offer 'acme' must be one line of text"):
        kind("acme", summary, load=load)


@pytest.mark.parametrize("kind", KINDS)
def test_what_cannot_be_called_cannot_be_loaded(kind: type[Offer[Any]]) -> None:
    """The thing itself in the place of what loads it is refused."""
    thing: Any = "the thing itself"

    with pytest.raises(TypeError, match="'load' of offer 'acme' must be callable"):
        kind("acme", "The Acme thing", load=thing)


@pytest.mark.parametrize("kinds", ["macaroon", ("macaroon", 5), [None]])
def test_the_kinds_of_a_flow_are_a_tuple_of_texts(kinds: Any) -> None:
    """A text alone is refused: it would match every credential kind that is a part of it."""
    with pytest.raises(TypeError, match="kinds of offer 'acme' must be a tuple"):
        AuthFlowOffer("acme", "Acme login", load=load, kinds=kinds)


def test_a_list_of_kinds_becomes_a_tuple() -> None:
    """What a plugin keeps hold of cannot be changed behind the offer's back."""
    kinds: Any = ["macaroon"]
    offer = AuthFlowOffer("acme", "Acme login", load=load, kinds=kinds)
    kinds.append("other")

    assert offer.kinds == ("macaroon",)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"name": "E-Mail"}, "question name 'E-Mail' must be lower-case"),
        ({"option": "email"}, "option of question 'email' must be two hyphens"),
        ({"help": ""}, "option --email of question 'email' needs a help"),
        ({"secret": True}, "secret question 'email' must end in '-file'"),
    ],
)
def test_questions_that_cannot_be_options_are_refused(fields: Any, problem: str) -> None:
    """The option of a secret reads a file: it never has the secret as its value."""
    right: dict[str, Any] = {"name": "email", "option": "--email", "help": "E-mail address."}
    Question(prompt="E-mail", **right)

    with pytest.raises(ValueError, match=problem):
        Question(prompt="E-mail", **{**right, **fields})


def test_the_questions_of_a_flow_are_a_tuple_of_questions() -> None:
    """A list becomes a tuple; a question alone or a name is refused."""
    question = Question("email", "E-mail")
    several: Any = [question]
    assert AuthFlowOffer("acme", "Acme", load=load, questions=several).questions == (question,)

    wrong: Any
    for wrong in (question, ("email",)):
        with pytest.raises(TypeError, match="questions of offer 'acme' must be a tuple"):
            AuthFlowOffer("acme", "Acme", load=load, questions=wrong)


@pytest.mark.parametrize("needs", ["release", ("release", 5)])
def test_the_needs_of_a_command_are_a_tuple_of_texts(needs: Any) -> None:
    """A text alone would be taken for its letters."""
    with pytest.raises(TypeError, match="needs of offer 'acme' must be a tuple"):
        CommandOffer("acme", "The Acme command", load=load, needs=needs)


@pytest.mark.parametrize("kind", [CredentialBackendOffer, ProgressReporterOffer])
@pytest.mark.parametrize("priority", ["high", None, 1.5])
def test_a_priority_is_a_whole_number(kind: Any, priority: Any) -> None:
    """What cannot be sorted among the others is refused."""
    with pytest.raises(TypeError, match="priority of offer 'acme' must be a whole number"):
        kind("acme", "The Acme thing", load=load, priority=priority)


@pytest.mark.parametrize("section", [5, None, "two\nlines"])
def test_a_section_is_one_line_of_text(section: Any) -> None:
    """A heading that could not be shown is refused."""
    with pytest.raises(ValueError, match="section of offer 'acme' must be one line"):
        CommandOffer("acme", "The Acme thing", load=load, section=section)


@given(name=st.from_regex(r"[a-z][a-z0-9-]*", fullmatch=True))
def test_every_name_of_the_documented_form_is_taken(name: str) -> None:
    """The grammar in the documentation is the one that is checked."""
    assert StoreOffer(name, "A store", load=load).name == name
