"""The real ``craft-store`` process, against a sandbox; the tree of its commands, their schemas."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import jsonschema
import pytest

from craft_store_core.builtin import load_catalogue
from craft_store_core.cli.application import COMMANDS_PLUGIN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from craft_store_core.plugins import CommandOffer
    from craft_store_core.plugins.catalogue import Catalogue
    from craft_store_sandbox.ready import ReadySandbox

SCHEMAS = Path(__file__).resolve().parents[2] / "docs" / "reference" / "json-schema"

PROGRAM = (sys.executable, "-c", "from craft_store_core.cli import main; main()")
# A shell starts what it puts into the background with interrupts ignored, and children inherit
# that: so whether these tests work must not depend on how the test run was started.
INTERRUPTIBLE = (
    sys.executable,
    "-c",
    f"import signal; signal.signal(signal.SIGINT, signal.default_int_handler); {PROGRAM[2]}",
)


@dataclass(frozen=True)
class Finished:
    """A run of the program."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def result(self) -> Any:
        document = self.json
        assert document["ok"] is True, self
        assert document["version"] == 1
        return document["result"]

    @property
    def error(self) -> Any:
        document = self.json
        assert document["ok"] is False, self
        return document["error"]


class CraftStore:
    """Runs ``craft-store`` with an environment of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("CRAFT_STORE_", "XDG_")) or name == "CRAFT_STORE_STRICT_PLUGINS"
        }
        self.environment: dict[str, str] = {
            **kept,
            "HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "CRAFT_STORE_DATA": str(folder / "data"),
            "CRAFT_STORE_BACKEND": "file",
            "CRAFT_STORE_RETRIES": "0",
            "NO_COLOR": "1",
        }

    def run(self, *arguments: object, stdin: str = "", **variables: str) -> Finished:
        """Run a command; variables are added to the environment."""
        done = subprocess.run(
            [*PROGRAM, *map(str, arguments)],
            env={**self.environment, **variables},
            input=stdin,
            capture_output=True,
            text=True,
            cwd=self.folder,
            timeout=120,
            check=False,
        )
        return Finished(done.returncode, done.stdout, done.stderr)

    @contextmanager
    def start(self, *arguments: object) -> Iterator[subprocess.Popen[str]]:
        """Start a command that is going to be interrupted."""
        with subprocess.Popen(
            [*INTERRUPTIBLE, *map(str, arguments)],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.folder,
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    def ok(self, *arguments: object, **options: Any) -> Finished:
        """Run a command that must succeed."""
        done = self.run(*arguments, **options)
        assert done.code == 0, done
        return done


@pytest.fixture
def craft_store(tmp_path: Path) -> CraftStore:
    """The program without a store."""
    return CraftStore(tmp_path)


@pytest.fixture
def at_sandbox(craft_store: CraftStore, sandbox_store: ReadySandbox) -> CraftStore:
    """The program with a sandbox as its store, not logged in."""
    craft_store.environment["CRAFT_STORE_STORE"] = "sandbox"
    craft_store.environment["CRAFT_STORE_SANDBOX_URL"] = sandbox_store.urls.api
    return craft_store


@pytest.fixture
def log_in(
    at_sandbox: CraftStore, sandbox_store: ReadySandbox, tmp_path: Path
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
def logged_in(at_sandbox: CraftStore, log_in: Callable[..., Finished]) -> CraftStore:
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
        has = _catalogue().operations(endpoint_set) or frozenset()
        return {leaf.path for leaf in _leaves() if has.issuperset(leaf.offer.needs)}

    return call


class Documents:
    """Runs commands for their JSON, and holds each document to its documented schema.

    Attributes:
        seen: Words of a command, to the documents that it printed.
    """

    def __init__(self, program: CraftStore) -> None:
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
        _validate(document, "envelope")
        if "error" in document:
            _validate(document["error"], "error")
        if "result" in document:
            _validate(document["result"], document["command"].replace(" ", "-"))
        self.seen.setdefault(document["command"], []).append(document)
        return document

    def commands(self, *, ok: bool) -> set[str]:
        """Return the commands that succeeded, or that failed, at least once."""
        return {
            command
            for command, documents in self.seen.items()
            if any(document["ok"] is ok for document in documents)
        }


def _validate(document: Any, schema: str) -> None:
    jsonschema.validate(document, json.loads((SCHEMAS / f"{schema}.json").read_text("utf-8")))


@pytest.fixture
def documents_of() -> Callable[[CraftStore], Documents]:
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
def snap_program(craft_store: CraftStore, tmp_path: Path) -> Path:
    """Put a substitute of the program ``snap``, without keys, on the program's search path."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "snap"
    program.write_text(SNAP_PROGRAM.format(python=sys.executable))
    program.chmod(0o755)
    craft_store.environment["PATH"] = f"{folder}{os.pathsep}{os.environ['PATH']}"
    return program
