"""Builds every distribution once, as a release does: sdist, wheel, and the wheel of the sdist."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = [ROOT, *sorted(file.parent for file in ROOT.glob("plugins/*/pyproject.toml"))]


@dataclass(frozen=True)
class Built:
    """What building one distribution gave.

    Attributes:
        folder: The distribution's folder in the repository.
        project: The ``[project]`` table.
        package: The import name.
        sdist: The source distribution.
        wheel: The wheel that was built from the repository.
        wheel_of_sdist: The wheel that was built from the unpacked source distribution.
    """

    folder: Path
    project: dict[str, Any]
    package: str
    sdist: Path
    wheel: Path
    wheel_of_sdist: Path


def _build(folder: Path, output: Path, kind: str) -> Path:
    # hatchling is installed beside these tests: an environment for each build would take minutes.
    options = ["--no-isolation", kind, "--outdir", str(output), str(folder)]
    command = [sys.executable, "-m", "build", *options]
    answer = subprocess.run(command, check=False, capture_output=True, text=True)
    assert answer.returncode == 0, f"{folder}:\n{answer.stdout}\n{answer.stderr}"
    (result,) = output.iterdir()
    return result


@pytest.fixture(scope="session")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Built]:
    """Return what builds the distribution in a folder, each of them once."""
    done: dict[Path, Built] = {}

    def built(folder: Path) -> Built:
        if folder not in done:
            place = tmp_path_factory.mktemp(folder.name)
            document = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
            (package,) = document["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
            sdist = _build(folder, place / "sdist", "--sdist")
            with tarfile.open(sdist) as archive:
                archive.extractall(place / "unpacked", filter="data")
            (unpacked,) = (place / "unpacked").iterdir()
            done[folder] = Built(
                folder=folder,
                project=document["project"],
                package=package,
                sdist=sdist,
                wheel=_build(folder, place / "wheel", "--wheel"),
                wheel_of_sdist=_build(unpacked, place / "again", "--wheel"),
            )
        return done[folder]

    return built


@pytest.fixture(params=FOLDERS, ids=lambda folder: folder.name)
def distribution(request: pytest.FixtureRequest, distributions: Callable[[Path], Built]) -> Built:
    """Return each distribution in turn, built."""
    return distributions(request.param)
