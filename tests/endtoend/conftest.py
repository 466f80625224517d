"""Real snaps, sandboxes to publish them to, and both ways to do it: library and program."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from craft_store_core import connect
from craft_store_core.config import load_configuration
from craft_store_core.plugins.auth_flows import LoginRequest
from craft_store_core.testing.command_line import CommandLine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from craft_store_core.stores.client import StoreClient
    from craft_store_core.testing.command_line import Finished
    from craft_store_sandbox.sandbox import ReadySandbox

ON_PREM = """\
[stores.ours]
title = "Our own store"
endpoint-set = "onprem"
auth-flows = ["onprem-admin"]
urls = {{ api = "{api}", storage = "{storage}" }}
"""


class Publisher:
    """A publisher at a sandbox, who uses the program ``craft-store`` or the library.

    Args:
        sandbox: The store.
        folder: Home of the program; configuration and credentials are below it.
        variables: How the store is found.
    """

    def __init__(self, sandbox: ReadySandbox, folder: Path, variables: Mapping[str, str]) -> None:
        self.sandbox = sandbox
        self.folder = folder
        self._program = CommandLine(
            folder,
            {
                "CRAFT_STORE_BACKEND": "file",
                "CRAFT_STORE_BACKOFF": "0",
                "CRAFT_STORE_RETRIES": "0",
                **variables,
            },
        )
        self.environment = self._program.environment
        self.environment.pop("SNAPCRAFT_STORE_CREDENTIALS", None)
        self._clients: list[StoreClient] = []

    def run(self, *arguments: object, **variables: str) -> Finished:
        """Run ``craft-store`` for its JSON."""
        done = self._program.run(*arguments, "--format", "json", **variables)
        assert self.sandbox.password not in done.out + done.err
        return done

    def ok(self, *arguments: object, **variables: str) -> Any:
        """Run a command that must succeed, for its result."""
        done = self.run(*arguments, **variables)
        assert done.code == 0, done
        return done.result

    def log_in(
        self, *options: object, password: str | None = None, code: str | None = None
    ) -> Finished:
        """Run ``craft-store login`` with secrets from files; an empty code gives none."""
        secrets = {
            "--password-file": password or self.sandbox.password,
            "--otp-file": self.sandbox.account.one_time_password() if code is None else code,
        }
        arguments: list[object] = ["login", "--email", self.sandbox.account.email, *options]
        for option, secret in secrets.items():
            if secret:
                file = self.folder / option.strip("-")
                file.write_text(f"{secret}\n")
                arguments += [option, file]
        return self.run(*arguments, "--non-interactive")

    def connect(self) -> StoreClient:
        """Make a client that finds the store as the program does; it is closed with the test."""
        client = connect(
            configuration=load_configuration(self.environment), environment=self.environment
        )
        self._clients.append(client)
        return client

    def login_request(self, client: StoreClient, **answers: str) -> LoginRequest:
        """Ask for everything that the store gives by default."""
        return LoginRequest(client.store.permissions, "test", client.store.ttl, answers=answers)

    def sent(self, path: str) -> int:
        """Tell how many requests went to a path so far."""
        return sum(request.path == path for request in self.sandbox.requests)

    def close(self) -> None:
        for client in self._clients:
            client.close()


@pytest.fixture
def publisher(
    sandbox_factory: Callable[..., ReadySandbox], tmp_path: Path
) -> Iterator[Callable[..., Publisher]]:
    """Make a sandbox, of the Snap Store by default, and a publisher who is not logged in there."""
    from craft_store_sandbox import ReviewPace

    made: list[Publisher] = []

    def make(*, on_prem: bool = False) -> Publisher:
        sandbox = sandbox_factory(on_prem=on_prem, review=ReviewPace(polls=1))
        home = tmp_path / f"home-{len(made)}"
        home.mkdir()
        urls = sandbox.urls
        if on_prem:
            file = home / "config.toml"
            file.write_text(ON_PREM.format(api=urls.api, storage=urls.storage))
            variables = {"CRAFT_STORE_STORE": "ours", "CRAFT_STORE_CONFIG": str(file)}
        else:
            variables = {
                "CRAFT_STORE_STORE": "snapstore",
                "CRAFT_STORE_API_URL": urls.dashboard,
                "CRAFT_STORE_GATEWAY_URL": urls.api,
                "CRAFT_STORE_SSO_URL": urls.sso,
                "CRAFT_STORE_STORAGE_URL": urls.storage,
            }
        made.append(Publisher(sandbox, home, variables))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def jo(publisher: Callable[..., Publisher]) -> Publisher:
    """A publisher at the Snap Store, with the snap ``weather-widget``, not logged in."""
    jo = publisher()
    jo.sandbox.add_snap("weather-widget", jo.sandbox.account, guardrails=[r"\d\.x"])
    return jo


@pytest.fixture
def logged_in(jo: Publisher) -> Publisher:
    """The same, logged in by the program."""
    done = jo.log_in()
    assert done.code == 0, done
    return jo


@pytest.fixture
def snap(tmp_path: Path) -> Callable[..., Path]:
    """Pack a snap as ``mksquashfs`` does: its file, from fields of its ``snap.yaml``."""

    def make(file: str = "weather.snap", **fields: Any) -> Path:
        document = {
            "name": "weather-widget",
            "version": "1.5",
            "summary": "Weather in the panel",
            "description": "Shows the weather.",
            "architectures": ["amd64"],
            "base": "core24",
            "grade": "stable",
            "confinement": "strict",
            **fields,
        }
        return _packed(tmp_path / file, "meta/snap.yaml", document)

    return make


@pytest.fixture
def component(tmp_path: Path) -> Path:
    """A file of the component ``maps``."""
    about = {"component": "weather-widget+maps", "type": "standard", "version": "1"}
    return _packed(tmp_path / "maps.comp", "meta/component.yaml", about)


def _packed(target: Path, member: str, document: Mapping[str, Any]) -> Path:
    program = shutil.which("mksquashfs")
    if program is None:
        pytest.skip("mksquashfs is not installed (Debian: squashfs-tools)")
    tree = target.with_suffix(".tree")
    (tree / "meta").mkdir(parents=True)
    (tree / member).write_text(yaml.safe_dump(document))
    command = [
        program,
        str(tree),
        str(target),
        "-noappend",
        "-all-root",
        "-no-progress",
        "-comp",
        "xz",
        # The same files make the same snap, whatever the time.
        "-mkfs-time",
        "0",
        "-all-time",
        "0",
    ]
    subprocess.run(command, check=True, capture_output=True)
    return target
