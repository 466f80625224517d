"""The real ``craft-store`` process, against a sandbox."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from craft_store_sandbox.ready import ReadySandbox

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
