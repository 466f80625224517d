"""The reporter ``rich`` draws tasks on a terminal."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from craft_store_core.plugins.progress import guarded, print_line
from craft_store_core.progress.rich_bar import RichReporter
from craft_store_core.testing.reporters import ProgressReporterConformance

if TYPE_CHECKING:
    from craft_store_core.plugins.progress import ProgressReporterFactory

MIB = 1024 * 1024


class TestRich(ProgressReporterConformance):
    """The suite for all reporters."""

    @pytest.fixture
    def factory(self) -> ProgressReporterFactory:
        return RichReporter


@pytest.fixture
def screen() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def reporter(screen: io.StringIO) -> RichReporter:
    console = Console(file=screen, force_terminal=True, width=100, color_system=None)
    return RichReporter(console)


def test_a_task_shows_title_amount_and_message(reporter: RichReporter, screen: io.StringIO) -> None:
    """The line has what is done, of how much, and in words what happens."""
    with reporter.task("Uploading [acme].charm", total=10 * MIB) as task:
        task.update(5 * MIB)
        task.message("half of [it]")
    shown = screen.getvalue()
    assert "Uploading [acme].charm" in shown
    assert "5.0/10.0 MiB" in shown
    assert "half of [it]" in shown


def test_tasks_of_unknown_size_have_no_bar(reporter: RichReporter, screen: io.StringIO) -> None:
    """Waiting for a review is shown in words."""
    with reporter.task("Waiting for the review of acme") as task:
        task.message("new")
    shown = screen.getvalue()
    assert "Waiting for the review of acme" in shown
    assert "MiB" not in shown
    assert "bytes" not in shown


def test_lines_are_said_beside_the_tasks(reporter: RichReporter, screen: io.StringIO) -> None:
    """What is said stays, also while tasks are drawn; markup in it is text."""
    with reporter.task("Uploading", total=1):
        assert print_line(reporter, "revision 1 [bold] uploaded")
    assert print_line(reporter, "done")
    assert "revision 1 [bold] uploaded\n" in screen.getvalue()
    assert screen.getvalue().endswith("done\n")


def test_the_terminal_is_given_back_when_work_fails(
    reporter: RichReporter, screen: io.StringIO
) -> None:
    """After a failure nothing is drawn any more, and the cursor is shown again."""
    with pytest.raises(OSError, match="gone"), guarded(reporter).task("Uploading", total=1):
        raise OSError("gone")
    assert screen.getvalue().rstrip("\n").endswith("\x1b[2K") or "\x1b[?25h" in screen.getvalue()
    with reporter.task("Again", total=1) as task:
        task.update(1)
    assert "Again" in screen.getvalue()


def test_closing_in_the_middle_stops_drawing(reporter: RichReporter) -> None:
    """A program that ends early leaves no display behind."""
    with reporter.task("Uploading", total=1):
        reporter.close()
    reporter.close()


@pytest.mark.parametrize("closed", [True, False], ids=["closed", "missing"])
def test_what_cannot_be_drawn_is_dropped(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], closed: bool
) -> None:
    """It ends neither the task nor the program, and does not go to standard output instead."""
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "w") as unread:  # noqa: PTH123 - a number, not a path
        monkeypatch.setattr(sys, "stderr", unread if closed else None)
        monkeypatch.setenv("FORCE_COLOR", "1")
        reporter = RichReporter()
        with reporter.task("Uploading acme.charm", total=10 * MIB) as task:
            task.update(5 * MIB)
            task.message("half")
            reporter.say("It goes on.")
        reporter.close()
        # Closing the pipe would try to write what is left.
        with Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), writer)
    assert capsys.readouterr().out == ""
