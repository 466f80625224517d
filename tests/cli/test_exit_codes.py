"""One exit code for each kind of outcome: through the real program, as the reference lists them."""

from __future__ import annotations

import base64
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import pytest

from craft_store_core.errors import ExitCode
from craft_store_sandbox import Fault, build_charm

if TYPE_CHECKING:
    from collections.abc import Callable

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "exit-codes.md"


class Scene:
    """What a case can use: the program, logged in at a sandbox that has the name ``acme-web``."""

    def __init__(self, program: Any, sandbox: Any, charm: Path, folder: Path) -> None:
        self.program = program
        self.sandbox = sandbox
        self.charm = charm
        self.folder = folder

    def code(self, *arguments: object, **variables: str) -> int:
        """Run a command, which must explain every failure; return its exit code."""
        run = self.program.run(*arguments, **variables)
        assert "Traceback" not in run.err
        if run.code not in {ExitCode.DONE, ExitCode.PENDING}:
            assert any(part in run.err for part in ("  what to do: ", "Usage: ")), run
        return int(run.code)


@pytest.fixture
def scene(logged_in: Any, sandbox_store: Any, charm: Path, tmp_path: Path) -> Scene:
    """A registered name, and a charm to publish under it."""
    logged_in.ok("register", "acme-web")
    return Scene(logged_in, sandbox_store, charm, tmp_path)


def done(scene: Scene) -> set[int]:
    """What was asked for is so, also when it was so before."""
    return {scene.code("register", "acme-web"), scene.code("names")}


def failed(scene: Scene) -> set[int]:
    """The store refused."""
    stranger = scene.sandbox.add_account("al@example.com", "password of al", username="al")
    scene.sandbox.add_package("taken", stranger)
    return {scene.code("register", "taken"), scene.code("create-track", "acme-web", "2.0")}


def usage(scene: Scene) -> set[int]:
    """Nothing was sent."""
    scene.sandbox.forget_requests()
    codes = {
        scene.code("release", "acme-web", 1, "no-such-risk"),
        scene.code("release", "acme-web"),
        scene.code("no-such-command"),
        scene.code("upload", scene.folder / "missing.charm"),
        scene.code("whoami", "--store", "no-such-store"),
        scene.code("whoami", CRAFT_STORE_CONFIG=str(scene.folder / "missing.toml")),
        scene.code("unregister", "acme-web"),
    }
    assert scene.sandbox.requests == []
    return codes


def authentication(scene: Scene) -> set[int]:
    """Missing, unreadable, refused, and expired credentials."""
    codes = {
        scene.code("whoami", CRAFT_STORE_DATA=str(scene.folder / "empty")),
        scene.code("whoami", CRAFT_STORE_CREDENTIALS="%%%"),
        scene.code("whoami", CRAFT_STORE_CREDENTIALS="bmV2ZXItaXNzdWVk"),
    }
    scene.sandbox.clock.advance(400 * 24 * 3600)
    return {*codes, scene.code("whoami"), scene.code("upload", scene.charm)}


def permission(scene: Scene) -> set[int]:
    """Good credentials that do not allow it, here and at the store."""
    token = scene.sandbox.issue_token(scene.sandbox.account, permissions=["account-view-packages"])
    limited = {"CRAFT_STORE_CREDENTIALS": base64.b64encode(token.encode()).decode()}
    return {
        scene.code("upload", scene.charm, **limited),
        scene.code("register", "acme-db", **limited),
    }


def not_found(scene: Scene) -> set[int]:
    """No such name, revision, charm."""
    return {
        scene.code("status", "no-such-name"),
        scene.code("release", "acme-web", 99, "edge"),
        scene.code("libraries", "list", "no-such-name"),
    }


def rejected(scene: Scene) -> set[int]:
    """The review refused."""
    scene.sandbox.faults.reject_content[b"poison"] = "No poison, please"
    poison = build_charm(scene.folder / "poison.charm", payload=b"poison")
    return {scene.code("upload", poison), scene.code("publish", poison, "--channel", "edge")}


def pending(scene: Scene) -> set[int]:
    """A person has to look, or nobody waited for the review."""
    codes = {scene.code("publish", scene.charm, "--no-wait")}
    scene.sandbox.faults.manual_review = True
    other = build_charm(scene.folder / "other.charm", payload=b"other")
    return {*codes, scene.code("upload", other), scene.code("publish", other, "--channel", "edge")}


def timeout(scene: Scene) -> set[int]:
    """The review did not finish in the time given."""
    return {
        scene.code("upload", scene.charm, "--timeout", "0"),
        scene.code("publish", scene.charm, "--channel", "edge", "--timeout", "0"),
    }


