"""Uploaded bytes on disk, and their digests.

sha3-384 is slower than the upload itself, so it is computed by a thread of its own that follows the
growing file through the page cache. The transfer never waits for it, and the review answers ``new``
until it is there.
"""

from __future__ import annotations

import hashlib
import threading
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from io import FileIO
    from pathlib import Path
    from types import TracebackType

_CHUNK = 1 << 20
SMALL_BYTES = _CHUNK


def digests_of(path: Path, algorithms: Iterable[str]) -> dict[str, str]:
    """Digests of a file, in one pass.

    Args:
        path: the file.
        algorithms: names that `hashlib.new` knows.

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


class IncomingBlob:
    """A blob while it arrives.

    Leaving the context normally says that the blob is complete and recorded: its digest is
    delivered then. Leaving it by an exception removes the file.

    Args:
        path: where the bytes go.
        deliver: gets the sha3-384 digest, on another thread for all but small blobs.
    """

    def __init__(self, path: Path, deliver: Callable[[str], None]) -> None:
        self.size = 0
        self.follower: threading.Thread | None = None
        self._path = path
        self._deliver = deliver
        self._file: BinaryIO = path.open("wb", buffering=0)
        self._progress = threading.Condition()
        self._complete = False
        self._abandoned = False

    def write(self, data: bytes | bytearray) -> None:
        """Append bytes."""
        view = memoryview(data)
        while view:
            written = self._file.write(view)
            self.size += written
            view = view[written:]
        if self.size < _CHUNK:
            return
        if self.follower is None:
            # Opened here: by the time that the thread runs, a broken upload may be removed again.
            source = self._path.open("rb", buffering=0)
            self.follower = threading.Thread(
                target=self._follow, args=(source,), name="sandbox-digest", daemon=True
            )
            self.follower.start()
        with self._progress:
            self._progress.notify()

    def __enter__(self) -> IncomingBlob:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()
        with self._progress:
            self._abandoned = kind is not None
            self._complete = True
            self._progress.notify()
        if kind is not None:
            self._path.unlink(missing_ok=True)
        elif self.follower is None:
            self._deliver(digests_of(self._path, ["sha3_384"])["sha3_384"])

    def _follow(self, source: FileIO) -> None:
        value = hashlib.sha3_384()
        buffer = memoryview(bytearray(_CHUNK))
        with source as file:
            position = 0
            while not self._abandoned:
                size = file.readinto(buffer)
                if size:
                    value.update(buffer[:size])
                    position += size
                    continue
                with self._progress:
                    if self._complete and position >= self.size:
                        break
                    if not self._complete and position >= self.size:
                        self._progress.wait()
        if not self._abandoned:
            self._deliver(value.hexdigest())


class BlobFolder:
    """The folder of all uploaded bytes, one file for each upload id.

    Args:
        folder: made when missing.
        on_digests: gets an upload id and its digests by algorithm as soon as they are known.
    """

    def __init__(self, folder: Path, on_digests: Callable[[str, dict[str, str]], None]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._on_digests = on_digests
        self._lock = threading.Lock()
        self._threads: dict[str, threading.Thread] = {}

    def path(self, upload_id: str) -> Path:
        """Where the bytes of an upload are."""
        return self._folder / upload_id

    def receive(self, upload_id: str) -> IncomingBlob:
        """Open a new blob for writing.

        Args:
            upload_id: its name, chosen by the store and safe as a file name.
        """

        def deliver(digest: str) -> None:
            self._on_digests(upload_id, {"sha3_384": digest})

        return IncomingBlob(self.path(upload_id), deliver)

    def watch(self, upload_id: str, blob: IncomingBlob) -> None:
        """Remember the thread that computes the digest of a received blob."""
        if blob.follower is not None:
            with self._lock:
                self._threads[upload_id] = blob.follower

    def compute(self, upload_id: str, algorithms: Collection[str]) -> None:
        """Compute digests on a thread, unless one is at work on this upload already.

        Args:
            upload_id: a complete blob.
            algorithms: names that `hashlib.new` knows.
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
