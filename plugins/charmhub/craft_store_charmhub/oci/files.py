"""Folders and tar archives of images as sets of named sections of files.

Nothing is ever extracted: a tar archive is read in place. Names in it are only compared with names
that are looked for, so none of them can lead anywhere. Members that are no plain files do not
count, but for links in docker archives, which may name another member of the same archive, once.
"""

from __future__ import annotations

import io
import posixpath
import stat
import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Protocol

from craft_store_core.errors import ArtifactError

if TYPE_CHECKING:
    from pathlib import Path

MOST_MEMBERS = 100_000
"""Members of an archive at most."""

_LONGEST_HEADER = 1 << 20
_COMPRESSED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"(\xb5/\xfd")
_DAMAGE = (tarfile.TarError, OSError, ValueError, OverflowError, EOFError)


@dataclass(frozen=True)
class Section:
    """A part of a file, such as a layer in an archive.

    Attributes:
        path: The file.
        offset: Where it begins, in bytes.
        size: Bytes.
    """

    path: Path
    offset: int
    size: int

    def open(self) -> SectionReader:
        """Open it for reading; to be closed.

        Raises:
            ArtifactError: The file cannot be read.
        """
        try:
            file = self.path.open("rb", buffering=0)
        except OSError as error:
            raise unreadable(self.path, error) from None
        return SectionReader(file, self)

    def read(self, limit: int) -> bytes:
        """Return all of it.

        Args:
            limit: Bytes at most.

        Raises:
            ArtifactError: It is larger, or cannot be read.
        """
        if self.size > limit:
            raise ArtifactError(
                f"{self.path} cannot be read as an image.",
                why=f"A document in it has {self.size} bytes. The limit is {limit}.",
            )
        with self.open() as reader:
            return reader.read(self.size)


class SectionReader:
    """Reads a section; can be rewound.

    Args:
        file: Closed together with it.
        section: Which part of the file.
    """

    def __init__(self, file: BinaryIO | io.FileIO, section: Section) -> None:
        self._file = file
        self._section = section
        self._position = 0
        self.seek(0)

    def read(self, size: int = -1) -> bytes:
        """Return the next block, shorter only at the end; empty there.

        Raises:
            ArtifactError: The file cannot be read, or became shorter.
        """
        left = self._section.size - self._position
        wanted = left if size < 0 else min(size, left)
        blocks = []
        while wanted:
            try:
                block = self._file.read(wanted)
            except (OSError, ValueError) as error:
                raise unreadable(self._section.path, error) from None
            if not block:
                raise ArtifactError(
                    f"{self._section.path} changed while it was being read.",
                    why="The file became shorter.",
                    advice="Wait until no program writes to the file, then try again.",
                )
            blocks.append(block)
            wanted -= len(block)
        content = b"".join(blocks)
        self._position += len(content)
        return content

    def tell(self) -> int:
        """Return how many bytes of the section were read."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Rewind.

        Raises:
            io.UnsupportedOperation: Another place than the beginning is asked for.
        """
        if offset or whence != io.SEEK_SET:
            raise io.UnsupportedOperation("a section can only be rewound")
        self._file.seek(self._section.offset)
        self._position = 0
        return 0

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> SectionReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Files(Protocol):
    """Named sections: a folder or an archive."""

    path: Path

    def find(self, name: str) -> Section | None:
        """Return a file by its name, with ``/`` between the parts; None where there is none."""


class Folder:
    """A folder.

    Args:
        path: Where it is.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def find(self, name: str) -> Section | None:
        """Return a file by its name.

        Args:
            name: Made of parts that cannot lead out of the folder.
        """
        file = self.path / name
        try:
            status = file.stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise unreadable(file, error) from None
        return Section(file, 0, status.st_size) if stat.S_ISREG(status.st_mode) else None


class TarArchive:
    """A tar archive that is not compressed.

    Args:
        path: The file.

    Raises:
        ArtifactError: It is missing, compressed, damaged, or no tar archive.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._sections: dict[str, Section] = {}
        self._links: dict[str, str] = {}
        try:
            with path.open("rb") as file:
                self._refuse_compressed(file.read(8))
                size = file.seek(0, io.SEEK_END)
                file.seek(0)
                self._read(file, size)
        except _DAMAGE as error:
            if isinstance(error, OSError) and not isinstance(error, tarfile.TarError):
                raise unreadable(path, error) from None
            raise self._refused(
                f"The file is not an intact tar archive: {_first_line(error)}."
            ) from error

    def find(self, name: str) -> Section | None:
        """Return a member by its name; of members of one name the last."""
        return self._sections.get(name)

    def follow(self, name: str) -> Section | None:
        """Return a member by its name; a link leads to another member, but not further."""
        name = posixpath.normpath(name)
        found = self._sections.get(name)
        if found is None and name in self._links:
            return self._sections.get(self._links[name])
        return found

    def _refuse_compressed(self, start: bytes) -> None:
        if start.startswith(_COMPRESSED):
            raise ArtifactError(
                f"{self.path} cannot be read as an image.",
                why="The archive is compressed as a whole. Only its layers may be compressed.",
                advice="Decompress it first, for example with 'gunzip'.",
            )

    def _read(self, file: BinaryIO, size: int) -> None:
        with tarfile.open(fileobj=_BoundedFile(file), mode="r:") as archive:  # type: ignore[call-overload]  # it reads and seeks, which is all that is used
            count = 0
            while (member := archive.next()) is not None:
                count += 1
                # The module keeps every member that it has seen.
                archive.members.clear()
                if count > MOST_MEMBERS:
                    raise self._refused(f"The archive has more than {MOST_MEMBERS} members.")
                if member.offset_data + member.size > size:
                    raise self._refused(
                        f"The archive is incomplete: it ends within {member.name[:80]!r}."
                    )
                self._take(member)
        if not count:
            raise self._refused("The tar archive is empty.")

    def _take(self, member: tarfile.TarInfo) -> None:
        name = posixpath.normpath(member.name)
        self._links.pop(name, None)
        self._sections.pop(name, None)
        if member.type in {tarfile.REGTYPE, tarfile.AREGTYPE} and not member.issparse():
            self._sections[name] = Section(self.path, member.offset_data, member.size)
        elif member.issym():
            target = posixpath.join(posixpath.dirname(name), member.linkname)
            self._links[name] = posixpath.normpath(target)
        elif member.islnk():
            self._links[name] = posixpath.normpath(member.linkname)

    def _refused(self, why: str) -> ArtifactError:
        return ArtifactError(
            f"{self.path} cannot be read as an image.",
            why=why,
            advice=(
                "Pass an image archive written by 'skopeo copy' to oci-archive: or by "
                "'docker save'. "
                "Check that it was copied completely."
            ),
        )


class _BoundedFile:
    """Refuses to read long headers: the module would take a whole archive for one into memory."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.tell = file.tell

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        # Python 3.10 goes back from the beginning of an archive without members.
        return self._file.seek(max(0, offset), whence)

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= _LONGEST_HEADER:
            raise tarfile.ReadError("a header is too long")
        return self._file.read(size)


def unreadable(path: Path, error: OSError | ValueError) -> ArtifactError:
    """Return the error for a file that cannot be read."""
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return ArtifactError(
        f"{path} cannot be read.", why=f"{why}.", advice="Check the path and its permissions."
    )


def _first_line(error: Exception) -> str:
    lines = str(error).splitlines()
    return (lines[0][:200] if lines else type(error).__name__).rstrip(".")
