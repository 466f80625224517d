"""Users without a home folder, or with one that is of no use; working folders that are gone."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from craft_store_core.cli.main import run
from craft_store_core.errors import ExitCode

PROGRAM = (sys.executable, "-c", "from craft_store_core.cli import main; main()")
# No folder can be made there, whoever asks.
UNWRITABLE = Path("/proc/no-such-home")

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="homes as Linux has them are what is tested"
)


def _nobody(number: int) -> None:
    raise KeyError(f"getpwuid(): uid not found: {number}")


class Home:
    """Runs commands in this process, as a user whose home folder is of no use."""

    def __init__(self, program: Any, patch: pytest.MonkeyPatch, capsys: Any) -> None:
        self.program = program
        self.variables = {
            name: value
            for name, value in program.environment.items()
            if name not in {"HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "CRAFT_STORE_DATA"}
        }
        self._patch = patch
        self._capsys = capsys

    def run(self, *arguments: object) -> tuple[int, str, str]:
        """Run a command; return its exit code and what it showed."""
        self._capsys.readouterr()
        with self._patch.context() as patch:
            for name in self.program.environment.keys() - self.variables.keys():
                patch.delenv(name, raising=False)
            for name, value in self.variables.items():
                patch.setenv(name, value)
            code = run([*map(str, arguments)])
        shown = self._capsys.readouterr()
        assert "defect" not in shown.err
        return code, shown.out, shown.err


@pytest.fixture(params=["unknown", "unwritable", "no folder"])
def home(
    request: pytest.FixtureRequest,
    at_sandbox: Any,
    sandbox_store: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Home:
    """A user without a home folder, whose credentials for a sandbox are in the environment."""
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    made = Home(at_sandbox, monkeypatch, capsys)
    token = sandbox_store.issue_token(sandbox_store.account)
    made.variables["CRAFT_STORE_CREDENTIALS"] = base64.b64encode(token.encode()).decode()
    if request.param == "unknown":
        monkeypatch.setattr("pwd.getpwuid", _nobody)
    else:
        made.variables["HOME"] = os.devnull if request.param == "no folder" else str(UNWRITABLE)
    return made


def test_work_at_a_store_goes_on(home: Home, tmp_path: Path) -> None:
    """Without a configuration file, and without what earlier runs remembered."""
    from craft_store_sandbox import build_charm

    assert home.run("whoami")[0] == ExitCode.DONE
    assert home.run("register", "acme-web")[0] == ExitCode.DONE
    charm = build_charm(tmp_path / "plain.charm")
    waiting = home.run("publish", charm, "--channel", "latest/edge", "--no-wait")
    assert waiting[0] == ExitCode.PENDING
    code, out, _ = home.run("publish", charm, "--channel", "latest/edge")
    assert code == ExitCode.DONE
    assert "latest/edge: released" in out


def test_everything_that_only_shows_works(home: Home) -> None:
    """Also where it shows the settings themselves."""
    for arguments in (["--help"], ["stores"], ["config", "show"], ["plugins", "list"]):
        assert home.run(*arguments)[0] == ExitCode.DONE


def test_what_must_be_written_there_fails_in_words(home: Home, sandbox_store: Any) -> None:
    """What happened, why, and what to do."""
    code, _, told = home.run("config", "set", "store", "charmhub")
    assert code == ExitCode.USAGE
    assert "configuration file" in told
    assert "why: " in told
    assert "CRAFT_STORE_CONFIG" in told

    del home.variables["CRAFT_STORE_CREDENTIALS"]
    password = home.program.folder / "password"
    password.write_text(sandbox_store.password)
    code, _, told = home.run(
        "login", "--email", sandbox_store.account.email, "--password-file", password
    )
    assert code == ExitCode.AUTHENTICATION
    assert "why: " in told
    assert "what to do: " in told
    assert home.run("whoami")[0] == ExitCode.AUTHENTICATION


def test_a_user_whom_the_system_does_not_know(craft_store: Any) -> None:
    """As in a container that is run with a number of its own."""
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("only root can become another user, with setpriv")
    # It may read every file: what is installed may be in a folder of root's.
    user = ("--reuid", "4242", "--clear-groups")
    reads = ("--inh-caps", "+dac_override", "--ambient-caps", "+dac_override")
    for arguments, code in (
        (("stores",), ExitCode.DONE),
        (("whoami", "--store", "charmhub"), ExitCode.AUTHENTICATION),
        (("config", "path"), ExitCode.USAGE),
    ):
        done = subprocess.run(
            ["setpriv", *user, *reads, *PROGRAM, *arguments],
            env={"PATH": os.environ["PATH"], "CRAFT_STORE_BACKEND": "file"},
            cwd=craft_store.folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == code, done
        assert "defect" not in done.stderr
    assert not any(craft_store.folder.iterdir())


def test_a_working_folder_that_is_gone(
    craft_store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What needs none does not miss it; a file that is looked for there is not found."""
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    for name, value in craft_store.environment.items():
        monkeypatch.setenv(name, value)

    assert run(["--help"]) == ExitCode.DONE
    assert run(["config", "set", "store", "charmhub"]) == ExitCode.DONE
    assert run(["whoami"]) == ExitCode.AUTHENTICATION
    assert run(["publish", "plain.charm"]) == ExitCode.USAGE
    assert run(["upload-resource", "a", "b", "--file", "missing"]) == ExitCode.USAGE
