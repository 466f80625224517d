"""Which uploads are in review: remembered on disk, so that another run does not send them again.

A store lists revisions with their digests, but not what it is still reviewing. Between the upload
and the end of its review only the sender knows that the bytes are there already.

It is kept because a rerun needs it: without it, a run that begins during a review sends the file
again. Charmhub can then reject the second upload for its digest while the first is not listed yet
(Publisher Gateway reference, section 9.2), and the run fails although nothing is wrong.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import tempfile
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

MAX_AGE = 90 * 24 * 3600
"""After this many seconds an entry is dropped: no review takes as long."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ReviewEntry:
    """An upload whose review had not ended when it was last seen.

    Attributes:
        store: Base URL of the store's API.
        package: The package.
        resource: The resource; None for an artifact.
        size: Bytes.
        sha3_384: Digest of the file, hexadecimal.
        upload_id: What any client can ask for the review by.
        review_url: Where the review can be seen.
    """

    store: str
    package: str
    resource: str | None
    size: int
    sha3_384: str
    upload_id: str
    review_url: str

    @property
    def file_name(self) -> str:
        """The same for the same bytes in the same place of the same store."""
        key = json.dumps([self.store, self.package, self.resource, self.sha3_384])
        return f"{hashlib.sha256(key.encode()).hexdigest()[:40]}.json"


class ReviewJournal:
    """Keeps one small file for each upload in review, readable by its owner only.

    It spares work and decides nothing: what cannot be read counts as not there, and what cannot be
    written is sent again by the next run.

    Args:
        folder: Where the files are; made when the first one is.
        store: Base URL of the store's API; entries of other stores are not seen.
    """

    def __init__(self, folder: Path, store: str) -> None:
        self._folder = folder
        self._store = store

    @property
    def store(self) -> str:
        """Base URL of the store's API."""
        return self._store

    def find(self, package: str, resource: str | None, size: int | None) -> list[ReviewEntry]:
        """Return the uploads of a package, or of a resource of it, that have a size."""
        wanted = self._store, package, resource, size
        return [
            entry
            for entry in self._entries()
            if (entry.store, entry.package, entry.resource, entry.size) == wanted
        ]

    def note(self, entry: ReviewEntry) -> None:
        """Remember an upload."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._drop_old()
            # mkstemp makes a file that only its owner can read; replacing leaves no half of one.
            descriptor, name = tempfile.mkstemp(prefix=".", dir=self._folder)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump({"version": 1, **asdict(entry)}, file)
            os.replace(name, self._folder / entry.file_name)  # noqa: PTH105 - a name, not a path
        except OSError as error:
            logger.info("cannot record the upload: %s", error)

    def forget(self, entry: ReviewEntry) -> None:
        """Drop an upload whose review has ended."""
        with suppress(OSError):
            (self._folder / entry.file_name).unlink(missing_ok=True)

    def _entries(self) -> list[ReviewEntry]:
        try:
            files = sorted(self._folder.glob("*.json"))
        except OSError:
            return []
        return [entry for file in files if (entry := _read(file)) is not None]

    def _drop_old(self) -> None:
        limit = time.time() - MAX_AGE
        for file in self._folder.iterdir():
            with suppress(OSError):
                if file.stat().st_mtime < limit:
                    file.unlink()


def _read(file: Path) -> ReviewEntry | None:
    try:
        document: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        if document.pop("version") != 1:
            return None
        entry = ReviewEntry(**document)
    except (OSError, ValueError, TypeError, AttributeError, KeyError):
        return None
    texts = (entry.store, entry.package, entry.sha3_384, entry.upload_id, entry.review_url)
    return entry if all(isinstance(text, str) for text in texts) else None
