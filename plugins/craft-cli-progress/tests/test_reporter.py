"""The reporter ``craft-cli`` moves craft-cli's bar, and leaves the application's emitter alone."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest

from craft_store_core.testing.reporters import ProgressReporterConformance
from craft_store_craft_cli_progress import CraftCliReporter

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from craft_store_core.plugins import ProgressReporterFactory

    OnTerminal = Callable[[str], list[str]]
    OffTerminal = Callable[[str], subprocess.CompletedProcess[str]]

needs_pty = pytest.mark.skipif(os.name != "posix", reason="pseudo-terminals are POSIX's")


class TestCraftCli(ProgressReporterConformance):
    """The suite for all reporters, with an emitter that the application started.

    craft-cli's own pytest plugin starts it for each test.
    """

    @pytest.fixture
    def factory(self) -> ProgressReporterFactory:
        return CraftCliReporter


def bars(shown: list[str]) -> list[str]:
    """Return how far the bar was each time that it was drawn."""
    found = (re.search(r"\[[█ ]*\] (\S+)$", line) for line in shown)
    return [match[1] for match in found if match]


@needs_pty
def test_the_bar_moves_while_bytes_flow(on_terminal: OnTerminal) -> None:
    """The bar is opened before the first byte, drawn at each update, and closed after the last."""
    shown = on_terminal(
        """
        with reporter.task("Uploading acme.charm", total=4 * MIB) as task:
            for done in range(1, 5):
                task.update(done * MIB)
        reporter.close()
        """
    )
    assert shown[0] == "Uploading acme.charm (MiB) (--->)"
    assert shown[-1] == "Uploading acme.charm (MiB) (<---)"
    assert bars(shown) == [f"{done}/4.0" for done in ("0.0", "1.0", "2.0", "3.0", "4.0", "4.0")]
    blocks = [line.count("█") for line in shown if "[" in line]
    assert blocks == sorted(blocks)
    assert 0 == blocks[0] < blocks[1] < blocks[2] < blocks[3] < blocks[4]


@needs_pty
def test_updates_in_quick_succession_are_not_all_drawn(on_terminal: OnTerminal) -> None:
    """Drawing is not what an upload waits for; how it ends is shown in any case."""
    shown = on_terminal(
        """
        reporter = CraftCliReporter(clock=lambda: 0.0)
        with reporter.task("Uploading acme.charm", total=4 * MIB) as task:
            for done in range(1, 5):
                task.update(done * MIB)
        reporter.close()
        """
    )
    assert bars(shown) == ["0.0/4.0", "4.0/4.0", "4.0/4.0"]


@needs_pty
def test_tasks_that_overlap_share_a_bar(on_terminal: OnTerminal) -> None:
    """One bar shows the sum; what has ended stays in it, and a new group starts anew."""
    shown = on_terminal(
        """
        first = reporter.task("Uploading acme.charm", total=2000)
        second = reporter.task("Uploading image.tar", total=8000)
        one = first.__enter__()
        two = second.__enter__()
        one.update(2000)
        first.__exit__(None, None, None)
        two.update(8000)
        second.__exit__(None, None, None)
        with reporter.task("Uploading last.charm", total=500) as task:
            task.update(500)
        reporter.close()
        """
    )
    assert "Uploading acme.charm and 1 more (KiB) (--->)" in shown
    assert bars(shown) == [
        *("0.0/2.0", "0.0/9.8", "2.0/9.8", "2.0/9.8", "9.8/9.8", "9.8/9.8"),
        *("0/500", "500/500", "500/500"),
    ]


@needs_pty
def test_what_cannot_be_on_the_bar_is_shown_in_words(on_terminal: OnTerminal) -> None:
    """Unknown sizes, other units and messages are lines; the bar comes back afterwards."""
    shown = on_terminal(
        """
        with reporter.task("Uploading acme.charm", total=4) as task:
            with reporter.task("Reading") as unknown:
                unknown.update(2048)
            with reporter.task("Checking", total=3, unit="items") as items:
                items.update(2)
            task.message("in review")
            task.update(4)
        with reporter.task("Releasing", total=2, unit="items") as task:
            task.update(1)
        reporter.close()
        """
    )
    for line in ("Reading: 2.0 KiB", "Checking: 2 items", "Uploading acme.charm: in review"):
        assert line in shown
    assert bars(shown) == ["0/4", "4/4", "4/4", "0/2", "1/2", "1/2"]
    assert "Releasing (items) (<---)" in shown


@needs_pty
def test_the_terminal_is_given_back(on_terminal: OnTerminal) -> None:
    """After the reporter was closed, what is printed begins on a clean line."""
    shown = on_terminal(
        """
        with reporter.task("Uploading acme.charm", total=4) as task:
            task.update(4)
        reporter.close()
        print("revision 7")
        """
    )
    assert shown[-1] == "revision 7"


def test_without_a_terminal_nothing_breaks(off_terminal: OffTerminal) -> None:
    """Where output is captured there is no bar, and standard output stays empty."""
    done = off_terminal(
        """
        with reporter.task("Uploading acme.charm", total=4 * MIB) as task:
            task.update(4 * MIB)
            task.message("in review")
        reporter.close()
        """
    )
    assert done.stdout == ""
    assert "Uploading acme.charm: in review" in done.stderr
    assert "█" not in done.stderr
    assert "\x1b" not in done.stderr


def test_the_emitter_is_started_at_the_first_task(off_terminal: OffTerminal) -> None:
    """Making a reporter starts nothing; closing it ends what it started."""
    done = off_terminal(
        """
        def state():
            try:
                emit.get_mode()
            except RuntimeError as error:
                return str(error)
            return "started"

        print(state())
        with reporter.task("Uploading acme.charm", total=4):
            print(state())
        reporter.close()
        print(state())
        """
    )
    assert done.stdout.splitlines() == [
        "Emitter needs to be initiated first",
        "started",
        "Emitter is stopped already",
    ]


def test_no_log_is_written_and_none_is_taken(
    off_terminal: OffTerminal, environment: dict[str, str]
) -> None:
    """The emitter that is started here keeps no log file and swallows no log records."""
    done = off_terminal(
        """
        with reporter.task("Uploading acme.charm", total=4):
            logging.warning("a warning of the application")
        reporter.close()
        print(len(logging.getLogger().handlers))
        """
    )
    assert "a warning of the application" in done.stderr
    home = environment["HOME"]
    assert [name for _, _, names in os.walk(home) for name in names] == []


def test_the_emitter_of_the_application_goes_on(off_terminal: OffTerminal, tmp_path: Path) -> None:
    """An application's emitter keeps its mode and log file, and is not ended by the reporter."""
    done = off_terminal(
        f"""
        from pathlib import Path
        emit.init(EmitterMode.QUIET, "acmecraft", "hello", Path({str(tmp_path / "log")!r}))
        with reporter.task("Uploading acme.charm", total=4) as task:
            task.update(4)
        reporter.close()
        emit.progress("the application goes on")
        print(emit.get_mode().name)
        emit.ended_ok()
        """
    )
    assert done.stdout == "QUIET\n"
    assert done.stderr == "", "a quiet application stays quiet"
    log = (tmp_path / "log").read_text()
    assert "Uploading acme.charm" in log
    assert "the application goes on" in log


def test_after_the_end_of_the_emitter_the_work_goes_on(off_terminal: OffTerminal) -> None:
    """craft-cli starts once in a program: a later task says so once, and is not shown."""
    done = off_terminal(
        """
        with reporter.task("first", total=4):
            pass
        reporter.close()
        later = guarded(CraftCliReporter())
        for title in ("second", "third"):
            with later.task(title, total=4) as task:
                task.update(4)
                print("worked on", title)
        later.close()
        """
    )
    assert done.stdout.splitlines() == ["worked on second", "worked on third"]
    assert done.stderr.count("cannot be started again") == 1
    assert "second" not in done.stderr
