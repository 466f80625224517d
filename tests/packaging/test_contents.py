"""Wheels and sdists hold exactly the files of their own distribution, and say the right things."""

from __future__ import annotations

import email
import subprocess
import tarfile
from configparser import ConfigParser
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from craft_store_core.distributions import list_distributions

if TYPE_CHECKING:
    from tests.packaging.conftest import Built

ROOT = Path(__file__).resolve().parents[2]


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


def sdist_files(sdist: Path) -> set[str]:
    """Return the names in a source distribution, without its one outer folder."""
    with tarfile.open(sdist) as archive:
        names = [PurePosixPath(member.name) for member in archive if not member.isdir()]
    assert len({name.parts[0] for name in names}) == 1
    return {str(PurePosixPath(*name.parts[1:])) for name in names}


def test_the_list_names_every_distribution_of_the_tree() -> None:
    """``pip install ./plugins/*`` installs what is listed, and nothing else lies there."""
    folders = {entry.relative_to(ROOT).as_posix() for entry in (ROOT / "plugins").iterdir()}

    assert {each.folder for each in list_distributions()} == {".", *folders}


def test_the_wheel_holds_exactly_its_package(built: Built) -> None:
    """Every file of the import package and nothing else: no tests, no other distribution."""
    package = built.distribution.package
    names = set(built.wheel.files)
    information = {name for name in names if name.split("/")[0].endswith(".dist-info")}

    assert names - information == tracked(built.folder, package)
    assert f"{package}/py.typed" in names
    kinds = {name.partition("/")[2] for name in information}
    assert kinds - {"entry_points.txt"} == {"METADATA", "RECORD", "WHEEL", "licenses/LICENSE"}


def test_the_sdist_holds_the_package_and_what_builds_it(built: Built) -> None:
    """The source distribution has the package, its metadata, its README and its licence."""
    beside = {"LICENSE", "PKG-INFO", "README.md", "pyproject.toml"}
    if built.distribution.package == "craft_store_core":
        beside.add("CHANGELOG.md")
    package = tracked(built.folder, built.distribution.package)

    # hatchling adds the ignore file of the repository, which decides what it takes.
    assert sdist_files(built.sdist) - {".gitignore"} == package | beside


def test_a_wheel_of_the_sdist_is_the_same_wheel(built: Built) -> None:
    """Who builds from the source distribution gets byte for byte what we publish."""
    assert built.wheel_of_sdist.files == built.wheel.files


def test_metadata(built: Built) -> None:
    """Name, licence and supported Pythons are what the project promises."""
    metadata = built.wheel.metadata

    assert canonicalize_name(metadata.name) == built.distribution.name
    assert metadata.license_expression == "LGPL-3.0-only"
    assert str(metadata.requires_python) == ">=3.10"
    assert metadata.description
    assert metadata.summary
    (licence,) = (name for name in built.wheel.files if name.endswith("licenses/LICENSE"))
    assert built.wheel.files[licence] == (ROOT / "LICENSE").read_bytes()


def test_the_wheel_runs_everywhere(built: Built) -> None:
    """The wheels are pure Python, for any platform."""
    (name,) = (name for name in built.wheel.files if name.endswith(".dist-info/WHEEL"))
    fields = email.message_from_bytes(built.wheel.files[name])

    assert fields["Root-Is-Purelib"] == "true"
    assert fields["Tag"] == "py3-none-any"


def test_entry_points_lead_to_modules_in_the_wheel(built: Built) -> None:
    """The plugin is registered under its folder's name; each target is among the wheel's files."""
    files, package = built.wheel.files, built.distribution.package
    parser = ConfigParser(delimiters=("=",))
    for name, content in files.items():
        if name.endswith(".dist-info/entry_points.txt"):
            parser.read_string(content.decode())

    plugins = dict(parser["craft_store.plugins"]) if "craft_store.plugins" in parser else {}
    is_plugin = f"{package}/plugin.py" in files and package != "craft_store_core"
    assert plugins == ({built.folder.name: f"{package}.plugin"} if is_plugin else {})
    for target in (target for section in parser.values() for target in section.values()):
        path = target.partition(":")[0].strip().replace(".", "/")
        assert path.split("/")[0] == package
        assert {f"{path}.py", f"{path}/__init__.py"} & files.keys(), target
