"""A real charmcraft, with the facade in place of the library that it asks for, beside a sandbox."""

from __future__ import annotations

import base64
import json
import os
import pty
import re
import subprocess
import sys
import sysconfig
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pexpect import EOF
from pexpect.fdpexpect import fdspawn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CHARMCRAFT = Path(sysconfig.get_path("scripts"), "charmcraft")
PROJECT = """\
name: acme-web
type: charm
title: Acme Web
summary: A charm for tests.
description: It becomes active and does nothing else.
base: ubuntu@22.04
platforms:
  amd64:
parts:
  acme-web:
    plugin: charm
    source: .
resources:
  model:
    type: file
    filename: model.bin
    description: What it serves.
"""
PROBE = """
import json, sys
import craft_store
from charmcraft.services.store import craft_store as of_the_new_commands
from charmcraft.store.client import Client

base = Client.__mro__[1]
print(json.dumps({
    "version": craft_store.__version__,
    "is one": of_the_new_commands is craft_store and base is craft_store.UbuntuOneStoreClient,
    "is on the core": "craft_store_core.http" in sys.modules,
    "files": [craft_store.__file__, sys.modules[base.__module__].__file__],
}))
"""


def clean_environment(folder: Path) -> dict[str, str]:
    """Return an environment with a home of its own and a keyring in a file below it."""
    ours = ("CHARMCRAFT_", "CRAFT_", "XDG_")
    runtime = folder / "run"
    runtime.mkdir(mode=0o700, exist_ok=True)
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(ours)},
        "HOME": str(folder),
        "XDG_RUNTIME_DIR": str(runtime),
        "PYTHON_KEYRING_BACKEND": "keyrings.alt.file.PlaintextKeyring",
        "TERM": "xterm",
    }


def is_installed(distribution: str) -> bool:
    """Tell whether a distribution is installed in this environment."""
    try:
        version(distribution)
    except PackageNotFoundError:
        return False
    return True


@pytest.fixture(scope="session", autouse=True)
def facade(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What charmcraft imports as ``craft_store``; anything but the facade is a failure."""
    # Never skipped: where charmcraft cannot be installed, it must not look as if it had worked.
    assert is_installed("charmcraft"), "charmcraft is not here; 'tox -e downstream' installs it"
    assert not is_installed("craft-store"), "the library itself is installed beside the facade"
    done = subprocess.run(
        [sys.executable, "-c", PROBE],
        env=clean_environment(tmp_path_factory.mktemp("home")),
        cwd=tmp_path_factory.mktemp("empty"),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["version"] == version("craft-store-compat"), f"not the facade: {found}"
    assert found["is one"], f"charmcraft has more than one craft_store: {found}"
    assert found["is on the core"], f"not the facade: {found}"
    return found


class Terminal:
    """A command on a pseudo-terminal."""

    def __init__(self, command: list[str | Path], environment: dict[str, str], cwd: Path) -> None:
        ours, theirs = pty.openpty()
        # Not pexpect.spawn(): forking is not safe beside the threads of the sandbox.
        self.process = subprocess.Popen(
            command,
            env=environment,
            cwd=cwd,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self.child = fdspawn(ours, encoding="utf-8", timeout=60)

    def answer(self, question: str, text: str) -> None:
        """Wait for a question and type the answer."""
        self.child.expect_exact(question)
        self.child.sendline(text)

    def finish(self) -> tuple[int, str]:
        """Wait for the end; return the exit code and what was shown since the last question."""
        try:
            self.child.expect(EOF)
            shown = str(self.child.before)
        except OSError:
            # Linux' way to say that nobody has the other side open.
            shown = str(self.child.buffer)
        plain = re.sub(r"\x1b\[[?0-9;]*[A-Za-z]", "", shown)
        return self.process.wait(timeout=60), plain

    def close(self) -> None:
        """Stop the command, if it still runs."""
        self.child.close()
        self.process.kill()
        self.process.wait(timeout=60)


class Charmcraft:
    """Runs charmcraft in the folder of a charm, against a sandbox.

    Attributes:
        sandbox: The store.
        folder: The charm's folder, with its ``charmcraft.yaml``.
        environment: Of the commands; without credentials.
    """

    def __init__(self, sandbox: Any, home: Path) -> None:
        self.sandbox = sandbox
        self.folder = home / "acme-web"
        self.folder.mkdir()
        (self.folder / "charmcraft.yaml").write_text(PROJECT, encoding="utf-8")
        self.environment = {
            **clean_environment(home),
            "CHARMCRAFT_STORE_API_URL": sandbox.urls.api,
            "CHARMCRAFT_UPLOAD_URL": sandbox.urls.storage,
            "CHARMCRAFT_REGISTRY_URL": sandbox.urls.api,
            "CHARMCRAFT_STORE_SSO_URL": sandbox.urls.sso,
            "CRAFT_STORE_RETRIES": "0",
        }
        self._terminals: list[Terminal] = []

    def use_credentials(self, exported: str) -> None:
        """Give the commands exported credentials."""
        self.environment["CHARMCRAFT_AUTH"] = exported

    def run(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, where nobody can be asked."""
        return subprocess.run(
            [CHARMCRAFT, *arguments],
            env=self.environment,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def ok(self, *arguments: str | Path) -> str:
        """Run a command that must succeed; return its data."""
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def json(self, *arguments: str | Path) -> Any:
        """Run a command that must succeed; return its data, read."""
        return json.loads(self.ok(*arguments, "--format", "json"))

    def refused(self, *arguments: str | Path) -> str:
        """Run a command that must fail in an orderly way; return what it says."""
        done = self.run(*arguments)
        assert done.returncode == 1, done.stdout
        assert "Traceback" not in done.stderr
        assert "internal error" not in done.stderr
        return done.stderr

    def on_terminal(self, *arguments: str | Path) -> Terminal:
        """Start a command where a person can be asked."""
        self._terminals.append(
            Terminal([CHARMCRAFT, *arguments], self.environment, cwd=self.folder)
        )
        return self._terminals[-1]

    def close(self) -> None:
        """Stop what still runs."""
        for terminal in self._terminals:
            terminal.close()


@pytest.fixture
def charmcraft(sandbox_factory: Callable[..., Any], tmp_path: Path) -> Iterator[Charmcraft]:
    """Charmcraft without credentials, beside a sandbox with a port for each service."""
    home = tmp_path / "home"
    home.mkdir()
    running = Charmcraft(sandbox_factory(split_origins=True), home)
    yield running
    running.close()


@pytest.fixture
def authorized(charmcraft: Charmcraft) -> Charmcraft:
    """Charmcraft with credentials in its variable."""
    token = charmcraft.sandbox.issue_token(charmcraft.sandbox.account)
    charmcraft.use_credentials(base64.b64encode(token.encode()).decode())
    return charmcraft
