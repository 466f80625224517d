"""Uploaded bytes on disk, and their digests.

sha3-384 takes longer than the upload itself: the review of a large file computes it on a thread,
and answers ``new`` until it is there.
"""

from __future__ import annotations

import hashlib
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from pathlib import Path

_CHUNK = 1 << 20
SMALL_BYTES = _CHUNK


def digests_of(path: Path, algorithms: Iterable[str]) -> dict[str, str]:
    """Return digests of a file, in one pass.

    Args:
        path: The file.
        algorithms: Names that `hashlib.new` knows.

    Returns:
        Algorithm to hexadecimal digest.
    """
    hashes = {name: hashlib.new(name) for name in algorithms}
    buffer = memoryview(bytearray(_CHUNK))
    with path.open("rb", buffering=0) as file:
        while size := file.readinto(buffer):
            for value in hashes.values():
                value.update(buffer[:size])
    return {name: value.hexdigest() for name, value in hashes.items()}


class BlobFolder:
    """The folder of all uploaded bytes, one file for each upload id.

    Args:
        folder: Made when missing.
        on_digests: Gets an upload id and its digests by algorithm as soon as they are known.
    """

    def __init__(self, folder: Path, on_digests: Callable[[str, dict[str, str]], None]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._on_digests = on_digests
        self._lock = threading.Lock()
        self._threads: dict[str, threading.Thread] = {}

    def path(self, upload_id: str) -> Path:
        """Return where the bytes of an upload are."""
        return self._folder / upload_id

    @contextmanager
    def receive(self, upload_id: str) -> Iterator[BinaryIO]:
        """Open a new blob for writing; leaving by an exception removes it.

        Args:
            upload_id: Its name, chosen by the store and safe as a file name.
        """
        path = self.path(upload_id)
        try:
            with path.open("wb") as file:
                yield file
        except BaseException:
            path.unlink(missing_ok=True)
            raise

    def compute(self, upload_id: str, algorithms: Collection[str]) -> None:
        """Compute digests on a thread, unless one is at work on this upload already.

        Args:
            upload_id: A complete blob.
            algorithms: Names that `hashlib.new` knows.
        """
        with self._lock:
            running = self._threads.get(upload_id)
            if running is not None and running.is_alive():
                return

            def work() -> None:
                self._on_digests(upload_id, digests_of(self.path(upload_id), algorithms))

            thread = threading.Thread(target=work, name="sandbox-digest", daemon=True)
            self._threads[upload_id] = thread
            thread.start()

    def close(self) -> None:
        """Wait for digests that are being computed."""
        with self._lock:
            threads = list(self._threads.values())
        for thread in threads:
            thread.join()
