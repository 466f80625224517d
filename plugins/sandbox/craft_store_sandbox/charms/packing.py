"""Packs the example charm, or another charm's folder, as charmcraft packs.

A packed charm is a zip with ``metadata.yaml``, ``manifest.yaml`` (which says for what bases it was
built), ``dispatch``, ``src/`` and ``venv/``, where the libraries lie that ``requirements.txt`` asks
for. Packing the same folder twice gives the same bytes.

Source: Publisher Gateway reference, section 9.6.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from craft_store_core.errors import ArtifactError

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLE_CHARM = Path(__file__).resolve().parent / "example_charm"
"""The folder of the genuine charm ``hello-store``; it declares the file resource ``greeting``."""

_REQUIREMENTS = "requirements.txt"
_LEFT_OUT = frozenset({_REQUIREMENTS, "tests", "venv"})
_EXECUTABLE = frozenset({"dispatch", "src/charm.py"})
# The first moment that a zip can express: a packed charm does not tell when it was packed.
_MOMENT = (1980, 1, 1, 0, 0, 0)
_PYTHONS = {"22.04": "3.10", "24.04": "3.12"}
_MACHINES = {
    "amd64": "x86_64",
    "arm64": "aarch64",
    "ppc64el": "ppc64le",
    "s390x": "s390x",
}
_WITHOUT = "Or pack the charm without libraries. It can then be published, but it does not run."


class PackingError(ArtifactError):
    """A charm cannot be packed."""


@dataclass(frozen=True)
class Base:
    """What a charm is built for.

    Attributes:
        name: The operating system, as in ``ubuntu``.
        channel: Its version, as in ``22.04``.
        architecture: In Debian's words, as in ``amd64``.
    """

    name: str = "ubuntu"
    channel: str = "22.04"
    architecture: str = "amd64"

    @classmethod
    def parse(cls, text: str) -> Base:
        """Read ``ubuntu@22.04:amd64``.

        Raises:
            PackingError: The text has not that form.
        """
        match = re.fullmatch(r"([a-z][a-z0-9-]*)@([0-9][0-9.]*):([a-z][a-z0-9]*)", text)
        if match is None:
            raise PackingError(
                f"{text!r} is not a base.",
                advice="Write it like NAME@CHANNEL:ARCHITECTURE, such as ubuntu@22.04:amd64.",
            )
        return cls(*match.groups())

    def manifest(self) -> dict[str, object]:
        """Return the content of ``manifest.yaml``."""
        base = {
            "name": self.name,
            "channel": self.channel,
            "architectures": [self.architecture],
        }
        return {
            "analysis": {
                "attributes": [
                    {"name": "language", "result": "python"},
                    {"name": "framework", "result": "operator"},
                ]
            },
            "bases": [base],
        }


def pack_charm(
    output: Path,
    source: Path = EXAMPLE_CHARM,
    *,
    base: Base | None = None,
    version: str | None = None,
    libraries: bool = True,
) -> Path:
    """Pack a charm.

    Args:
        output: The file to write, or a folder that gets ``NAME_BASE-CHANNEL-ARCHITECTURE.charm``.
        source: The charm's folder.
        base: What it is built for; ``ubuntu@22.04:amd64`` by default.
        version: The charm's version, shown by the store beside the revision. Charms that differ in
            nothing else differ in this: a store refuses the same bytes twice.
        libraries: Install what ``requirements.txt`` asks for into ``venv/``, with pip. Without, the
            charm can be published but not run.

    Returns:
        The path of the charm.

    Raises:
        PackingError: The folder is no charm, or pip could not install the libraries.
    """
    base = base or Base()
    name = _charm_name(source)
    if output.is_dir():
        output /= f"{name}_{base.name}-{base.channel}-{base.architecture}.charm"
    with tempfile.TemporaryDirectory(prefix="craft-store-pack-") as temporary:
        stage = Path(temporary, "stage")
        shutil.copytree(source, stage, ignore=_ignored)
        manifest = yaml.safe_dump(base.manifest(), sort_keys=False)
        (stage / "manifest.yaml").write_text(manifest, encoding="utf-8")
        if version is not None:
            (stage / "version").write_text(f"{version}\n", encoding="utf-8")
        if libraries and (source / _REQUIREMENTS).is_file():
            _install(source / _REQUIREMENTS, stage / "venv", base)
        _write_zip(stage, output)
    return output


def pack_example(folder: Path) -> tuple[Path, dict[str, Path | int]]:
    """Pack the genuine charm, and write a file for the resource that it declares.

    Args:
        folder: An existing folder to write both into.

    Returns:
        The charm, and its resources as a publish plan takes them: name to file.

    Raises:
        PackingError: Pip could not install the charm's libraries.
    """
    greeting = folder / "greeting.txt"
    greeting.write_text("Good morning\n", encoding="utf-8")
    return pack_charm(folder), {"greeting": greeting}


def _charm_name(source: Path) -> str:
    try:
        metadata = yaml.safe_load((source / "metadata.yaml").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise PackingError(f"{source} is not a charm folder.", why=str(error)) from None
    name = metadata.get("name") if isinstance(metadata, dict) else None
    if not isinstance(name, str) or not re.fullmatch(r"[a-z0-9][a-z0-9-]*", name):
        raise PackingError(f"{source / 'metadata.yaml'} does not set a valid name for the charm.")
    return name


def _ignored(_folder: str, names: list[str]) -> list[str]:
    return [name for name in names if name in _LEFT_OUT or name == "__pycache__" or name[0] == "."]


def _install(requirements: Path, target: Path, base: Base) -> None:
    # Wheels for the base's own Python and machine, whatever this one is.
    python, machine = _PYTHONS.get(base.channel), _MACHINES.get(base.architecture)
    if base.name != "ubuntu" or python is None or machine is None:
        raise PackingError(
            f"Libraries for {base.name}@{base.channel}:{base.architecture} cannot be installed "
            "here.",
            why=f"The supported bases are ubuntu@{', '.join(_PYTHONS)} on {', '.join(_MACHINES)}.",
            advice=_WITHOUT,
        )
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-compile", "--no-input"]
    command += ["--disable-pip-version-check", "--only-binary=:all:", "--implementation=cp"]
    command += [f"--python-version={python}", f"--target={target}"]
    command += [f"--platform=manylinux_2_{minor}_{machine}" for minor in (17, 28, 34)]
    command += [f"--platform=manylinux2014_{machine}", f"--requirement={requirements}"]
    answer = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603  # pip, by our own words
    if answer.returncode:
        raise PackingError(
            "pip could not install the charm's libraries.",
            why=answer.stderr.strip(),
            advice=f"Check the connection to the package registry. {_WITHOUT}",
        )
    # Scripts carry the path of this machine's Python; a charm has no use for them.
    shutil.rmtree(target / "bin", ignore_errors=True)


def _write_zip(stage: Path, output: Path) -> None:
    output.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in _files(stage):
            member = path.relative_to(stage).as_posix()
            entry = zipfile.ZipInfo(member, _MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix: the mode below means something
            mode = 0o755 if member in _EXECUTABLE or member.endswith(".so") else 0o644
            entry.external_attr = (0o100000 | mode) << 16
            archive.writestr(entry, path.read_bytes())


def _files(folder: Path) -> Iterator[Path]:
    return iter(sorted(path for path in folder.rglob("*") if path.is_file()))
