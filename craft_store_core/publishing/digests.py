"""Digests of files, as the stores name their blobs."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from craft_store_core.errors import ArtifactError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BLOCK = 1024 * 1024
"""Bytes read at once. hashlib gives up the interpreter lock for each block."""


def sha3_384(path: Path, progress: Callable[[int], None] | None = None) -> str:
    """Return the SHA3-384 digest of a file: the one by which stores know it.

    Can run in a thread beside an upload: almost all of its time is spent without the interpreter
    lock.

    Args:
        path: The file.
        progress: Called with the number of bytes read so far, after each block.

    Returns:
        96 hexadecimal digits, lower case.

    Raises:
        ArtifactError: The file cannot be read.
    """
    digest = hashlib.sha3_384()
    block = memoryview(bytearray(BLOCK))
    done = 0
    try:
        with path.open("rb", buffering=0) as file:
            while count := file.readinto(block):
                digest.update(block[:count])
                done += count
                if progress is not None:
                    progress(done)
    except OSError as error:
        raise ArtifactError(
            f"{path} cannot be read.",
            why=error.strerror or type(error).__name__,
            advice="Check the path and the permissions of the file.",
        ) from error
    return digest.hexdigest()
