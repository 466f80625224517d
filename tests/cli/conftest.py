"""``craft-store`` against a sandbox; the tree of its commands, their schemas."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import jsonschema
import pytest

from craft_store_core.builtin import load_catalogue
from craft_store_core.cli.application import COMMANDS_PLUGIN, Application
from craft_store_core.plugins.stores import Store
from craft_store_core.testing.command_line import CommandLine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from craft_store_core.plugins import CommandOffer
    from craft_store_core.plugins.catalogue import Catalogue
    from craft_store_core.testing.command_line import Finished
    from craft_store_sandbox.sandbox import ReadySandbox

SCHEMA = Path(__file__).resolve().parents[2] / "docs" / "reference" / "json-schema.json"


@pytest.fixture
def craft_store(tmp_path: Path) -> CommandLine:
    """The program without a store."""
    return CommandLine(
        tmp_path, {"CRAFT_STORE_BACKEND": "file", "CRAFT_STORE_RETRIES": "0", "NO_COLOR": "1"}
    )


@pytest.fixture
def at_sandbox(craft_store: CommandLine, sandbox_store: ReadySandbox) -> CommandLine:
    """The program with a sandbox as its store, not logged in."""
    craft_store.environment["CRAFT_STORE_STORE"] = "sandbox"
    craft_store.environment["CRAFT_STORE_SANDBOX_URL"] = sandbox_store.urls.api
    return craft_store


@pytest.fixture
def log_in(
    at_sandbox: CommandLine, sandbox_store: ReadySandbox, tmp_path: Path
) -> Callable[..., Finished]:
    """Log in with password and one-time password from files; options are passed on."""

    def run(*options: object) -> Finished:
        password, code = tmp_path / "password", tmp_path / "otp"
        password.write_text(f"{sandbox_store.password}\n")
        code.write_text(sandbox_store.account.one_time_password())
        return at_sandbox.run(
            "login",
            "--email",
            sandbox_store.account.email,
            "--password-file",
            password,
            "--otp-file",
            code,
            *options,
        )

    return run


@pytest.fixture
def logged_in(at_sandbox: CommandLine, log_in: Callable[..., Finished]) -> CommandLine:
    """The program with a sandbox as its store, logged in."""
    done = log_in()
    assert done.code == 0, done
    return at_sandbox


@pytest.fixture
def charm(tmp_path: Path) -> Path:
    """A genuine small charm ``acme-web`` that declares the file resource ``model``."""
    from craft_store_sandbox import build_charm

    return build_charm(tmp_path, resources={"model": "file"})


@dataclass(frozen=True)
class Leaf:
    """A command that is no group.

    Attributes:
        path: Its words.
        command: The command.
        offer: What its plugin says of the first word.
        owner: The distribution that it comes from.
    """

    path: str
    command: click.Command
    offer: CommandOffer
    owner: str

    def __str__(self) -> str:
        return self.path

    @property
    def options(self) -> tuple[click.Option, ...]:
        """Its options, with those that auth flows bring."""
        app = Application({"CRAFT_STORE_STRICT_PLUGINS": "1"})
        found = self.command.get_params(click.Context(self.command, obj=app))
        return tuple(item for item in found if isinstance(item, click.Option))


@cache
def _catalogue() -> Catalogue:
    return load_catalogue({"CRAFT_STORE_STRICT_PLUGINS": "1"}, builtin=(COMMANDS_PLUGIN,))


@cache
def _leaves() -> tuple[Leaf, ...]:
    def below(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
        if isinstance(command, click.Group):
            for name, child in command.commands.items():
                yield from below(f"{path} {name}", child)
        else:
            yield path, command

    return tuple(
        Leaf(path, command, item.offer, item.provider.distribution)
        for item in _catalogue().commands
        for path, command in below(item.offer.name, _catalogue().command(item.offer.name))
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for a ``leaf`` once for every command of the whole tree."""
    if "leaf" in metafunc.fixturenames:
        metafunc.parametrize("leaf", _leaves(), ids=str)


@pytest.fixture(scope="session")
def command_tree() -> tuple[Leaf, ...]:
    """Every command of every plugin, without the groups."""
    return _leaves()


