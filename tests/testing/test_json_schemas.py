"""The schema of a result follows from its types, and accepts what the result writes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import click
import jsonschema
import pytest

from craft_store_core.channels import Channel
from craft_store_core.cli.results import (
    FOR_PEOPLE,
    INLINE,
    CommandResult,
    SchemaKeyword,
    json_key,
)
from craft_store_core.models import Base, Listing, ReleaseRequest
from craft_store_core.testing.json_schemas import document_schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from craft_store_core.models import Progressive

Digest = Annotated[str, SchemaKeyword("pattern", "^[0-9a-f]{4}$")]


@dataclass(frozen=True)
class Item:
    """An item.

    Attributes:
        name: What ``craft-store`` calls it, in words
            of two lines.
        inner: None for the last one.
    """

    name: str
    inner: Item | None


@dataclass(frozen=True)
class Everything(CommandResult):
    """A result of every kind of field."""

    source: Channel = field(metadata=json_key("from"))
    state: Literal["on", "off"] | None
    digest: Digest | None
    made_at: datetime | None
    file: Path
    part: float
    either: int | str
    bases: Listing[Base]
    items: Sequence[Item]
    sizes: Mapping[str, int]
    table_of: dict[str, Any]
    progressive: Progressive = field(metadata=INLINE)
    anything: Any
    title: str = field(metadata=FOR_PEOPLE)


@dataclass(frozen=True)
class Names(CommandResult, document="names"):
    """The names."""

    names: tuple[str, ...]
    title: str


def of(callback: Any) -> dict[str, Any]:
    """Return the schema of a command with that function."""
    return document_schema({"try it": click.Command("it", callback=callback)})


def everything() -> Everything: ...  # type: ignore[empty-body]  # only its type is read


def one_or_the_other() -> Everything | Names: ...  # type: ignore[empty-body]  # the same


def one_after_the_other() -> Iterator[Names]: ...  # type: ignore[empty-body]  # the same


def document(result: Any, command: str = "try it") -> dict[str, Any]:
    """Return the document of a command."""
    return {"version": 1, "command": command, "store": None, "ok": True, "result": result}


def written() -> Any:
    """Return what a result writes."""
    from craft_store_core.models import Progressive

    return Everything(
        Channel.parse("edge"),
        "on",
        "00ff",
        datetime(2026, 3, 1, tzinfo=timezone.utc),
        Path("a"),
        1,
        "text",
        Listing([Base("ubuntu", "22.04", "amd64")]),
        [Item("a", Item("b", None))],
        {"a": 1},
        {"a": None},
        Progressive(),
        None,
        "title",
    ).to_json()


def test_a_schema_accepts_what_the_result_writes() -> None:
    """Also of another command, which it does not know."""
    schema = of(everything)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(document(written()), schema)
    jsonschema.validate(document(1, "another one"), schema)
    assert list(schema["$defs"]["Everything"]["properties"]) == list(written())


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("from", None),
        ("state", "neither"),
        ("digest", "too long"),
        ("made-at", 5),
        ("part", "x"),
        ("either", None),
        ("bases", [{"name": "ubuntu"}]),
        ("items", [{"name": "a", "inner": {"name": "b"}}]),
        ("sizes", {"a": "b"}),
        ("table-of", []),
        ("paused", "x"),
    ],
)
def test_a_schema_refuses_other_values(key: str, value: object) -> None:
    """And a document without the key."""
    judge = jsonschema.Draft202012Validator(of(everything))
    result = written()
    assert judge.is_valid(document(result))
    assert not judge.is_valid(document({**result, key: value}))
    del result[key]
    assert not judge.is_valid(document(result))


def test_errors_and_results_exclude_each_other_after_a_success() -> None:
    """After a failure there is an error, and a result if something was done before."""
    judge = jsonschema.Draft202012Validator(of(everything))
    error: dict[str, Any] = {
        "code": "usage",
        "message": "x",
        "why": None,
        "advice": None,
        "exit-code": 2,
    }
    error |= {"status": None, "request-id": None, "upload-id": None, "entries": []}
    failed = {**document(None), "ok": False, "error": error}
    assert judge.is_valid({**failed, "result": written()})
    assert not judge.is_valid(failed)
    del failed["result"]
    assert judge.is_valid(failed)
    assert not judge.is_valid({**failed, "ok": True})
    assert not judge.is_valid({**failed, "error": {"code": "usage"}})


def test_descriptions_are_those_of_the_docstrings() -> None:
    """In the words of JSON."""
    item = of(everything)["$defs"]["Item"]
    assert item["description"] == "An item."
    texts = {key: value["description"] for key, value in item["properties"].items()}
    assert texts == {
        "name": "What craft-store calls it, in words of two lines.",
        "inner": "null for the last one.",
    }


@pytest.mark.parametrize("callback", [one_or_the_other, one_after_the_other])
def test_a_command_may_have_several_results(callback: Any) -> None:
    """One of several types, or one while it goes on."""
    judge = jsonschema.Draft202012Validator(of(callback))
    assert judge.is_valid(document(["a", "b"]))
    assert not judge.is_valid(document([1]))


def test_a_list_is_the_whole_document() -> None:
    """With the description of its class."""
    names = of(one_or_the_other)["$defs"]["Names"]
    assert names == {"description": "The names.", "type": "array", "items": {"type": "string"}}


def untyped(): ...  # type: ignore[no-untyped-def]  # noqa: ANN201  # what is tested


def of_text() -> str: ...  # type: ignore[empty-body]  # only its type is read


@pytest.mark.parametrize("callback", [None, untyped, of_text])
def test_a_command_without_a_typed_result_has_no_schema(callback: Any) -> None:
    """It is told by its name."""
    with pytest.raises(TypeError, match="The command 'it' does not return a CommandResult"):
        of(callback)


@dataclass(frozen=True)
class OwnKeys(CommandResult):
    """A result with keys that its type does not tell."""

    request: ReleaseRequest


@dataclass(frozen=True)
class Unknown(CommandResult):
    """A result of a type that is never JSON."""

    number: complex


def own_keys() -> OwnKeys: ...  # type: ignore[empty-body]  # only its type is read


def unknown() -> Unknown: ...  # type: ignore[empty-body]  # the same


def twins() -> Everything | Twins: ...  # type: ignore[empty-body]  # the same


def make_twin() -> type:
    """Return a class with the name of another one."""

    @dataclass(frozen=True)
    class Item:
        """Another item."""

        size: int

    return Item


Twin = make_twin()


@dataclass(frozen=True)
class Twins(CommandResult):
    """A result of the other class."""

    item: Twin  # type: ignore[valid-type]  # made by a function


@pytest.mark.parametrize(
    ("callback", "reason"),
    [
        (own_keys, "keys of ReleaseRequest are known to its to_json"),
        (unknown, "complex has no JSON schema"),
        (twins, "two classes Item"),
    ],
)
def test_a_type_without_a_schema_is_named(callback: Any, reason: str) -> None:
    """So that its author finds it."""
    with pytest.raises(TypeError, match=reason):
        of(callback)
