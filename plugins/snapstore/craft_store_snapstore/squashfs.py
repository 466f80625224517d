"""Reading some members of a squashfs image, with every compression that snaps use, and no more.

The format is read by PySquashfsImage. What it would do with a hostile or a huge file is limited
here: only the folders on the way to the wanted members are listed, no block becomes larger than
the format allows, and whatever fails becomes one error.
"""

from __future__ import annotations

import lzma
import zlib
from typing import TYPE_CHECKING, Any, Protocol

from PySquashfsImage import SquashFsImage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

LARGEST_BLOCK = 1024 * 1024
"""Bytes of an unpacked block at most; the format knows none larger."""

_MAGIC = b"hsqs"
_METADATA_BLOCK = 8192
_DEEPEST = 8


class DamagedImageError(Exception):
    """The file is no squashfs image that can be read; the text says why."""


def read_members(file: Path, wanted: Mapping[str, int]) -> dict[str, bytes]:
    """Read members of an image.

    Args:
        file: The image.
        wanted: Path of each member to the largest size in bytes that is read.

    Returns:
        Path to content of those that are there and are regular files.

    Raises:
        DamagedImageError: It is no such image, it is damaged, or a member is too large.
    """
    with file.open("rb") as stream:
        if stream.read(4) != _MAGIC:
            raise DamagedImageError(
                "The file is not a squashfs image. Every snap is a squashfs image."
            )
    names = frozenset(part.encode() for path in wanted for part in path.split("/"))
    try:
        with _Image.open(file, names) as image:
            found = {path: image.select(path) for path in wanted}
            regular = {path: item for path, item in found.items() if item and item.is_file}
            for path, item in regular.items():
                if item.size > wanted[path]:
                    raise DamagedImageError(f"Its {path} is larger than {wanted[path]} bytes.")
            return {path: item.read_bytes() for path, item in regular.items()}
    except DamagedImageError:
        raise
    except Exception as error:  # the library lets exceptions of many kinds escape on damaged input
        reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise DamagedImageError(f"The file is not an intact squashfs image: {reason}.") from error


class _Image(SquashFsImage):  # type: ignore[misc]  # the library has no type information
    """An image of which only members of some names are seen."""

    def __init__(self, stream: Any, names: frozenset[bytes]) -> None:
        self._names = names
        self._depth = 0
        super().__init__(stream)

    @classmethod
    def open(cls, file: Path, names: frozenset[bytes]) -> _Image:
        stream = file.open("rb")
        try:
            return cls(stream, names)
        except BaseException:
            stream.close()
            raise

    def _opendir(self, block_start: int, offset: int) -> Any:
        # The library lists the whole tree at once, which takes long for a large snap.
        directory = super()._opendir(block_start, offset)
        directory.entries = [
            entry for entry in directory.entries if bytes(entry["name"]) in self._names
        ]
        return directory

    def _dir_scan(self, start_block: int, offset: int) -> Any:
        if self._depth > _DEEPEST:
            raise DamagedImageError("Its folders contain themselves.")
        self._depth += 1
        try:
            return super()._dir_scan(start_block, offset)
        finally:
            self._depth -= 1

    def _get_compressor(self, compression_id: int) -> _Compressor:
        try:
            return _Bounded(_COMPRESSORS[compression_id])
        except KeyError:
            raise DamagedImageError(
                f"Snaps do not use its compression (number {compression_id} of the format)."
            ) from None


class _Compressor(Protocol):
    def uncompress(self, src: bytes, size: int, outsize: int) -> bytes: ...


class _Bounded:
    """A compressor as the library wants it, which never gives more than a block."""

    def __init__(self, unpack: Callable[[bytes, int], bytes]) -> None:
        self._unpack = unpack

    def uncompress(self, src: bytes, size: int, outsize: int) -> bytes:
        # For metadata the library passes what it expects, for data the size of the image's blocks.
        limit = min(max(outsize, _METADATA_BLOCK), LARGEST_BLOCK)
        if len(src) != size or size > LARGEST_BLOCK:
            raise DamagedImageError("The file is incomplete, or a block in it is too large.")
        block = self._unpack(src, limit)
        if len(block) > limit:
            raise DamagedImageError("A block in it is too large when decompressed.")
        return block


def _gzip(data: bytes, limit: int) -> bytes:
    return zlib.decompressobj().decompress(data, limit + 1)


def _xz(data: bytes, limit: int) -> bytes:
    return lzma.LZMADecompressor(memlimit=256 * 1024 * 1024).decompress(data, limit + 1)


def _zstd(data: bytes, limit: int) -> bytes:
    import zstandard

    with zstandard.ZstdDecompressor().stream_reader(data) as stream:
        return stream.read(limit + 1)


def _lz4(data: bytes, limit: int) -> bytes:
    import lz4.block

    block: bytes = lz4.block.decompress(data, uncompressed_size=limit)
    return block


def _lzo(data: bytes, limit: int) -> bytes:
    from dissect.util.compression import lzo

    block: bytes = lzo.decompress(data, header=False, buflen=limit)
    return block


_COMPRESSORS: Mapping[int, Callable[[bytes, int], bytes]] = {
    1: _gzip,
    3: _lzo,
    4: _xz,
    5: _lz4,
    6: _zstd,
}
