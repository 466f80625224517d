"""The guard that keeps reporters harmless."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Barrier, Thread
from typing import TYPE_CHECKING, Any

import pytest

from craft_store_core.plugins.progress import guarded, print_line
from craft_store_core.progress.plain import PlainReporter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from craft_store_core.plugins.progress import Unit


class Recorder:
    """A reporter and its tasks in one; raises at the step that it is told to."""

    def __init__(self, *bad: str, error: BaseException | None = None) -> None:
        self.bad = bad
        self.error = error or RuntimeError("out of order")
        self.calls: list[Any] = []

    def _do(self, step: str, *details: Any) -> None:
        self.calls.append((step, *details) if details else step)
        if step in self.bad:
            raise self.error

    @contextmanager
    def task(self, title: str, *, total: int | None = None, unit: Unit = "bytes") -> Iterator[Any]:
        self._do("enter", title, total, unit)
        try:
            yield self
        except BaseException as error:
            self.calls.append(("ended by", type(error).__name__))
            self._do("exit")
            raise
        self._do("exit")

    def update(self, done: int) -> None:
        self._do("update", done)

    def message(self, text: str) -> None:
        self._do("message", text)

    def close(self) -> None:
        self._do("close")


def work(reporter: Any) -> str:
    """Use a reporter as an upload does."""
    with reporter.task("Uploading", total=10) as task:
        task.update(5)
        task.message("half")
        task.update(10)
        task.message("all")
    reporter.close()
    return "uploaded"


def test_a_working_reporter_gets_everything() -> None:
    """In order and unchanged."""
    recorder = Recorder()

    assert work(guarded(recorder)) == "uploaded"
    assert recorder.calls == [
        ("enter", "Uploading", 10, "bytes"),
        ("update", 5),
        ("message", "half"),
        ("update", 10),
        ("message", "all"),
        "exit",
        "close",
    ]


@pytest.mark.parametrize("step", ["enter", "update", "message", "exit", "close"])
@pytest.mark.parametrize("error", [RuntimeError("out of order"), SystemExit("out of order")])
def test_a_reporter_that_fails_never_fails_the_work(
    step: str, error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    """One warning names it; from then on it is left alone, but for being closed."""
    recorder = Recorder(step, error=error)
    reporter = guarded(recorder)

    assert work(reporter) == "uploaded"
    assert work(reporter) == "uploaded"

    assert [record.getMessage() for record in caplog.records] == [
        "progress output stopped: the reporter Recorder failed: out of order"
    ]
    assert recorder.calls.count("close") == 2
    if step != "close":
        assert sum(call[0] == "enter" for call in recorder.calls) == 1
        steps = [call if isinstance(call, str) else call[0] for call in recorder.calls]
        assert steps.count(step) == 1


def test_a_task_whose_reporter_failed_is_still_ended() -> None:
    """What it opened, it can close: a hidden cursor comes back."""
    recorder = Recorder("update")

    work(guarded(recorder))

    assert recorder.calls == [
        ("enter", "Uploading", 10, "bytes"),
        ("update", 5),
        "exit",
        "close",
    ]


def test_a_reporter_that_gives_no_context_is_turned_off(caplog: pytest.LogCaptureFixture) -> None:
    """A plugin is not checked for types before it is used."""

    class Wrong:
        def task(self, *_: object, **__: object) -> Any:
            return "no context"

        def close(self) -> None:
            pass

    assert work(guarded(Wrong())) == "uploaded"
    assert "Wrong failed: 'str' object has no attribute" in caplog.text


@pytest.mark.parametrize("error", [ValueError("the store is down"), KeyboardInterrupt()])
@pytest.mark.parametrize("bad", [[], ["exit"], ["enter"], ["update"]])
def test_what_ends_the_work_goes_through(error: BaseException, bad: list[str]) -> None:
    """A reporter can neither swallow nor replace it, and is told that the work did not end well."""
    recorder = Recorder(*bad)
    reporter: Any = guarded(recorder)

    def interrupted() -> None:
        with reporter.task("Uploading") as task:
            task.update(1)
            raise error

    with pytest.raises(type(error)) as caught:
        interrupted()

    assert caught.value is error
    if "enter" not in bad:
        assert ("ended by", type(error).__name__) in recorder.calls


def test_a_reporter_that_swallows_has_no_say() -> None:
    """Whatever leaving its context returns, an error of the work is raised."""

    class Swallower(Recorder):
        @contextmanager
        def task(self, *_: Any, **__: Any) -> Iterator[Any]:
            try:
                yield self
            except BaseException:
                self.calls.append("swallowed")

    recorder = Swallower()
    with pytest.raises(ValueError, match="down"), guarded(recorder).task("Uploading"):
        raise ValueError("down")
    assert recorder.calls == ["swallowed"]


def test_passing_the_error_of_the_work_on_is_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    """A reporter that raises what it was told of is not broken."""

    class Task(Recorder):
        def __enter__(self) -> Task:
            return self

        def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
            if error:
                raise error

    class Reporter(Recorder):
        def task(self, *_: Any, **__: Any) -> Any:
            return Task()

    with pytest.raises(ValueError, match="down"), guarded(Reporter()).task("Uploading"):
        raise ValueError("down")
    assert caplog.records == []


def test_the_person_who_interrupts_is_heard() -> None:
    """Ctrl-C inside a reporter is not about the reporter."""
    with pytest.raises(KeyboardInterrupt):
        work(guarded(Recorder("update", error=KeyboardInterrupt())))


def test_a_failed_upload_is_shown_as_failed(capsys: pytest.CaptureFixture[str]) -> None:
    """The plain reporter, guarded as a client guards it, does not say "done"."""
    with pytest.raises(OSError, match="reset"), guarded(PlainReporter()).task("Uploading"):
        raise OSError("reset")

    assert "Uploading: stopped" in capsys.readouterr().err


def test_threads_that_fail_together_warn_once(caplog: pytest.LogCaptureFixture) -> None:
    """Several uploads share one reporter."""
    together = Barrier(8)

    class Slow(Recorder):
        def update(self, done: int) -> None:
            together.wait(10)
            super().update(done)

    reporter = guarded(Slow("update"))

    def upload() -> None:
        with reporter.task("Uploading") as task:
            task.update(1)

    threads = [Thread(target=upload) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert len(caplog.records) == 1


def test_a_guard_is_not_guarded_again() -> None:
    """Wrapping twice is wrapping once."""
    reporter = guarded(Recorder())

    assert guarded(reporter) is reporter


class Speaker(Recorder):
    """A reporter that can also print lines."""

    def say(self, text: str) -> None:
        self._do("say", text)


def test_a_line_goes_through_a_reporter_that_can_print_it() -> None:
    """So that it does not tear a progress bar apart."""
    speaker = Speaker()

    assert print_line(speaker, "hello") is True
    assert speaker.calls == [("say", "hello")]


def test_a_line_that_the_reporter_cannot_print_is_left_to_the_caller(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It has no such method, it fails, or it is off: nothing is lost."""
    broken = guarded(Speaker("say"))

    assert print_line(Recorder(), "hello") is False
    assert print_line(broken, "hello") is False
    assert print_line(broken, "again") is False
    assert len(caplog.records) == 1
