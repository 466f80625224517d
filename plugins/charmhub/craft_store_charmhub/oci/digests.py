"""Digests of image content: ``sha256:`` and hexadecimal digits, computed while it is read."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

BLOCK = 1024 * 1024

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")


class Readable(Protocol):
    """What can be read block by block."""

    def read(self, size: int = -1, /) -> bytes:
        """Return the next block; empty at the end."""


def is_digest(text: object) -> bool:
    """Tell whether something is a digest of an algorithm that registries use."""
    return isinstance(text, str) and _DIGEST.fullmatch(text) is not None


def digest_of(content: bytes, algorithm: str = "sha256") -> str:
    """Return the digest of some bytes."""
    return f"{algorithm}:{hashlib.new(algorithm, content).hexdigest()}"


def read_digest(
    file: Readable, algorithm: str = "sha256", *, progress: Callable[[int], None] | None = None
) -> str:
    """Return the digest of everything that a file has left.

    Args:
        file: Read to its end, in blocks.
        algorithm: ``sha256`` or ``sha512``.
        progress: Called with the number of bytes read so far.
    """
    value, done = hashlib.new(algorithm), 0
    while block := file.read(BLOCK):
        value.update(block)
        done += len(block)
        if progress is not None:
            progress(done)
    return f"{algorithm}:{value.hexdigest()}"


def algorithm_of(digest: str) -> str:
    """Return the algorithm of a digest."""
    return digest.partition(":")[0]


def shortened(digest: str) -> str:
    """Return the first twelve digits of a digest, for people."""
    return digest.partition(":")[2][:12]
