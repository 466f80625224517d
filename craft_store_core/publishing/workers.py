"""Threads that an interruption does not wait for."""

from __future__ import annotations

import time
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

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
