"""Builds every distribution once, as a release does: sdist, wheel, and the wheel of the sdist."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from packaging.metadata import Metadata

from craft_store_core.distributions import list_distributions

if TYPE_CHECKING:
    from collections.abc import Callable

    from craft_store_core.distributions import Distribution

ROOT = Path(__file__).resolve().parents[2]
DISTRIBUTIONS = list_distributions()


def _uv(*arguments: str | Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "uv", "--quiet", *arguments],
        env={**os.environ, "UV_PYTHON_DOWNLOADS": "never"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@dataclass(frozen=True)
class Wheel:
    """A wheel, and what it says of itself.

    Attributes:
        path: The file.
    """

    path: Path

    @cached_property
    def files(self) -> dict[str, bytes]:
        """The content by name."""
        with zipfile.ZipFile(self.path) as archive:
            return {name: archive.read(name) for name in archive.namelist()}

    @cached_property
    def metadata(self) -> Metadata:
        """The metadata, checked."""
        (name,) = (name for name in self.files if name.endswith(".dist-info/METADATA"))
        return Metadata.from_email(self.files[name])

    @property
    def siblings(self) -> dict[str, str]:
        """Which distributions of this project it requires, and in which versions."""
        ours = {distribution.name for distribution in DISTRIBUTIONS}
        needed = self.metadata.requires_dist or ()
        return {each.name: str(each.specifier) for each in needed if each.name in ours}


@dataclass(frozen=True)
class Built:
    """What building one distribution gave.

    Attributes:
        distribution: Which one.
        folder: Its folder in the repository.
        sdist: The source distribution.
        wheel: The wheel that was built from the repository.
        wheel_of_sdist: The wheel that was built from the source distribution.
    """

    distribution: Distribution
    folder: Path
    sdist: Path
    wheel: Wheel
    wheel_of_sdist: Wheel


@pytest.fixture(scope="session")
def uv() -> Callable[..., None]:
    """Return what runs uv, which must succeed; it builds and installs faster than pip does."""
    return _uv


@pytest.fixture(scope="session")
def build_wheel() -> Callable[[Path, Path], Wheel]:
    """Return what builds the wheel of the distribution in a folder into another folder."""

    def build(folder: Path, output: Path) -> Wheel:
        _uv("build", "--wheel", "--out-dir", output, folder)
        (path,) = output.glob("*.whl")
        return Wheel(path)

    return build


@pytest.fixture(scope="session")
def wheel_of(
    build_wheel: Callable[[Path, Path], Wheel], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Wheel]:
    """Return what builds the wheel of a distribution, each of them once."""
    done: dict[str, Wheel] = {}
    folders = {distribution.name: ROOT / distribution.folder for distribution in DISTRIBUTIONS}

    def wheel(name: str) -> Wheel:
        if name not in done:
            done[name] = build_wheel(folders[name], tmp_path_factory.mktemp(f"{name}-wheel"))
        return done[name]

    return wheel


@pytest.fixture(scope="session", params=DISTRIBUTIONS, ids=lambda each: each.name)
def built(
    request: pytest.FixtureRequest,
    wheel_of: Callable[[str], Wheel],
    tmp_path_factory: pytest.TempPathFactory,
) -> Built:
    """Return each distribution in turn, built."""
    distribution: Distribution = request.param
    folder = ROOT / distribution.folder
    output = tmp_path_factory.mktemp(f"{distribution.name}-sdist")
    # Without a choice uv builds the sdist, and the wheel from it.
    _uv("build", "--out-dir", output, folder)
    (sdist,) = output.glob("*.tar.gz")
    (again,) = output.glob("*.whl")
    return Built(distribution, folder, sdist, wheel_of(distribution.name), Wheel(again))
