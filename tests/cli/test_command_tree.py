"""Every command of every plugin: help, example, schema of its JSON, test, error in JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from craft_store_core.cli.main import run

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def test_a_command_has_help_and_an_example(leaf: Any) -> None:
    """Each says what it does, gives an example and explains each option."""
    text = " ".join((leaf.command.help or "").split())
    assert len(text.split("Example:")[0].split()) >= 3, "no help text"
    assert f"Example: craft-store {leaf.path}" in text, "no example"
    for option in leaf.options:
        assert option.help, f"no help for {option.opts[0]}"


@pytest.mark.parametrize("result", ["nothing of the kind", {}, [{}]])
def test_a_command_has_a_schema(leaf: Any, schema: Any, result: object) -> None:
    """It says no to something: one that takes anything would prove nothing."""
    document = {"version": 1, "command": leaf.path, "store": None, "ok": True, "result": result}
    assert not schema.is_valid(document)
    assert schema.is_valid({**document, "command": "no such command"})


def test_a_command_says_in_json_what_is_wrong(
    leaf: Any, schema: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also where it cannot even read its options; then it does nothing."""
    environment = {"CRAFT_STORE_STRICT_PLUGINS": "1", "CRAFT_STORE_DATA": str(tmp_path)}
    arguments = [*leaf.path.split(), "--format", "json", "--no-such-option"]
    assert run(arguments, environment) == 2
    document = json.loads(capsys.readouterr().out)
    schema.validate(document)
    assert document["command"] == leaf.path
    assert "--no-such-option" in document["error"]["message"]


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
