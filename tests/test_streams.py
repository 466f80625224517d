"""Streams that drop what cannot be written."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

import pytest

from craft_store_core.streams import SafeStream

if TYPE_CHECKING:
    from pathlib import Path


class Moody(io.StringIO):
    """A stream whose disk is full for a while."""

    def __init__(self) -> None:
        super().__init__()
        self.full = False

    def write(self, text: str) -> int:
        if self.full:
            raise OSError(28, "No space left on device")
        return super().write(text)


def encoded(encoding: str) -> tuple[SafeStream, io.BytesIO]:
    """Return a stream with an encoding, and what it writes to."""
    content = io.BytesIO()
    return SafeStream(io.TextIOWrapper(content, encoding, write_through=True)), content


def test_what_can_be_written_is() -> None:
    """Nothing else of the stream is changed."""
    stream = io.StringIO()
    safe = SafeStream(stream)

    assert safe.write("one\n") == 4
    safe.writelines(["two\n", "three\n"])
    safe.flush()

    assert stream.getvalue() == "one\ntwo\nthree\n"
    assert safe.error is None
    assert safe.isatty() is False
    assert safe.newlines is None
    assert safe.encoding == "utf-8"


def test_after_the_first_failure_nothing_is_written() -> None:
    """Half of a result, with a gap, would be worse than its beginning."""
    stream = Moody()
    safe = SafeStream(stream)

    safe.write("one\n")
    stream.full = True
    assert safe.write("two\n") == 4
    stream.full = False
    safe.write("three\n")

    assert stream.getvalue() == "one\n"
    assert isinstance(safe.error, OSError)


def test_a_persistent_stream_tries_each_time() -> None:
    """Of messages, each that comes through is a gain."""
    stream = Moody()
    safe = SafeStream(stream, persistent=True)

    stream.full = True
    safe.write("one\n")
    stream.full = False
    safe.write("two\n")

    assert stream.getvalue() == "two\n"


@pytest.mark.parametrize("persistent", [True, False])
def test_no_stream_takes_nothing(persistent: bool) -> None:
    """It is no terminal, has no number, and says why nothing was written."""
    safe = SafeStream(None, persistent=persistent)

    safe.flush()
    assert safe.error is None
    assert safe.write("one\n") == 4
    assert safe.buffer.write(b"two\n") == 4
    safe.buffer.flush()
    safe.finish()

    assert str(safe.error) == f"[Errno 9] {os.strerror(9)}"
    assert safe.isatty() is False
    assert safe.encoding == "utf-8"
    with pytest.raises(OSError, match="fileno"):
        safe.fileno()


def test_a_stream_that_was_closed_takes_nothing() -> None:
    """As a library may have done."""
    stream = io.StringIO()
    stream.close()
    safe = SafeStream(stream)

    safe.write("one\n")
    safe.finish()

    assert isinstance(safe.error, ValueError)
    assert safe.isatty() is False


@pytest.mark.parametrize(
    ("encoding", "written"),
    [
        ("ascii", rb"r1 \u2191 \udcff"),
        ("cp1252", rb"r1 \u2191 \udcff"),
        ("utf-8", "r1 ↑ ".encode() + rb"\udcff"),
    ],
)
def test_letters_that_the_encoding_does_not_have_are_escaped(encoding: str, written: bytes) -> None:
    """Also what a file's name has in place of bytes that are no text."""
    safe, content = encoded(encoding)

    assert safe.write("r1 ↑ \udcff") == 6

    assert content.getvalue() == written
    assert safe.error is None


def test_bytes_are_as_safe_as_text() -> None:
    """A failure of one is a failure of the other."""
    safe, content = encoded("utf-8")
    assert safe.buffer.write(b"one") == 3
    safe.buffer.flush()
    assert content.getvalue() == b"one"
    assert safe.buffer.writable()

    content.close()
    safe.buffer.write(b"two")
    assert isinstance(safe.error, ValueError)


def test_what_is_left_at_the_end_is_written(tmp_path: Path) -> None:
    """Or given up, so that closing the stream does not fail for it."""
    with (tmp_path / "file").open("w") as stream:
        safe = SafeStream(stream)
        safe.write("one")
        safe.finish()
        assert (tmp_path / "file").read_text() == "one"
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "w") as stream:  # noqa: PTH123 - a number, not a path
        safe = SafeStream(stream)
        safe.write("one")
        assert safe.error is None
        safe.finish()
        assert isinstance(safe.error, BrokenPipeError)
