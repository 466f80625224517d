"""Threads that an interruption does not wait for."""

from __future__ import annotations

import threading
import time
from concurrent.futures import CancelledError

import pytest

from craft_store_core.publishing.send import Workers


def test_no_more_than_the_given_number_work_at_once() -> None:
    """Work is done in order, by a bounded number of threads."""
    workers = Workers(2, "test")
    both = threading.Barrier(2, timeout=30)
    names = [workers.submit(lambda: (both.wait(), threading.current_thread().name)[1])
             for _ in range(4)]  # fmt: skip
    assert {future.result(30) for future in names} == {"test-1", "test-2"}
    workers.stop(30)


def test_what_is_raised_is_raised_where_the_result_is_asked_for() -> None:
    """Also an interruption; the thread goes on with other work."""
    workers = Workers(1, "test")

    def interrupt() -> None:
        raise KeyboardInterrupt

    failed, good = workers.submit(interrupt), workers.submit(str, 1)
    with pytest.raises(KeyboardInterrupt):
        failed.result(30)
    assert good.result(30) == "1"
    workers.stop(30)


def test_stopping_cancels_what_waits_and_leaves_what_hangs() -> None:
    """Work that does not end holds up nobody for longer than the patience."""
    workers = Workers(1, "test")
    begun, end = threading.Event(), threading.Event()

    def hang() -> None:
        begun.set()
        end.wait(60)

    hanging, waiting = workers.submit(hang), workers.submit(str, 1)
    assert begun.wait(30)
    before = time.monotonic()
    workers.stop(0.05)
    assert time.monotonic() - before < 30
    assert not hanging.done()
    with pytest.raises(CancelledError):
        waiting.result(30)
    end.set()
    hanging.result(30)
