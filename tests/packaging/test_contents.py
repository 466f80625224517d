"""Wheels and sdists hold exactly the files of their own distribution, and say the right things."""

from __future__ import annotations

import email
import subprocess
import tarfile
import zipfile
from configparser import ConfigParser
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from packaging.metadata import Metadata
from packaging.utils import canonicalize_name

import craft_store_core

if TYPE_CHECKING:
    from pathlib import Path

    from tests.packaging.conftest import Built


def tracked(folder: Path, package: str) -> set[str]:
    """Return the files of a package that belong to the repository, relative to ``folder``.

    Files that are new and not ignored count too: they are what the next commit will hold.
    """
    answer = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", package],
        check=True,
        capture_output=True,
        text=True,
        cwd=folder,
    )
    return {name for name in answer.stdout.splitlines() if (folder / name).exists()}


def wheel_files(wheel: Path) -> dict[str, bytes]:
    """Return the content of a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def sdist_files(sdist: Path) -> set[str]:
    """Return the names in a source distribution, without its one outer folder."""
    with tarfile.open(sdist) as archive:
        names = [PurePosixPath(member.name) for member in archive if not member.isdir()]
    assert len({name.parts[0] for name in names}) == 1
    return {str(PurePosixPath(*name.parts[1:])) for name in names}


def test_the_wheel_holds_exactly_its_package(distribution: Built) -> None:
    """Every file of the import package and nothing else: no tests, no other distribution."""
    names = set(wheel_files(distribution.wheel))
    information = {name for name in names if name.split("/")[0].endswith(".dist-info")}

    assert names - information == tracked(distribution.folder, distribution.package)
    assert f"{distribution.package}/py.typed" in names
    kinds = {name.partition("/")[2] for name in information}
    assert kinds - {"entry_points.txt"} == {"METADATA", "RECORD", "WHEEL", "licenses/LICENSE"}


def test_the_sdist_holds_the_package_and_what_builds_it(distribution: Built) -> None:
    """The source distribution has the package, its metadata, its README and its licence."""
    beside = {"LICENSE", "PKG-INFO", "README.md", "pyproject.toml"}
    if distribution.package == "craft_store_core":
        beside.add("CHANGELOG.md")
    package = tracked(distribution.folder, distribution.package)

    # hatchling adds the ignore file of the repository, which decides what it takes.
    assert sdist_files(distribution.sdist) - {".gitignore"} == package | beside


def test_a_wheel_of_the_sdist_is_the_same_wheel(distribution: Built) -> None:
    """Who builds from the source distribution gets byte for byte what we publish."""
    assert wheel_files(distribution.wheel_of_sdist) == wheel_files(distribution.wheel)


def test_metadata(distribution: Built) -> None:
    """Name, version, licence and supported Pythons are what the project promises."""
    files = wheel_files(distribution.wheel)
    (name,) = (name for name in files if name.endswith(".dist-info/METADATA"))
    metadata = Metadata.from_email(files[name])

    assert canonicalize_name(metadata.name) == distribution.project["name"]
    assert str(metadata.version) == craft_store_core.__version__
    assert metadata.license_expression == "LGPL-3.0-only"
    assert str(metadata.requires_python) == ">=3.10"
    assert metadata.description
    assert metadata.summary


def test_the_wheel_runs_everywhere(distribution: Built) -> None:
    """The wheels are pure Python, for any platform."""
    files = wheel_files(distribution.wheel)
    (name,) = (name for name in files if name.endswith(".dist-info/WHEEL"))
    fields = email.message_from_bytes(files[name])

    assert fields["Root-Is-Purelib"] == "true"
    assert fields["Tag"] == "py3-none-any"


def test_entry_points_lead_to_modules_in_the_wheel(distribution: Built) -> None:
    """Each registered module is among the wheel's own files."""
    files = wheel_files(distribution.wheel)
    found = [files[name].decode() for name in files if name.endswith("/entry_points.txt")]
    if distribution.package == "craft_store":
        assert found == []
        return
    parser = ConfigParser(delimiters=("=",))
    parser.read_string(found[0])

    targets = [target for section in parser.values() for target in section.values()]
    assert targets
    for target in targets:
        path = target.partition(":")[0].strip().replace(".", "/")
        assert path.split("/")[0] == distribution.package
        assert {f"{path}.py", f"{path}/__init__.py"} & files.keys(), target
