"""What every progress reporter must do, as a test class to derive from.

::

    from craft_store_core.testing.reporters import ProgressReporterConformance

    class TestDots(ProgressReporterConformance):
        @pytest.fixture
        def factory(self):
            return DotsReporter
"""

# ruff: noqa: S101  # assertions are what a test suite is made of

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, active_count
from typing import TYPE_CHECKING, Literal

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from craft_store_core.plugins.progress import ProgressReporter, ProgressReporterFactory

_THREADS = 4


class ProgressReporterConformance:
    """What holds for reporters, on a terminal and elsewhere."""

    @pytest.fixture
    def reporter(self, factory: ProgressReporterFactory) -> Iterator[ProgressReporter]:
        """A fresh reporter, closed after the test."""
        reporter = factory()
        yield reporter
        reporter.close()

    def test_constructing_it_touches_nothing(
        self, factory: ProgressReporterFactory, capfd: pytest.CaptureFixture[str]
    ) -> None:
        """Making one and closing it unused shows nothing and starts nothing."""
        variables, threads = dict(os.environ), active_count()
        factory().close()
        output = capfd.readouterr()
        assert (output.out, output.err) == ("", "")
        assert dict(os.environ) == variables
        assert active_count() == threads

    @pytest.mark.parametrize("unit", ["bytes", "items"])
    @pytest.mark.parametrize("total", [None, 0, 1, 1000])
    def test_a_task_can_be_followed(
        self, reporter: ProgressReporter, total: int | None, unit: Literal["bytes", "items"]
    ) -> None:
        """A task takes updates and messages, whatever is known of its size."""
        with reporter.task("Uploading acme.charm", total=total, unit=unit) as task:
            task.update(0)
            task.message("half of it is there")
            task.update((total or 1000) // 2)
            task.update(total or 1000)
            task.message("")

    def test_a_task_may_go_back_and_too_far(self, reporter: ProgressReporter) -> None:
        """An upload that starts again, or sends more than was said, is no error."""
        with reporter.task("Uploading acme.charm", total=100) as task:
            for done in (0, 60, 0, 60, 100, 250, 100):
                task.update(done)

    def test_a_task_without_updates_can_end(self, reporter: ProgressReporter) -> None:
        """Work that turned out to be nothing is no error."""
        with reporter.task("Uploading acme.charm", total=100):
            pass

    def test_several_tasks_can_follow_each_other(self, reporter: ProgressReporter) -> None:
        """One reporter serves a whole run."""
        for number in range(3):
            with reporter.task(f"Uploading number {number}", total=10) as task:
                task.update(10)

    def test_tasks_may_overlap(self, reporter: ProgressReporter) -> None:
        """Tasks end in any order, and those that go on still take updates."""
        outer = reporter.task("Uploading acme.charm", total=10)
        inner = reporter.task("Uploading image.tar", total=10)
        first, second = outer.__enter__(), inner.__enter__()
        first.update(5)
        second.update(5)
        outer.__exit__(None, None, None)
        second.update(10)
        second.message("nearly there")
        inner.__exit__(None, None, None)

    def test_it_can_be_used_from_several_threads(self, reporter: ProgressReporter) -> None:
        """Tasks of several threads run at once."""
        together = Barrier(_THREADS, timeout=10)

        def upload(number: int) -> int:
            with reporter.task(f"Uploading number {number}", total=100) as task:
                together.wait()
                for done in range(0, 101, 5):
                    task.update(done)
                    task.message(f"block {done}")
            return number

        with ThreadPoolExecutor(_THREADS) as pool:
            assert sorted(pool.map(upload, range(_THREADS))) == list(range(_THREADS))

    def test_an_error_of_the_work_passes_through(self, reporter: ProgressReporter) -> None:
        """What the work raises reaches the caller, and the reporter can still be used."""

        def work() -> None:
            with reporter.task("Uploading acme.charm", total=10) as task:
                task.update(5)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            work()
        with reporter.task("Uploading acme.charm", total=10) as task:
            task.update(10)

    def test_it_leaves_standard_output_alone(
        self, reporter: ProgressReporter, capfd: pytest.CaptureFixture[str]
    ) -> None:
        """Standard output is for data."""
        with reporter.task("Uploading acme.charm", total=10) as task:
            task.update(5)
            task.message("half of it is there")
            task.update(10)
        reporter.close()
        assert capfd.readouterr().out == ""

    def test_it_can_be_closed_twice(self, reporter: ProgressReporter) -> None:
        """Closing again is no error."""
        with reporter.task("Uploading acme.charm"):
            pass
        reporter.close()
        reporter.close()
