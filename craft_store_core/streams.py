"""Text streams that may be missing, full, closed at the other end, or short of letters."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from io import UnsupportedOperation
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import IO, TextIO

    T = TypeVar("T", str, bytes)


def is_terminal(stream: TextIO | None) -> bool:
    """Return whether a stream, which may be missing or closed, is a terminal."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False


class SafeStream:
    """Writes to a text stream, and drops what cannot be written.

    It can stand in for ``sys.stdout`` and ``sys.stderr``: what it does not define is that of the
    stream. A letter that the stream's encoding does not have is written as its backslash escape.

    Args:
        stream: Where to write; None where the process has no such stream.
        persistent: Try each write. By default nothing is written after the first failure, so that
            what is there has no gap.

    Attributes:
        error: The first failure; None while there is none.
    """

    def __init__(self, stream: TextIO | None, *, persistent: bool = False) -> None:
        self._stream = stream
        self._persistent = persistent
        self.error: OSError | ValueError | None = None

    def __getattr__(self, name: str) -> Any:
        # Also of None: a stream that is missing has no attribute beyond those that are below.
        return getattr(self._stream, name)

    @property
    def encoding(self) -> str:
        """How text is encoded; UTF-8 where the stream does not tell."""
        return getattr(self._stream, "encoding", None) or "utf-8"

    @property
    def errors(self) -> str:
        """What becomes of letters that cannot be encoded."""
        return "backslashreplace"

    @property
    def buffer(self) -> _SafeBuffer:
        """The stream of bytes below, as safe as this one."""
        return _SafeBuffer(self, None if self._stream is None else self._stream.buffer)

    def write(self, text: str) -> int:
        """Write text, or drop it; return its length."""
        self.attempt(self._stream, text, self._write)
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write several texts."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Hand over what was written, if that is possible."""
        if self._stream is not None:
            self.attempt(self._stream, "", lambda stream, _: stream.flush())

    def isatty(self) -> bool:
        """Return whether it is a terminal; a stream that is missing is none."""
        return is_terminal(self._stream)

    def fileno(self) -> int:
        """Return the number of the file below.

        Raises:
            OSError: There is none.
        """
        if self._stream is None:
            raise UnsupportedOperation("fileno")
        return self._stream.fileno()

    def finish(self) -> None:
        """Write what is left, and give up what cannot be written.

        Python would try again at its exit, and turn the exit code into 120.
        """
        stream = self._stream
        if stream is None:
            return
        try:
            stream.flush()
        except (OSError, ValueError) as error:
            self.error = self.error or error
            # Neither do all streams have a number, nor all systems a place for what is dropped.
            with suppress(OSError, ValueError):
                number = stream.fileno()
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, number)
                os.close(nowhere)
                stream.flush()

    def attempt(self, stream: IO[T] | None, data: T, write: Callable[[IO[T], T], object]) -> None:
        """Write to a stream by a function; a failure is noted and goes no further."""
        if self.error is not None and not self._persistent:
            return
        try:
            if stream is None:
                raise OSError(errno.EBADF, os.strerror(errno.EBADF))
            write(stream, data)
        except (OSError, ValueError) as error:
            self.error = self.error or error

    def _write(self, stream: IO[str], text: str) -> None:
        try:
            stream.write(text)
        except UnicodeEncodeError:
            encoding = self.encoding
            stream.write(text.encode(encoding, self.errors).decode(encoding))


class _SafeBuffer:
    """The bytes below a :class:`SafeStream`; what fails here is noted there."""

    def __init__(self, above: SafeStream, stream: IO[bytes] | None) -> None:
        self._above = above
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, data: bytes) -> int:
        """Write bytes, or drop them; return their number."""
        self._above.attempt(self._stream, data, lambda stream, data: stream.write(data))
        return len(data)

    def flush(self) -> None:
        """Hand over what was written, if that is possible."""
        if self._stream is not None:
            self._above.attempt(self._stream, b"", lambda stream, _: stream.flush())