@pytest.fixture(scope="session")
def works_at() -> Callable[[str], set[str]]:
    """Tell which commands make sense at the stores of an endpoint set, as the help does."""

    def call(endpoint_set: str) -> set[str]:
        store = Store("a", "A", endpoint_set, {"api": "https://a.example"}, ())
        has = _catalogue().operations(store)
        return {leaf.path for leaf in _leaves() if has.issuperset(leaf.offer.needs)}

    return call


@cache
def documented_schema() -> jsonschema.Draft202012Validator:
    """Return what judges documents by the schema of the reference."""
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.fixture(scope="session")
def schema() -> jsonschema.Draft202012Validator:
    """The schema of the reference."""
    return documented_schema()


class Documents:
    """Runs commands for their JSON, and holds each document to the documented schema.

    Attributes:
        seen: Words of a command, to the documents that it printed.
    """

    def __init__(self, program: CommandLine) -> None:
        self._program = program
        self.seen: dict[str, list[Any]] = {}

    def run(self, *arguments: object, code: int = 0, **variables: str) -> Any:
        """Run a command, which must end with a code; return what it printed."""
        done = self._program.run(*arguments, "--format", "json", **variables)
        assert done.code == code, done
        document = self.take(done.out)
        assert " ".join(map(str, arguments)).startswith(document["command"])
        return document

    def take(self, text: str) -> Any:
        """Read one document as a program that knows the reference would."""
        document = json.loads(text)
        documented_schema().validate(document)
        self.seen.setdefault(document["command"], []).append(document)
        return document

    def commands(self, *, ok: bool) -> set[str]:
        """Return the commands that succeeded, or that failed, at least once."""
        return {
            command
            for command, documents in self.seen.items()
            if any(document["ok"] is ok for document in documents)
        }


@pytest.fixture
def documents_of() -> Callable[[CommandLine], Documents]:
    """Make a program be run for its JSON."""
    return Documents


# Does with keys what the program ``snap`` does, as far as a store without snapd can tell: what is
# signed are headers in one line of JSON (Snap Store reference, section 18).
SNAP_PROGRAM = """\
#!{python}
import hashlib, json, pathlib, sys

keyring = pathlib.Path(__file__).with_name("keys.json")
keys = json.loads(keyring.read_text()) if keyring.exists() else {{}}
work, *arguments = sys.argv[1:]
given = dict(text[2:].split("=", 1) for text in arguments if "=" in text)


def the_key(name):
    if name not in keys:
        sys.exit(f"error: cannot use key {{name!r}}: it is not there")
    return {{"sign-key-sha3-384": keys[name]}}


def chosen():
    return the_key(arguments[arguments.index("-k") + 1] if "-k" in arguments else "default")


def digest(data):
    return hashlib.sha3_384(data).hexdigest()


if work == "keys":
    print(json.dumps([{{"name": name, "sha3-384": keys[name]}} for name in keys]))
elif work == "create-key":
    (name,) = arguments
    if name in keys:
        sys.exit(f"error: there is a key {{name!r}} already")
    print("Passphrase: (none)")
    keyring.write_text(json.dumps({{**keys, name: digest(name.encode())}}))
elif work == "export-key":
    name = arguments[-1]
    key = the_key(name)["sign-key-sha3-384"]
    headers = {{"account-id": given["account"], "name": name, "public-key-sha3-384": key}}
    print(json.dumps({{"type": "account-key-request", **headers}}))
elif work == "sign":
    print(json.dumps({{**json.load(sys.stdin), **chosen()}}))
elif work == "sign-build":
    data = pathlib.Path(arguments[-1]).read_bytes()
    about = {{"snap-id": given["snap-id"], "grade": given["grade"], "snap-size": str(len(data))}}
    who = {{"authority-id": given["developer-id"], "snap-sha3-384": digest(data), **chosen()}}
    print(json.dumps({{"type": "snap-build", **who, **about}}))
else:
    sys.exit(f"error: unknown command {{work!r}}")
"""


@pytest.fixture
def snap_program(craft_store: CommandLine, tmp_path: Path) -> Path:
    """Put a substitute of the program ``snap``, without keys, on the program's search path."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "snap"
    program.write_text(SNAP_PROGRAM.format(python=sys.executable))
    program.chmod(0o755)
    craft_store.environment["PATH"] = f"{folder}{os.pathsep}{os.environ['PATH']}"
    return program
