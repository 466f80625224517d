"""Every command: help, example, JSON schema, and output that keeps to it."""

from __future__ import annotations

import json
import re
import signal
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import jsonschema
import pytest

from craft_store_core.cli.application import COMMANDS_PLUGIN
from craft_store_core.installed import load_catalogue

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = ROOT / "docs" / "reference" / "json-schema"
COMMON = {"envelope", "error"}
RUN_HERE = {"craft-store-core", "craft-store-charmhub", "craft-store-sandbox"}
"""Distributions all of whose commands work at the store that these tests have."""


def commands() -> Iterator[tuple[str, click.Command, str]]:
    """Yield the whole tree of installed commands, without the groups, and whose they are."""
    catalogue = load_catalogue({"CRAFT_STORE_STRICT_PLUGINS": "1"}, builtin=(COMMANDS_PLUGIN,))

    def leaves(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
        if isinstance(command, click.Group):
            for name, child in command.commands.items():
                yield from leaves(f"{path} {name}", child)
        else:
            yield path, command

    for item in catalogue.commands:
        provider = item.provider
        owner = "craft-store-core" if provider.builtin else provider.distribution
        for path, command in leaves(item.offer.name, catalogue.command(item.offer.name)):
            yield path, command, owner


def schema_of(command: str) -> Any:
    return json.loads((SCHEMAS / f"{command.replace(' ', '-')}.json").read_text(encoding="utf-8"))


def check(document: Any) -> str:
    """Validate one document as a program that knows the reference would; return the command."""
    jsonschema.validate(document, schema_of("envelope"))
    if "error" in document:
        jsonschema.validate(document["error"], schema_of("error"))
    if "result" in document:
        jsonschema.validate(document["result"], schema_of(document["command"]))
    return str(document["command"])


ALL = {path: command for path, command, _ in commands()}
HERE = {path for path, _, owner in commands() if owner in RUN_HERE}


@pytest.mark.parametrize("path", ALL)
def test_a_command_has_help_and_an_example(path: str) -> None:
    """Each, of every plugin, says what it does, gives an example and explains each option."""
    command = ALL[path]
    text = " ".join((command.help or "").split())
    assert len(text.split("Example:")[0].split()) >= 3, "no help text"
    assert f"Example: craft-store {path}" in text, "no example"
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"no help for {parameter.opts[0]}"


@pytest.mark.parametrize("path", sorted(HERE))
def test_a_command_has_a_schema(path: str) -> None:
    """What it prints as JSON is documented."""
    jsonschema.Draft202012Validator.check_schema(schema_of(path))


# Commands for snaps, until the snap dialect of the sandbox can run them.
NOT_RUN_YET = {
    "collaborators answer",
    "collaborators invite",
    "collaborators list",
    "collaborators revoke",
    "confdb-schemas list",
    "confdb-schemas push",
    "validation-sets list",
}


def test_a_command_is_run_by_a_test() -> None:
    """Some test names it, word by word, as the arguments of the program."""
    sources = [*ROOT.glob("tests/**/test_*.py"), *ROOT.glob("plugins/*/tests/**/test_*.py")]
    texts = [source.read_text(encoding="utf-8") for source in sources]

    def is_named(path: str) -> bool:
        words = r"\s*,\s*".join(rf"[\"']{re.escape(word)}[\"']" for word in path.split())
        return any(re.search(words, text) for text in texts)

    assert {path for path in ALL if not is_named(path)} <= NOT_RUN_YET


def test_there_is_no_schema_of_nothing() -> None:
    """Each file belongs to a command, or is common to all."""
    names = {path.replace(" ", "-") for path in ALL} | COMMON
    assert {file.stem for file in SCHEMAS.glob("*.json")} <= names


@pytest.mark.parametrize("file", sorted(SCHEMAS.glob("*.json")), ids=lambda file: file.stem)
def test_a_schema_says_no_to_something(file: Path) -> None:
    """A schema that takes anything would prove nothing."""
    schema: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    assert schema["title"]
    assert not validator.is_valid("nothing of the kind")
    assert not validator.is_valid([{}] if schema.get("type") == "array" else {})


Step = tuple[tuple[object, ...], int]
"""A command line and its exit code."""


def system_steps(charm: Path, secret: str) -> Iterator[Step]:
    yield ("stores",), 0
    yield ("plugins", "list"), 0
    yield ("plugins", "doctor", "--load"), 0
    yield ("config", "show"), 0
    yield ("config", "path"), 0
    yield ("config", "set", "timeouts.read", "50"), 0
    yield ("config", "unset", "timeouts.read"), 0
    yield ("config", "unset", "timeouts.read"), 0
    yield ("completion", "bash"), 0
    yield ("sandbox", "otp", secret), 0
    yield ("demo", charm, "--resource", f"model={charm}"), 0


def account_steps(folder: Path, sandbox: Any) -> Iterator[Step]:
    password, otp = folder / "password", folder / "otp"

    def with_password(*arguments: object) -> tuple[object, ...]:
        sandbox.clock.advance(31)
        password.write_text(sandbox.password)
        otp.write_text(sandbox.account.one_time_password())
        email = sandbox.account.email
        return *arguments, "--email", email, "--password-file", password, "--otp-file", otp

    yield ("whoami",), 3
    yield with_password("export-login", folder / "credentials"), 0
    yield with_password("export-login"), 0
    yield ("auth", "import", folder / "credentials"), 0
    yield with_password("login", "--force"), 0
    yield ("auth", "status"), 0
    yield ("auth", "status", "--offline"), 0
    yield ("whoami",), 0
    yield ("api", "GET", "/v1/tokens/whoami"), 0


def name_steps(sandbox: Any) -> Iterator[Step]:
    yield ("register", "acme-web"), 0
    yield ("register", "acme-web"), 0
    yield ("register", "acme-db"), 0
    yield ("names",), 0
    yield ("unregister", "acme-db", "--yes"), 0
    yield ("metadata", "set", "acme-web", "--link", "docs=https://example.com"), 0
    yield ("metadata", "get", "acme-web"), 0
    sandbox.add_guardrail("acme-web", r"[0-9]\.[0-9]")
    yield ("create-track", "acme-web", "2.0", "--phasing", "20"), 0
    yield ("tracks", "acme-web"), 0
    yield ("libraries", "register", "acme-web.tea"), 0
    yield ("libraries", "publish", "--charm", "acme-web", "--dry-run"), 0
    yield ("libraries", "publish", "--charm", "acme-web"), 0
    yield ("libraries", "list", "acme-web"), 0
    yield ("libraries", "fetch", "acme-web.tea", "--folder", "config"), 0
    yield ("libraries", "fetch"), 0
    yield ("libraries", "fetch", "acme-web.no_such_library"), 5
    yield ("status", "no-such-name"), 5


def publishing_steps(folder: Path, charm: Path, sandbox: Any) -> Iterator[Step]:
    plan = folder / "publish.toml"
    (folder / "model.bin").write_bytes(b"model")
    plan.write_text(f"[[artifact]]\nfile = '{charm}'\nresources = {{ model = 'model.bin' }}\n")
    yield ("publish", plan, "--channel", "edge", "--dry-run"), 0
    yield ("publish", plan, "--no-wait"), 7
    sandbox.clock.advance(60)
    yield ("upload", charm), 0
    yield ("publish", plan, "--channel", "edge"), 0
    yield ("publish", plan, "--channel", "2.0/edge/fix"), 0
    yield ("publish", plan, "--channel", "2.0/candidate", "--timeout", "0"), 8
    yield ("upload-resource", "acme-web", "model", charm), 0
    yield ("set-resource-architectures", "acme-web", "model", "amd64", "--revision", 2), 0
    yield ("revisions", "acme-web"), 0
    yield ("resources", "acme-web"), 0
    yield ("resource-revisions", "acme-web", "model"), 0
    yield ("release", "acme-web", 1, "beta", "--resource", "model=2"), 0
    yield ("release", "acme-web", 99, "edge"), 5
    yield ("status", "acme-web"), 0
    yield ("diff", "acme-web", "edge", "stable"), 0
    yield ("promote", "acme-web", "--from", "beta", "--to", "stable", "--yes"), 0
    yield ("close", "acme-web", "beta"), 0
    yield ("set-default-track", "acme-web", "2.0"), 0
    yield ("logout",), 0


@pytest.fixture
def scenario(sandbox_store: Any, charm: Path, tmp_path: Path) -> Iterator[Step]:
    """Everything that a publisher does, in an order that works."""
    return chain(
        system_steps(charm, sandbox_store.account.totp_secret),
        account_steps(tmp_path, sandbox_store),
        name_steps(sandbox_store),
        publishing_steps(tmp_path, charm, sandbox_store),
    )


def test_what_commands_print_keeps_to_their_schemas(at_sandbox: Any, scenario: Any) -> None:
    """Successes and failures of every command, through the real program at a real store."""
    seen: dict[str, list[Any]] = {}

    def take(text: str) -> Any:
        document = json.loads(text)
        seen.setdefault(check(document), []).append(document)
        return document

    for arguments, code in scenario:
        done = at_sandbox.run(*arguments, "--format", "json")
        assert done.code == code, done
        document = take(done.out)
        if document["command"] == "publish" and code == 7:
            upload_id = document["result"]["artifacts"][0]["upload-id"]
            waited = at_sandbox.ok("upload-status", "acme-web", upload_id, "--format", "json")
            take(waited.out)
    with at_sandbox.start("sandbox", "serve", "--port", "0", "--format", "json") as process:
        lines: list[str] = []
        for line in process.stdout:
            lines.append(line)
            if line == "}\n":
                break
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 0
    take("".join(lines))
    succeeded = {name for name, documents in seen.items() if any(d["ok"] for d in documents)}
    assert succeeded == HERE, "a command without a test of its output"
