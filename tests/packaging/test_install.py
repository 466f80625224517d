"""What a person installs: the README's first command, in an environment of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FIRST = "python3 -m venv .venv && .venv/bin/pip install . ./plugins/* && .venv/bin/craft-store demo"
SECOND = "python3 -m venv .venv && .venv/bin/pip install tox && .venv/bin/tox"


def run(*command: str | Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run a program as a person does, with nothing of the test run's own settings."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("CRAFT_STORE_", "COVERAGE_", "PYTHON", "PYTEST_"))
    }
    return subprocess.run(
        command, check=False, capture_output=True, text=True, cwd=cwd, env=environment
    )


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install everything from the repository as the README says; return the scripts folder."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, with_pip=True)
    scripts = folder / "bin"
    sources = [ROOT, *sorted((ROOT / "plugins").iterdir())]
    answer = run(scripts / "pip", "install", "--quiet", *sources)
    assert answer.returncode == 0, answer.stderr
    return scripts


def test_the_readme_begins_with_the_two_commands() -> None:
    """Both commands are the first code of the README, word for word."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```[a-z]*\n(.*?)```", readme, flags=re.DOTALL)

    assert [block.strip() for block in blocks[:2]] == [FIRST, SECOND]


def test_ci_runs_the_second_command() -> None:
    """What CI runs is what the README tells contributors to run."""
    assert SECOND in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()


def test_everything_installed_together_fits(installed: Path) -> None:
    """The requirements of all distributions can be met in one environment."""
    answer = run(installed / "python", "-m", "pip", "check")

    assert answer.returncode == 0, answer.stdout


def test_plugins_are_registered(installed: Path) -> None:
    """Every plugin that registers hooks is found, and none of them is broken."""
    listed = run(installed / "craft-store", "plugins", "list", "--format", "json")
    assert listed.returncode == 0, listed.stderr
    json.loads(listed.stdout)
    for folder in (ROOT / "plugins").iterdir():
        if folder.name != "compat":
            assert f'"{folder.name}"' in listed.stdout

    doctor = run(installed / "craft-store", "plugins", "doctor")
    assert doctor.returncode == 0, doctor.stderr


def test_the_demonstration_publishes_the_example(installed: Path, tmp_path: Path) -> None:
    """``craft-store demo`` works with no repository around, and shows the channel map."""
    answer = run(installed / "craft-store", "demo", cwd=tmp_path)

    assert answer.returncode == 0, answer.stderr
    assert "hello-store" in answer.stdout + answer.stderr
    assert "edge" in answer.stdout
    assert list(tmp_path.iterdir()) == []


def test_the_demonstration_publishes_a_persons_own_charm(installed: Path, tmp_path: Path) -> None:
    """``craft-store demo FILE --resource NAME=FILE`` shows its revision and its resource's."""
    charm, resource = tmp_path / "mine.charm", tmp_path / "text.txt"
    script = ROOT / "examples" / "pack_charm.py"
    packed = run(installed / "python", script, "--without-venv", "--output", charm)
    assert packed.returncode == 0, packed.stderr
    resource.write_text("Good evening\n", encoding="utf-8")

    answer = run(
        installed / "craft-store", "demo", charm, "--resource", f"greeting={resource}", cwd=tmp_path
    )

    assert answer.returncode == 0, answer.stderr
    assert re.search(r"latest .* edge .* greeting \(r1\)", answer.stdout)


def test_the_packed_example_has_its_libraries(installed: Path, tmp_path: Path) -> None:
    """The charm brings ops along: its own code can be imported from what was packed."""
    charm = tmp_path / "hello.charm"
    packed = run(installed / "python", ROOT / "examples" / "pack_charm.py", "--output", charm)
    assert packed.returncode == 0, packed.stderr
    with zipfile.ZipFile(charm) as archive:
        archive.extractall(tmp_path / "unpacked")
        assert not [name for name in archive.namelist() if name.startswith("venv/bin/")]

    answer = run(
        sys.executable,
        "-S",
        "-c",
        "import sys; sys.path[:0] = ['venv', 'src']; import charm, ops; print(ops.__file__)",
        cwd=tmp_path / "unpacked",
    )

    assert answer.returncode == 0, answer.stderr
    assert Path(answer.stdout.strip()) == tmp_path / "unpacked" / "venv" / "ops" / "__init__.py"
