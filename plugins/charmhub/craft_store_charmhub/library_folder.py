"""The folder of a charm: its name, the libraries in it, and those that it asks for."""

from __future__ import annotations

import secrets
import shutil
from typing import TYPE_CHECKING, Any

from craft_store_charmhub.library_references import LIBRARIES, LibraryReference
from craft_store_charmhub.yaml_texts import LARGEST_YAML, load_mapping
from craft_store_core.errors import ArtifactError, InvalidNameError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROJECT = "charmcraft.yaml"
_NAMED_IN = (PROJECT, "metadata.yaml")


class LibraryFolder:
    """Finds and writes libraries as charmcraft lays them out.

    Args:
        root: The folder that ``lib/charms`` is in, or will be in.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def charm_name(self) -> str | None:
        """Return the name of the charm whose folder this is; None when nothing says it.

        Raises:
            ArtifactError: The file that should say it cannot be read.
        """
        for file in _NAMED_IN:
            name = self._document(file).get("name")
            if isinstance(name, str) and name:
                return name
        return None

    def wanted(self) -> list[LibraryReference]:
        """Return what ``charm-libs`` in charmcraft.yaml asks for.

        Raises:
            ArtifactError: It cannot be read, or is no list of libraries.
        """
        declared = self._document(PROJECT).get("charm-libs", "")
        if declared in ("", "~", "null"):
            return []
        if not isinstance(declared, list):
            raise self._unusable(PROJECT, "'charm-libs' in it is not a list")
        return [self._wanted(item) for item in declared]

    def _wanted(self, item: Any) -> LibraryReference:
        library, version = (
            (item.get("lib"), item.get("version")) if isinstance(item, dict) else (None, None)
        )
        if not isinstance(library, str) or not isinstance(version, str):
            raise self._unusable(
                PROJECT, "an entry of 'charm-libs' does not set 'lib' or 'version'"
            )
        try:
            return LibraryReference.parse(f"{library}@{version}")
        except InvalidNameError:
            raise self._unusable(
                PROJECT,
                (
                    f"{library!r} with version {version!r} in 'charm-libs' is not a "
                    "library with an "
                    "API, or with an API and a patch"
                ),
            ) from None

    def found(self, charm: str | None = None) -> list[LibraryReference]:
        """Return the libraries that are there, in order, each with its major version.

        Files whose place or name no library has are left out, as charmcraft does.

        Args:
            charm: Only those of this charm.
        """
        return sorted(
            (item for item in self._found() if charm in (None, item.charm)),
            key=lambda item: (item.charm, item.library, item.api),
        )

    def _found(self) -> Iterator[LibraryReference]:
        for file in self.root.joinpath(LIBRARIES).glob("*/v*/*.py"):
            folder = file.parent
            # Parsed as people write it, so that only what can be named is found.
            try:
                reference = LibraryReference.parse(
                    f"charms.{folder.parent.name}.{folder.name}.{file.stem}"
                )
            except InvalidNameError:
                continue
            if self.root / reference.path == file:
                yield reference

    def file(self, reference: LibraryReference) -> Path:
        """Return where a library is, or would be.

        Raises:
            ArtifactError: A symbolic link leads out of the folder there.
        """
        file = self.root / reference.path
        root = self.root.resolve()
        if not file.parent.resolve().is_relative_to(root):
            raise ArtifactError(
                f"{file} is not in {self.root}.",
                why="A symbolic link leads to another folder.",
                advice="Pass that folder with --folder, or replace the link with a folder.",
            )
        return file

    def write(self, reference: LibraryReference, content: str) -> None:
        """Put a library in its place in one step: at any time there is the old or the new one.

        Raises:
            ArtifactError: It cannot be written.
        """
        file = self.file(reference)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            _replace(file, content.encode())
        except OSError as error:
            raise ArtifactError(
                f"{file} cannot be written.",
                why=error.strerror,
                advice="Fix the cause and run the same command again.",
            ) from None

    def _document(self, name: str) -> dict[str, Any]:
        try:
            with (self.root / name).open("rb") as file:
                return load_mapping(file.read(LARGEST_YAML + 1))
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise self._unusable(name, error.strerror or type(error).__name__) from None
        except ValueError as error:
            raise self._unusable(name, f"The file {error}") from None

    def _unusable(self, name: str, why: str) -> ArtifactError:
        return ArtifactError(
            f"{self.root / name} cannot be used.",
            why=f"{why[0].upper()}{why[1:]}.",
            advice="Correct the file.",
        )


def _replace(file: Path, data: bytes) -> None:
    # Made as any new file is, so that the umask counts; tempfile would make it private.
    fresh = file.with_name(f".{file.name}-{secrets.token_hex(4)}")
    try:
        with fresh.open("xb") as stream:
            stream.write(data)
        if file.exists():
            shutil.copymode(file, fresh)
        fresh.replace(file)
    finally:
        fresh.unlink(missing_ok=True)
