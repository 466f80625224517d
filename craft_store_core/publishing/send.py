"""Sending the files of a publishing: several at once, in threads that nobody has to wait for."""

from __future__ import annotations

import time
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from craft_store_core.publishing.items import PublishItem
    from craft_store_core.stores.client import StoreClient

PARALLEL_UPLOADS = 4
"""How many files are sent at the same time, where nothing else is set."""

T = TypeVar("T")

_Work = tuple["Future[Any]", "Callable[..., Any]", "tuple[Any, ...]"]


class Workers:
    """A bounded number of threads that work in the order of submission.

    Unlike those of ``concurrent.futures`` they do not keep the program alive: one that waits for
    a store that does not answer would hold up Ctrl-C until the request times out.

    Args:
        count: How many threads there are at most; one is started when there is work for it.
        name: What the threads are called.
    """

    def __init__(self, count: int, name: str) -> None:
        self._count = count
        self._name = name
        self._queue: SimpleQueue[_Work | None] = SimpleQueue()
        self._threads: list[Thread] = []
        self._futures: list[Future[Any]] = []

    def submit(self, function: Callable[..., T], *arguments: object) -> Future[T]:
        """Have a function called in one of the threads."""
        future: Future[T] = Future()
        self._futures.append(future)
        self._queue.put((future, function, arguments))
        if len(self._threads) < self._count:
            number = len(self._threads) + 1
            thread = Thread(target=self._work, name=f"{self._name}-{number}", daemon=True)
            self._threads.append(thread)
            thread.start()
        return future

    def stop(self, patience: float) -> None:
        """Cancel what has not begun, and wait for the rest, but not for ever.

        Args:
            patience: Seconds to wait at most.
        """
        for future in self._futures:
            future.cancel()
        for _ in self._threads:
            self._queue.put(None)
        end = time.monotonic() + patience
        for thread in self._threads:
            # An interruption may have come before a thread could start: that one is not joined.
            if thread.is_alive():
                thread.join(max(0.0, end - time.monotonic()))

    def _work(self) -> None:
        while (work := self._queue.get()) is not None:
            future, function, arguments = work
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(function(*arguments))
            except BaseException as error:  # whoever asks for the result gets it
                future.set_exception(error)


class TotalProgress:
    """Adds up uploads that run side by side.

    Args:
        update: Called with the bytes of all uploads so far, by one thread at a time.
    """

    def __init__(self, update: Callable[[int], None]) -> None:
        self._update = update
        self._parts: list[int] = []
        self._lock = Lock()

    def part(self) -> Callable[[int], None]:
        """Return what one upload is to call with the number of its bytes sent so far."""
        with self._lock:
            number = len(self._parts)
            self._parts.append(0)

        def update(done: int) -> None:
            with self._lock:
                # An upload that is repeated starts again from nothing.
                self._parts[number] = done
                self._update(sum(self._parts))

        return update


class Uploads:
    """Sends items in threads of its own.

    Args:
        client: Of the store; its work ends what is sent.
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
    def together(self, items: Sequence[PublishItem]) -> Iterator[None]:
        """Have items sent, and show how much of all of them is sent, until the context is left."""
        if len(items) < 2:
            # Of a single one its own line tells that.
            self._start_all(items)
            yield
            return
        sizes = [item.size or 0 for item in items]
        with self._client.task(f"Uploading {len(items)} files", sum(sizes)) as task:
            self._total = None if task is None else TotalProgress(task.update)
            self._start_all(items)
            try:
                yield
            finally:
                self._total = None

    def send(self, item: PublishItem) -> str:
        """Have an item sent, and wait for it; return the upload id."""
        item.sending = self._submit(item, None)
        return item.sending.result()

    def _start_all(self, items: Sequence[PublishItem]) -> None:
        for item in items:
            item.sending = self._submit(item, None if self._total is None else self._total.part())

    def _submit(self, item: PublishItem, progress: Callable[[int], None] | None) -> Future[str]:
        if item.content is not None:
            send = partial(
                self._client.transport_resource, item.package, item.resource or "", item.content
            )
        else:
            # All other items that are sent are files: one named by its revision is not sent.
            send = partial(self._client.upload_file, Path(item.file or ""))
        return self._workers.submit(partial(send, progress=progress))