def unavailable(scene: Scene) -> set[int]:
    """Nobody there, a failing store, an answer that cannot be read."""
    codes = {scene.code("libraries", "list", "x", CRAFT_STORE_API_URL="http://127.0.0.1:9")}
    for fault in (
        Fault(status=503),
        Fault(status=408),
        Fault(status=429),
        Fault(status=200, headers={"Content-Type": "text/html"}, body=b"<html>Hello</html>"),
        Fault(reset="before"),
    ):
        scene.sandbox.faults.add(fault, path="/tokens/whoami")
        codes.add(scene.code("whoami"))
        scene.sandbox.faults.clear()
    return codes


def partial(scene: Scene) -> set[int]:
    """One is done, the other is not."""
    scene.sandbox.faults.reject_content[b"poison"] = "No poison, please"
    scene.program.ok("register", "acme-db")
    poison = build_charm(scene.folder / "poison.charm", "acme-db", payload=b"poison")
    return {scene.code("publish", scene.charm, poison, "--channel", "edge")}


def internal(scene: Scene) -> set[int]:
    """A command with a defect; the error says how to report it."""
    (scene.folder / "defect.py").write_text(
        "import click\n"
        "from craft_store_core.plugins import CommandOffer, hookimpl\n\n"
        "@hookimpl\n"
        "def craft_store_commands():\n"
        "    yield CommandOffer('defect', 'Has one', load=lambda: command)\n\n"
        "@click.command('defect')\n"
        "def command():\n"
        "    raise ZeroDivisionError('by nobody')\n"
    )
    info = scene.folder / "defect-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: defect\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[craft_store.plugins]\ndefect = defect\n")
    run = scene.program.run_process("defect", PYTHONPATH=str(scene.folder))
    assert "ZeroDivisionError: by nobody" in run.err
    assert "what to do" in run.err
    return {run.code}


def interrupted(scene: Scene) -> set[int]:
    """Ctrl-C."""
    scene.sandbox.faults.add(Fault(delay=300), path="/tokens/whoami")
    with scene.program.start("whoami", "-vv") as process:
        assert any("/tokens/whoami" in line for line in process.stderr)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    scene.sandbox.faults.clear()
    return {process.returncode}


def result_not_written(scene: Scene) -> set[int]:
    """What was asked for is so, and nobody was told."""
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        return {_printing_to(full, scene, "names"), _printing_to(full, scene, "--help")}


def pipe_closed(scene: Scene) -> set[int]:
    """The reader of the result has gone away."""
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "w", encoding="utf-8") as pipe:  # noqa: PTH123 - a number, not a path
        return {_printing_to(pipe, scene, "names"), _printing_to(pipe, scene, "--help")}


def _printing_to(stream: IO[str], scene: Scene, *arguments: str) -> int:
    program = [sys.executable, "-c", "from craft_store_core.cli import main; main()", *arguments]
    return subprocess.run(
        program, env=scene.program.environment, stdout=stream, timeout=60, check=False
    ).returncode


CASES: dict[int, Callable[[Scene], set[int]]] = {
    ExitCode.DONE: done,
    ExitCode.FAILED: failed,
    ExitCode.USAGE: usage,
    ExitCode.AUTHENTICATION: authentication,
    ExitCode.PERMISSION: permission,
    ExitCode.NOT_FOUND: not_found,
    ExitCode.REJECTED: rejected,
    ExitCode.PENDING: pending,
    ExitCode.TIMEOUT: timeout,
    ExitCode.UNAVAILABLE: unavailable,
    ExitCode.PARTIAL: partial,
    ExitCode.INTERNAL: internal,
    ExitCode.RESULT_NOT_WRITTEN: result_not_written,
    ExitCode.INTERRUPTED: interrupted,
    ExitCode.PIPE_CLOSED: pipe_closed,
}


@pytest.mark.parametrize("code", CASES, ids=lambda code: CASES[code].__name__)
def test_each_kind_of_outcome_has_its_code(scene: Scene, code: int) -> None:
    """Whatever the command, and whatever the cause."""
    assert CASES[code](scene) == {code}


def test_every_documented_code_has_a_case() -> None:
    """The table of the reference, the codes of the program, and these cases are the same."""
    rows = re.findall(r"^\| ([0-9]+) \| ([a-z ]+) \|", REFERENCE.read_text("utf-8"), re.MULTILINE)
    named = {int(code): name for code, name in rows}
    assert named == {code: case.__name__.replace("_", " ") for code, case in CASES.items()}
    assert set(CASES) == set(ExitCode)
