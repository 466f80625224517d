"""The plugin under examples/, as a third party has it: beside the built core and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from craft_store_core.testing.scripted import ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.packaging.conftest import Wheel

PLUGIN = Path(__file__).resolve().parents[2] / "examples" / "plugin"


@pytest.fixture(scope="module")
def environment(
    uv: Callable[..., None],
    wheel_of: Callable[[str], Wheel],
    build_wheel: Callable[[Path, Path], Wheel],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """An environment with the core, the sample plugin and two type checkers."""
    folder = tmp_path_factory.mktemp("sample") / "environment"
    plugin = build_wheel(PLUGIN, folder.parent / "wheel")
    uv("venv", "--python", sys.executable, folder)
    python = folder / "bin" / "python"
    core = wheel_of("craft-store-core").path
    uv("pip", "install", "--python", python, core, plugin.path, "mypy>=1.15", "basedpyright>=1.31")
    return folder


def run(environment: Path, program: str, *arguments: str | Path, **variables: str) -> Any:
    return subprocess.run(
        [environment / "bin" / program, *arguments],
        env={"PATH": os.environ["PATH"], "HOME": str(environment.parent), **variables},
        cwd=environment.parent,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_it_passes_mypy(environment: Path) -> None:
    """Strictly, with the types that the core ships."""
    done = run(environment, "mypy", "--strict", "-p", "acme_craft_store")
    assert done.returncode == 0, done.stdout


def test_it_passes_pyright(environment: Path, tmp_path: Path) -> None:
    """Strictly, too; every public name that it uses has a whole type."""
    settings = {
        "include": [str(PLUGIN / "acme_craft_store")],
        "typeCheckingMode": "strict",
        "venvPath": str(environment.parent),
        "venv": environment.name,
        "extraPaths": [str(PLUGIN)],
    }
    file = tmp_path / "pyrightconfig.json"
    file.write_text(json.dumps(settings))
    done = run(environment, "basedpyright", "--project", file)
    assert done.returncode == 0, done.stdout


def test_it_works_at_a_store(environment: Path, tmp_path: Path) -> None:
    """Login, renewal of an ended token, an operation of its own, its backend: over real HTTP."""
    config = tmp_path / "config.toml"
    with ScriptedServer() as server:
        config.write_text(
            f'store = "acme"\n[credentials]\nbackends = ["acme-folder"]\n'
            f'acme-folder = {{ folder = "{tmp_path / "keys"}" }}\n'
            f'[stores.acme]\nlike = "acme"\nurls = {{ api = "{server.url}" }}\n'
        )
        variables = {"CRAFT_STORE_CONFIG": str(config), "CRAFT_STORE_STRICT_PLUGINS": "1"}
        refusal = {"error-list": [{"code": "token-expired", "message": "It has ended."}]}
        server.expect("POST", "/acme/tokens", json={"token": "t-1"})
        server.expect("POST", "/v1/charm/acme-web/seal", status=401, json=refusal)
        server.expect("POST", "/acme/tokens", json={"token": "t-2"})
        server.expect("POST", "/v1/charm/acme-web/seal", json={"seal": "wax"})
        key = tmp_path / "key"
        key.write_text("k-1\n")
        login = (
            "from craft_store_core import connect\n"
            "from craft_store_core.plugins import LoginRequest\n"
            "with connect() as client:\n"
            "    client.login(LoginRequest((), 'sample', 60, answers={'key': 'k-1'}))\n"
        )
        logged_in = run(environment, "python", "-c", login, **variables)
        assert logged_in.returncode == 0, logged_in.stderr
        sealed = run(environment, "craft-store", "acme-seal", "acme-web", **variables)
        assert sealed.stdout == "Sealed acme-web: wax\n", sealed.stderr
        sent = [request.headers.get("Authorization") for request in server.requests]
        assert sent == [None, "Bearer t-1", None, "Bearer t-2"]
    listed = run(environment, "craft-store", "--help", **variables)
    assert "acme-seal" in listed.stdout
    doctor = run(environment, "craft-store", "plugins", "doctor", **variables)
    assert doctor.returncode == 0, doctor.stdout
