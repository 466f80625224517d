"""The body of a file upload: streamed from disk, of known length, rewindable, with progress.

A multipart body of one file part, as the storage host takes it (Publisher Gateway reference,
section 8). Nothing of the file is kept in memory but the block that is being sent.
"""

from __future__ import annotations

import io
import re
import secrets
import stat
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn, Protocol

from craft_store_core.errors import ArtifactError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from craft_store_core.http.retries import RetryPolicy
    from craft_store_core.http.work import Work

BLOCK = 256 * 1024
"""How much one ``read`` returns at most, in bytes.

urllib3 asks for 16 KiB at a time, which costs more in calls than in sending; from 1 MiB on it is
slower again.
"""

_TO_ESCAPE = re.compile(r'[\x00-\x1f\x7f"\\]')


class RequestBody(Protocol):
    """What the HTTP client sends as a body: of known type and length, and it can be rewound."""

    @property
    def content_type(self) -> str:
        """Value of the ``Content-Type`` header."""

    @property
    def len(self) -> int:
        """Length in bytes."""

    def read(self, size: int = -1, /) -> bytes:
        """Return the next block; empty at the end."""

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Rewind; it is asked for the beginning only."""


class BytesBody(io.BytesIO):
    """A short body that is in memory already.

    Args:
        content: What is sent.
        content_type: Value of the ``Content-Type`` header.
    """

    def __init__(self, content: bytes, content_type: str) -> None:
        super().__init__(content)
        self.content_type = content_type

    @property
    def len(self) -> int:
        """Length in bytes."""
        return len(self.getbuffer())


class SentBody:
    """A body as urllib3 reads it: from its beginning in each attempt, while the work goes on.

    Args:
        source: Has ``read``; it can be sent again where it has ``seek``.
        start: Where it begins; None where it cannot be sought.
        work: Asked before each block.
    """

    def __init__(self, source: Any, start: int | None, work: Work) -> None:
        self._source = source
        self._start = start
        self._work = work
        self._was_read = False

    def limited(self, retries: RetryPolicy) -> RetryPolicy:
        """Return how often it can be sent: once, if it cannot be rewound."""
        return retries if self._start is not None else replace(retries, attempts=1)

    def read(self, size: int = -1) -> bytes:
        """Return the next block; what ended the work is raised."""
        self._work.check()
        self._was_read = True
        block: bytes = self._source.read(size)
        return block

    def rewind(self) -> None:
        """Go to the beginning.

        Raises:
            UsageError: It was read, and cannot be read again.
        """
        if self._start is not None:
            self._source.seek(self._start)
        elif self._was_read:
            raise UsageError(
                "The request cannot be sent again.",
                why="Its body can be read only once, and the store asked for it twice.",
                advice="Give a file or bytes as its body.",
            )


class MultipartBody:
    """A ``multipart/form-data`` body with exactly one part, the file.

    It is file-like for the HTTP library and can be sent more than once: ``seek(0)`` rewinds it.
    Not for use by two threads at once.

    Args:
        file: The file's path, or an open binary file that can seek; what is sent begins at its
            position. An open file is left open.
        field: Name of the form field.
        filename: The name that the server sees; by default the file's own.
        progress: Called with the number of bytes of the file sent so far, once per block. It
            begins at 0 again when the body is rewound.

    Raises:
        ArtifactError: The file is missing, no regular file, or cannot be read.

    Attributes:
        content_type: Value of the ``Content-Type`` header.
        file_size: Size of the file in bytes.
    """

    def __init__(
        self,
        file: Path | BinaryIO,
        *,
        field: str = "binary",
        filename: str | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        if isinstance(file, Path):
            self._shown = str(file)
            self._file: BinaryIO = _open(file)
            self._owned = True
            name = file.name
        else:
            name = _name_of(file)
            self._shown = name
            self._file, self._owned = file, False
        self._start, self.file_size = self._measure()
        boundary = secrets.token_hex(16)
        self.content_type = f"multipart/form-data; boundary={boundary}"
        self._head = (
            f"--{boundary}\r\n"
            f'Content-Disposition: form-data; name="{_escaped(field)}"; '
            f'filename="{_escaped(filename or name)}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        ).encode("utf-8", "replace")
        self._tail = f"\r\n--{boundary}--\r\n".encode("ascii")
        self._progress = progress
        self._position = 0

    @property
    def len(self) -> int:
        """Length of the whole body in bytes; also where ``len()`` cannot say it (32 bits)."""
        return len(self._head) + self.file_size + len(self._tail)

    def __len__(self) -> int:
        return self.len

    def read(self, size: int = -1) -> bytes:
        """Return the next block: up to 256 KiB, whatever is asked for; empty at the end.

        Args:
            size: Ignored.

        Raises:
            ArtifactError: The file cannot be read, or its size changed since the body was made.
        """
        sent = self._position - len(self._head)
        if sent < 0:
            return self._advanced(self._head[self._position :])
        if sent < self.file_size:
            self._report(sent)
            return self._advanced(self._read_file(min(BLOCK, self.file_size - sent)))
        if sent == self.file_size:
            self._report(sent)
            self._check_end()
        return self._advanced(self._tail[sent - self.file_size :])

    def tell(self) -> int:
        """Return how many bytes of the whole body were read."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Rewind.

        Raises:
            io.UnsupportedOperation: Any other place than the beginning is asked for.
            ArtifactError: The file cannot be rewound.
        """
        if offset != 0 or whence != io.SEEK_SET:
            raise io.UnsupportedOperation("an upload body can only be rewound")
        if self._position:
            try:
                self._file.seek(self._start)
            except (OSError, ValueError) as error:
                self._fail(error)
            self._position = 0
            self._report(0)
        return 0

    def close(self) -> None:
        """Close the file, if it was opened here."""
        if self._owned:
            self._file.close()

    def __enter__(self) -> MultipartBody:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _measure(self) -> tuple[int, int]:
        try:
            start = self._file.tell()
            end = self._file.seek(0, io.SEEK_END)
            self._file.seek(start)
        except (OSError, ValueError) as error:
            self.close()
            self._fail(error)
        return start, max(0, end - start)

    def _read_file(self, size: int) -> bytes:
        try:
            block = self._file.read(size)
        except (OSError, ValueError) as error:
            self._fail(error)
        if not block:
            raise self._changed("shorter")
        return block

    def _check_end(self) -> None:
        # Before the closing boundary: a server never takes a body without it for complete.
        try:
            more = self._file.read(1)
        except (OSError, ValueError) as error:
            self._fail(error)
        if more:
            raise self._changed("longer")

    def _advanced(self, block: bytes) -> bytes:
        self._position += len(block)
        return block

    def _report(self, sent: int) -> None:
        if self._progress is not None:
            self._progress(sent)

    def _changed(self, how: str) -> ArtifactError:
        return ArtifactError(
            f"The file {self._shown!r} changed while it was being sent.",
            why=f"It became {how} than the {self.file_size} bytes that it had at the start.",
            advice="Wait until no program writes to the file, then try again.",
        )

    def _fail(self, error: OSError | ValueError) -> NoReturn:
        raise _unreadable(self._shown, error) from None


def _open(path: Path) -> BinaryIO:
    try:
        # Looked at first: opening a named pipe would wait for somebody to write to it.
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            kind = "a folder" if stat.S_ISDIR(mode) else "not a regular file"
            raise ArtifactError(
                f"{str(path)!r} cannot be uploaded.",
                why=f"The path is {kind}.",
                advice="Pass the path of a file.",
            )
        return path.open("rb", buffering=0)
    except FileNotFoundError:
        raise ArtifactError(
            f"The file {str(path)!r} does not exist.", advice="Check the path."
        ) from None
    except (OSError, ValueError) as error:
        raise _unreadable(str(path), error) from None


def _unreadable(shown: str, error: OSError | ValueError) -> ArtifactError:
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return ArtifactError(
        f"The file {shown!r} cannot be read.",
        why=f"{why}.",
        advice="Check the permissions of the file and its disk.",
    )


def _name_of(file: BinaryIO) -> str:
    name = getattr(file, "name", None)
    return Path(name).name if isinstance(name, str) and name else "file"


def _escaped(text: str) -> str:
    # As browsers do it (HTML, "multipart/form-data encoding algorithm"), and the backslash too:
    # some parsers take it for the escape of the closing quote.
    return _TO_ESCAPE.sub(lambda match: f"%{ord(match[0]):02X}", text)
