"""Every command of every plugin: help, example, schema of its JSON, test, error in JSON."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import jsonschema
import pytest

from craft_store_core.cli.main import run

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = ROOT / "docs" / "reference" / "json-schema"
COMMON = {"envelope", "error"}


def schema_of(path: str) -> Any:
    return json.loads((SCHEMAS / f"{path.replace(' ', '-')}.json").read_text(encoding="utf-8"))


def test_a_command_has_help_and_an_example(leaf: Any) -> None:
    """Each says what it does, gives an example and explains each option."""
    text = " ".join((leaf.command.help or "").split())
    assert len(text.split("Example:")[0].split()) >= 3, "no help text"
    assert f"Example: craft-store {leaf.path}" in text, "no example"
    for parameter in leaf.command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"no help for {parameter.opts[0]}"


def test_a_command_has_a_schema(leaf: Any) -> None:
    """What it prints as JSON is documented, under its own name."""
    schema = schema_of(leaf.path)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["title"].startswith(f"result of craft-store {leaf.path}: ")


def test_a_command_says_in_json_what_is_wrong(
    leaf: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also where it cannot even read its options; then it does nothing."""
    environment = {"CRAFT_STORE_STRICT_PLUGINS": "1", "CRAFT_STORE_DATA": str(tmp_path)}
    arguments = [*leaf.path.split(), "--format", "json", "--no-such-option"]
    assert run(arguments, environment) == 2
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, schema_of("envelope"))
    jsonschema.validate(document["error"], schema_of("error"))
    assert document["command"] == leaf.path
    assert "--no-such-option" in document["error"]["message"]


def test_there_is_no_schema_of_nothing(command_tree: Iterable[Any]) -> None:
    """Each file belongs to a command, or is common to all."""
    names = {leaf.path.replace(" ", "-") for leaf in command_tree} | COMMON
    assert {file.stem for file in SCHEMAS.glob("*.json")} <= names


@pytest.mark.parametrize("file", sorted(SCHEMAS.glob("*.json")), ids=lambda file: file.stem)
def test_a_schema_says_no_to_something(file: Path) -> None:
    """A schema that takes anything would prove nothing."""
    schema: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    assert schema["title"]
    assert not validator.is_valid("nothing of the kind")
    assert not validator.is_valid([{}] if schema.get("type") == "array" else {})


def test_the_index_of_schemas_is_complete(command_tree: Iterable[Any]) -> None:
    """The reference has a row for the result of each command, in the words of its schema."""
    text = (SCHEMAS.parent / "json-output.md").read_text(encoding="utf-8")
    rows = set()
    for leaf in command_tree:
        title = schema_of(leaf.path)["title"].partition(": ")[2]
        file = f"{leaf.path.replace(' ', '-')}.json"
        rows.add(f"| [`{leaf.path}`](json-schema/{file}) | {title} |")
    assert set(re.findall(r"^\| \[`.*$", text, re.MULTILINE)) == rows


def test_groups_say_whole_sentences_of_their_commands(
    craft_store: Any, command_tree: Iterable[Any]
) -> None:
    """Not the beginnings of some."""
    groups = {leaf.path.split()[0] for leaf in command_tree if " " in leaf.path}
    assert {"auth", "config", "sandbox"} <= groups
    for name in sorted(groups):
        text = craft_store.ok(name, "--help").out
        listed = text.partition("\nCommands:\n")[2]
        assert listed, name
        assert "..." not in listed, name


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["--no-plugins", "info"], "The plugin 'charmhub' (craft-store-charmhub) is disabled."),
        (["whoam"], "Did you mean whoami?"),
        (["zzz"], "'craft-store --help' lists the installed commands."),
    ],
)
def test_a_command_that_is_not_there_is_explained(
    arguments: list[str], hint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The plugin that is off, a name that is close, or where to look."""
    assert run(arguments, {"CRAFT_STORE_DATA": str(tmp_path)}) == 2
    assert hint in " ".join(capsys.readouterr().err.split())
