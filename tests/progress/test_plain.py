"""The reporter ``plain`` writes a few whole lines."""

from __future__ import annotations

import io
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Literal

import pytest

from craft_store_core.progress.plain import PlainReporter, format_amount
from craft_store_core.testing.reporters import ProgressReporterConformance

if TYPE_CHECKING:
    from craft_store_core.plugins.progress import ProgressReporterFactory

MIB = 1024 * 1024


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class TestPlain(ProgressReporterConformance):
    """The suite for all reporters."""

    @pytest.fixture
    def factory(self) -> ProgressReporterFactory:
        return PlainReporter


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def reporter(stream: io.StringIO, clock: Clock) -> PlainReporter:
    return PlainReporter(stream, interval=5, clock=clock)


def test_a_slow_upload_is_shown_at_each_quarter(
    reporter: PlainReporter, stream: io.StringIO, clock: Clock
) -> None:
    """There is a line at the start, at each quarter, and at the end with the rate."""
    with reporter.task("Uploading acme.charm", total=100 * MIB) as task:
        for done in range(101):
            clock.now += 1
            task.update(done * MIB)
    assert stream.getvalue().splitlines() == [
        "Uploading acme.charm (100.0 MiB)",
        "Uploading acme.charm: 25 %",
        "Uploading acme.charm: 50 %",
        "Uploading acme.charm: 75 %",
        "Uploading acme.charm: done, 100.0 MiB in 101.0 s (1013.9 KiB/s)",
    ]


def test_a_fast_upload_is_two_lines(
    reporter: PlainReporter, stream: io.StringIO, clock: Clock
) -> None:
    """Quarters that follow each other within the interval are left out."""
    with reporter.task("Uploading acme.charm", total=8 * MIB) as task:
        for done in range(9):
            clock.now += 0.5
            task.update(done * MIB)
    assert stream.getvalue().splitlines() == [
        "Uploading acme.charm (8.0 MiB)",
        "Uploading acme.charm: done, 8.0 MiB in 4.5 s (1.8 MiB/s)",
    ]


def test_an_upload_that_starts_again_repeats_no_line(
    reporter: PlainReporter, stream: io.StringIO, clock: Clock
) -> None:
    """Going back shows nothing until something new is reached."""
    with reporter.task("Uploading acme.charm", total=100) as task:
        for done in (30, 0, 30, 60, 100):
            clock.now += 10
            task.update(done)
    assert stream.getvalue().splitlines()[1:-1] == [
        "Uploading acme.charm: 25 %",
        "Uploading acme.charm: 50 %",
    ]


def test_work_of_unknown_size_is_shown_at_its_ends(
    reporter: PlainReporter, stream: io.StringIO, clock: Clock
) -> None:
    """Without a total there are no quarters."""
    with reporter.task("Reading") as task:
        clock.now += 10
        task.update(500)
    assert stream.getvalue().splitlines() == [
        "Reading",
        "Reading: done, 500 B in 10.0 s (50 B/s)",
    ]


def test_work_that_counts_nothing_has_no_rate(reporter: PlainReporter, stream: io.StringIO) -> None:
    """A task without updates ends with the time alone; no time at all is no division by zero."""
    with reporter.task("Releasing", unit="items"):
        pass
    with reporter.task("Releasing", unit="items") as task:
        task.update(2)
    assert stream.getvalue().splitlines() == [
        "Releasing",
        "Releasing: done in 0.0 s",
        "Releasing",
        "Releasing: done, 2 items in 0.0 s",
    ]


@pytest.mark.parametrize(
    ("done", "line"), [(0, "stopped in 4.0 s"), (50, "stopped after 50 B in 4.0 s")]
)
def test_work_that_fails_is_not_called_done(
    reporter: PlainReporter, stream: io.StringIO, clock: Clock, done: int, line: str
) -> None:
    """The last line says how far it came."""

    def work() -> None:
        with reporter.task("Uploading acme.charm", total=100) as task:
            clock.now += 4
            task.update(done)
            raise ConnectionError

    with pytest.raises(ConnectionError):
        work()
    assert stream.getvalue().splitlines()[-1] == f"Uploading acme.charm: {line}"


def test_the_same_message_is_written_once(reporter: PlainReporter, stream: io.StringIO) -> None:
    """Asking for a review's state again and again does not fill the log."""
    with reporter.task("Review", unit="items") as task:
        for state in ("waiting", "waiting", "scanning", "scanning", "approved"):
            task.message(state)
    assert stream.getvalue().splitlines()[1:-1] == [
        "Review: waiting",
        "Review: scanning",
        "Review: approved",
    ]


def test_lines_of_several_threads_are_not_mixed(
    reporter: PlainReporter, stream: io.StringIO
) -> None:
    """Each line is whole, whatever else is written at the same time."""

    def work(number: int) -> None:
        with reporter.task(f"task-{number}") as task:
            for step in range(20):
                task.message(f"step-{step}")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    lines = stream.getvalue().splitlines()
    for number in range(4):
        assert [line for line in lines if line.startswith(f"task-{number}: step")] == [
            f"task-{number}: step-{step}" for step in range(20)
        ]
    assert len(lines) == 4 * 22


def test_standard_error_is_looked_up_when_it_is_written(
    monkeypatch: pytest.MonkeyPatch, stream: io.StringIO
) -> None:
    """A program that exchanges ``sys.stderr`` later still gets the lines there."""
    reporter = PlainReporter()
    monkeypatch.setattr("sys.stderr", stream)
    with reporter.task("Releasing"):
        pass
    assert stream.getvalue().startswith("Releasing\n")


@pytest.mark.parametrize(
    ("amount", "unit", "text"),
    [
        (0, "bytes", "0 B"),
        (1023, "bytes", "1023 B"),
        (1024, "bytes", "1.0 KiB"),
        (1536, "bytes", "1.5 KiB"),
        (5 * MIB, "bytes", "5.0 MiB"),
        (3 * 1024**3, "bytes", "3.0 GiB"),
        (2 * 1024**4, "bytes", "2.0 TiB"),
        (4096 * 1024**4, "bytes", "4096.0 TiB"),
        (1, "items", "1 item"),
        (0, "items", "0 items"),
        (2000, "items", "2000 items"),
    ],
)
def test_amounts_are_written_for_people(
    amount: int, unit: Literal["bytes", "items"], text: str
) -> None:
    """Bytes get binary prefixes, items their number."""
    assert format_amount(amount, unit) == text


@pytest.mark.parametrize("closed", [True, False], ids=["closed", "missing"])
def test_lines_that_cannot_be_written_are_dropped(
    monkeypatch: pytest.MonkeyPatch, closed: bool
) -> None:
    """The task goes on, and those that can be written are shown."""
    stream = io.StringIO()
    stream.close()
    monkeypatch.setattr(sys, "stderr", stream if closed else None)
    reporter = PlainReporter()
    with reporter.task("Uploading acme.charm") as task:
        task.message("half")
        monkeypatch.setattr(sys, "stderr", shown := io.StringIO())
        task.message("all")
    assert shown.getvalue().startswith("Uploading acme.charm: all\n")
