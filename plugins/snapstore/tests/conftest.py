"""A scripted Snap Store, the endpoint set that talks to it, and snaps that mksquashfs packed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from craft_store_core.cli.main import run
from craft_store_core.plugins import (
    BOUND_MACAROONS,
    Credential,
    HTTPClient,
    RetryPolicy,
    Store,
    StoreSession,
    Work,
)
from craft_store_core.testing.scripted import ScriptedServer
from craft_store_snapstore import SnapStoreEndpoints

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

SNAP_ID = "Wq3xA0b9kLm2N4pR6sT8uV1yZ5cD7eFg"

SNAP_YAML = """\
name: weather-widget
version: '1.10'
summary: Weather in the panel
description: |
  Shows the weather.
title: Weather Widget
license: GPL-3.0
architectures: [amd64]
base: core24
grade: stable
confinement: strict
"""

# Answers as the program ``snap`` does; what it was told is beside it, for tests to look at.
SNAP_PROGRAM = """\
#!{python}
import json, pathlib, sys
arguments = sys.argv[1:]
given = sys.stdin.read() if arguments[0] == "sign" else ""
folder = pathlib.Path(__file__).parent
with open(folder / "calls.json", "a") as calls:
    calls.write(json.dumps([arguments, given]) + "\\n")
if (folder / "fails").exists():
    sys.exit((folder / "fails").read_text() or 3)
if arguments[0] == "keys":
    print((folder / "keys.json").read_text())
elif arguments[0] != "create-key":
    print("signed " + arguments[0])
"""


class OneToken:
    """Credentials that are never renewed."""

    def authorization(self) -> str:
        return "Macaroon root=abc, discharge=def"

    def renew(self, rejected: str) -> bool:
        return False


@pytest.fixture
def dashboard() -> Iterator[ScriptedServer]:
    """A loopback server whose script is checked when the test is over."""
    with ScriptedServer() as server:
        yield server


@pytest.fixture
def make_endpoints(dashboard: ScriptedServer) -> Iterator[Callable[..., SnapStoreEndpoints]]:
    """Make the endpoint set of a store at the scripted server."""
    clients = []

    def make(options: Mapping[str, str] | None = None) -> SnapStoreEndpoints:
        store = Store(
            name="snapstore",
            title="Snap Store",
            endpoint_set="snapstore",
            urls=dict.fromkeys(("api", "storage", "sso"), dashboard.url)
            | {"gateway": f"{dashboard.url}/pgw"},
            auth_flows=("ubuntu-one",),
            credential_services=("api", "gateway"),
            namespace="snap",
            options=options or {},
        )
        http = HTTPClient(
            user_agent="test",
            retries=RetryPolicy(attempts=1),
            work=Work(sleep=lambda seconds: None),
        )
        clients.append(http)
        return SnapStoreEndpoints(StoreSession(store, http, OneToken()))

    yield make
    for http in clients:
        http.close()


@pytest.fixture
def snapstore(make_endpoints: Callable[..., SnapStoreEndpoints]) -> SnapStoreEndpoints:
    """The endpoint set that the dialect makes."""
    return make_endpoints()


@pytest.fixture
def knows_the_snap(dashboard: ScriptedServer) -> ScriptedServer:
    """The scripted server, which is asked once for the id of ``weather-widget``."""
    return dashboard.expect(
        "GET", "/dev/api/snaps/info/weather-widget", json={"snap_id": SNAP_ID, "snap_name": "w"}
    )


@pytest.fixture
def of_snap() -> str:
    """The path of the snap's own endpoints."""
    return f"/dev/api/snaps/{SNAP_ID}"


@pytest.fixture
def craft_store(dashboard: ScriptedServer, tmp_path: Path) -> Callable[..., int]:
    """Run ``craft-store`` at the scripted server, with credentials in the environment."""
    credential = Credential(BOUND_MACAROONS, "root=abc, discharge=def")
    environment = {
        "CRAFT_STORE_STORE": "snapstore",
        "CRAFT_STORE_STRICT_PLUGINS": "1",
        "CRAFT_STORE_RETRIES": "0",
        "CRAFT_STORE_DATA": str(tmp_path / "data"),
        "CRAFT_STORE_CREDENTIALS": credential.encode(),
        **{
            f"CRAFT_STORE_{service}_URL": dashboard.url
            for service in ("API", "STORAGE", "SSO", "GATEWAY")
        },
    }

    def call(*arguments: str) -> int:
        return run(arguments, environment)

    return call


