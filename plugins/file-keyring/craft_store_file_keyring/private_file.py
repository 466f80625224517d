"""A file that only its owner can read: opened with suspicion, replaced as a whole."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

MAX_BYTES = 16 * 1024 * 1024
"""A credential file that is larger than this is none."""

_POSIX = os.name == "posix"


class UnsafePlaceError(Exception):
    """The file or its folder is not private; the text says why, ``advice`` what to do."""

    def __init__(self, why: str, advice: str) -> None:
        super().__init__(why)
        self.advice = advice


class PrivateFile:
    """One file and the folder it is in.

    Args:
        path: Where it is; need not exist.
        owns_folder: The folder is the application's own and is kept private. A folder that the
            user chose for it may hold other things: its mode is left alone.
    """

    def __init__(self, path: Path, *, owns_folder: bool) -> None:
        self.path = path
        self._owns_folder = owns_folder

    def read(self) -> bytes | None:
        """Return the content, or None when there is no file; tightens what is found too loose.

        Raises:
            UnsafePlaceError: It is a link, not a regular file, or belongs to somebody else.
            OSError: It cannot be read.
        """
        if not self._check_folder():
            return None
        # A FIFO must not block, nor a link lead elsewhere.
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        try:
            descriptor = os.open(self.path, flags | getattr(os, "O_BINARY", 0))
        except FileNotFoundError:
            return None
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise _link(self.path) from None
            raise
        try:
            self._check_file(descriptor)
            with os.fdopen(os.dup(descriptor), "rb") as file:
                return file.read()
        finally:
            os.close(descriptor)

    def replace(self, data: bytes) -> None:
        """Write the file anew: afterwards it holds all of it or, after an error, what it held.

        Raises:
            UnsafePlaceError: The folder is not private.
            OSError: The disk is full, the folder cannot be written.
        """
        self.make_folder()
        folder = self.path.parent
        # mkstemp creates with mode 0600, under a name that did not exist.
        descriptor, name = tempfile.mkstemp(prefix=f".{self.path.name}.", dir=folder)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(self.path)
        except BaseException:
            with suppress(OSError):
                Path(name).unlink()
            raise
        _sync_folder(folder)

    def make_folder(self) -> None:
        """Create the folder if it is not there, private; check it if it is.

        Raises:
            UnsafePlaceError: It is not private.
            OSError: It cannot be created.
        """
        if not self._check_folder():
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._check_folder()

    def _check_file(self, descriptor: int) -> None:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise UnsafePlaceError(f"{self.path} is not a regular file.", "Move it away.")
        if _POSIX:
            _check_owner(self.path, found)
            if found.st_mode & 0o077:
                os.fchmod(descriptor, 0o600)
        if found.st_size > MAX_BYTES:
            raise UnsafePlaceError(
                f"{self.path} is larger than {MAX_BYTES} bytes.",
                "Move it away. It is not a credential file.",
            )

    def _check_folder(self) -> bool:
        """Return whether the folder is there."""
        folder = self.path.parent
        try:
            found = folder.lstat()
        except FileNotFoundError:
            return False
        if stat.S_ISLNK(found.st_mode) and self._owns_folder:
            raise _link(folder)
        if not _POSIX:
            return True
        if not self._owns_folder:
            self._check_chosen_folder(folder)
            return True
        if not stat.S_ISDIR(found.st_mode):
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))
        _check_owner(folder, found)
        if found.st_mode & stat.S_ISVTX:
            raise UnsafePlaceError(
                f"Programs share the folder {folder}, and the credential file would close it to "
                "others.",
                "Choose a separate folder for the data of the application.",
            )
        if found.st_mode & 0o077:
            folder.chmod(0o700)
        return True

    @staticmethod
    def _check_chosen_folder(folder: Path) -> None:
        found = folder.stat()
        if found.st_mode & 0o022:
            raise UnsafePlaceError(
                f"Other users than the owner can write to the folder {folder}.",
                f"Run 'chmod go-w {folder}', or choose another folder.",
            )
        if found.st_uid not in {os.geteuid(), 0}:
            raise _foreign(folder, found)


def _check_owner(path: Path, found: os.stat_result) -> None:
    if found.st_uid != os.geteuid():
        raise _foreign(path, found)


def _foreign(path: Path, found: os.stat_result) -> UnsafePlaceError:
    return UnsafePlaceError(
        f"{path} belongs to the user id {found.st_uid}, but the program runs as the user id "
        f"{os.geteuid()}.",
        "Run the program as the owner, or choose another file.",
    )


def _link(path: Path) -> UnsafePlaceError:
    return UnsafePlaceError(
        f"{path} is a symbolic link.",
        "Set the option 'path' to the target of the link, or remove the link.",
    )


def _sync_folder(folder: Path) -> None:
    """Make the new name of a file survive a power failure; not every system can."""
    if not _POSIX:
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some network and container file systems have no fsync for folders.
        if error.errno not in {errno.EINVAL, errno.ENOTSUP}:
            raise
    finally:
        os.close(descriptor)
