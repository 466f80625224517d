"""Sending the files of a publishing: several at once, until it is stopped."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from craft_store_core.errors import CraftStoreError
from craft_store_core.publishing.total import TotalProgress
from craft_store_core.publishing.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future

    from craft_store_core.plugins.endpoint_sets import ResourceContent
    from craft_store_core.publishing.results import PlannedFile
    from craft_store_core.stores.client import StoreClient

PARALLEL_UPLOADS = 4
"""How many files are sent at the same time, where nothing else is set."""


class Sending:
    """Sends files in threads of its own.

    Args:
        client: Of the store.
        parallel: How many files are sent at the same time.
    """

    def __init__(self, client: StoreClient, parallel: int) -> None:
        self._client = client
        self._workers = Workers(parallel, "upload")
        self._total: TotalProgress | None = None

    def stop(self, patience: float) -> None:
        """Cancel what has not begun, and wait for the rest at most so many seconds."""
        self._workers.stop(patience)

    @contextmanager
    def together(self, sizes: Sequence[int]) -> Iterator[None]:
        """Show how much is sent in all of what is submitted meanwhile.

        Args:
            sizes: Bytes of each file; of a single one its own line tells that.
        """
        if len(sizes) < 2:
            yield
            return
        with self._client.task(f"Uploading {len(sizes)} files", sum(sizes)) as task:
            self._total = None if task is None else TotalProgress(task.update)
            try:
                yield
            finally:
                self._total = None

    def submit(self, planned: PlannedFile, *, counted: bool = True) -> Future[str]:
        """Have a file sent, or a resource that goes another way; the result is the upload id.

        Args:
            planned: The file.
            counted: Its size is among those of :meth:`together`.
        """
        return self._workers.submit(self._send, planned, self._part() if counted else None)

    def submit_file(self, file: Path) -> Future[str]:
        """Have a file sent that belongs to an artifact; the result is the upload id."""
        return self._workers.submit(self._send_file, file, self._part())

    def send(self, planned: PlannedFile) -> str:
        """Send a file in this thread; return the upload id."""
        return self._send(planned, None)

    def _part(self) -> Callable[[int], None] | None:
        return None if self._total is None else self._total.part()

    def _send(self, planned: PlannedFile, part: Callable[[int], None] | None) -> str:
        if planned.content is not None:
            planned.upload_id = self._transport(planned, planned.content, part)
        elif isinstance(planned.file, Path):
            planned.upload_id = self._send_file(planned.file, part)
        else:
            raise ValueError("a resource that is given by its revision has no file")
        return planned.upload_id

    def _send_file(self, file: Path, part: Callable[[int], None] | None) -> str:
        return self._client.upload_file(file, progress=part)

    def _transport(
        self, planned: PlannedFile, content: ResourceContent, part: Callable[[int], None] | None
    ) -> str:
        place = planned.package, planned.resource or ""
        upload_id = self._client.transport_resource(*place, content, progress=part)
        with suppress(CraftStoreError):
            # Only to recognize it in a later run.
            planned.identify(self._client.resource_digest(*place, content))
        return upload_id