@pytest.fixture
def squash(tmp_path: Path) -> Callable[..., Path]:
    """Pack files, given by path in the image, as ``mksquashfs`` packs snaps."""
    program = shutil.which("mksquashfs")
    if program is None:
        pytest.skip("mksquashfs is not installed (Debian: squashfs-tools)")

    def pack(name: str, members: Mapping[str, str | bytes], *options: str) -> Path:
        tree = tmp_path / f"{name}.tree"
        for path, content in members.items():
            file = tree / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode() if isinstance(content, str) else content)
        target = tmp_path / name
        command = [program, str(tree), str(target), "-noappend", "-all-root", "-no-progress"]
        subprocess.run([*command, *(options or ("-comp", "xz"))], check=True, capture_output=True)
        return target

    return pack


@pytest.fixture
def snap_file(squash: Callable[..., Path]) -> Path:
    """A snap of one architecture."""
    return squash("weather.snap", {"meta/snap.yaml": SNAP_YAML})


@pytest.fixture
def snap_yaml() -> str:
    """What a snap says of itself."""
    return SNAP_YAML


@pytest.fixture
def snap_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a substitute of the program ``snap`` first on the search path; return its folder."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "snap"
    program.write_text(SNAP_PROGRAM.format(python=sys.executable))
    program.chmod(0o755)
    (folder / "keys.json").write_text('[{"name": "default", "sha3-384": "kQ7z"}]')
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


@pytest.fixture
def release_row() -> Callable[..., dict[str, Any]]:
    """Make a row of the channel map."""

    def make(
        channel: str, revision: int, architecture: str = "amd64", percentage: float | None = None
    ) -> dict[str, Any]:
        return {
            "architecture": architecture,
            "channel": channel,
            "revision": revision,
            "expiration-date": "2027-03-05T10:00:00Z" if channel.count("/") == 2 else None,
            "when": "2027-02-01T10:00:00Z",
            "progressive": {
                "paused": None if percentage is None else False,
                "percentage": percentage,
                "current-percentage": 100.0,
            },
        }

    return make


@pytest.fixture
def channel_map(release_row: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    """A channel map of two architectures with a branch and a progressive release."""
    numbers = (8, 9, 10, 11)
    return {
        "channel-map": [
            release_row("latest/stable", 8),
            release_row("latest/stable", 9, percentage=20),
            release_row("latest/stable", 11, "arm64"),
            release_row("latest/edge/fix-17", 10),
        ],
        "revisions": [
            {
                "revision": number,
                "version": f"1.{number}",
                "architectures": ["arm64" if number == 11 else "amd64"],
                "attributes": {},
                "base": "core24",
                "build-url": None,
                "confinement": "strict",
                "created-at": "2027-02-01T09:35:00Z",
                "epoch": {"read": [0], "write": [0]},
                "grade": "stable",
                "sha3-384": f"{number:096x}",
                "size": 4198400,
            }
            for number in numbers
        ],
        "snap": {
            "id": SNAP_ID,
            "name": "weather-widget",
            "title": "Weather Widget",
            "private": False,
            "default-track": None,
            "publisher": {"id": "q1Wm", "username": "jo", "display-name": "Jo Example"},
            "tracks": [
                {
                    "name": "latest",
                    "status": "active",
                    "creation-date": None,
                    "version-pattern": None,
                },
                {
                    "name": "2.x",
                    "status": "default",
                    "creation-date": "2027-01-01T00:00:00Z",
                    "version-pattern": "2\\.*",
                },
            ],
            "channels": [
                {
                    "name": "latest/stable",
                    "track": "latest",
                    "risk": "stable",
                    "branch": None,
                    "fallback": None,
                },
                {
                    "name": "latest/edge/fix-17",
                    "track": "latest",
                    "risk": "edge",
                    "branch": "fix-17",
                    "fallback": "latest/edge",
                },
            ],
        },
    }
