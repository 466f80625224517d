"""The progress of an upload, as a person sees it on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from rich.cells import cell_len

from craft_store_sandbox import Fault, build_charm

if TYPE_CHECKING:
    from pathlib import Path

# More than the sockets between program and store hold: an upload of it stands still in the middle.
SIZE = 32 * 1024 * 1024
FRAME = r"\r\x1b\[2K[^\r\n]*acme-web\.charm[^\r\n]*(?=\r)"


@pytest.fixture
def big(logged_in: Any, tmp_path: Path) -> Path:
    """A charm that takes its time, whose name is registered."""
    logged_in.ok("register", "acme-web")
    return build_charm(tmp_path, payload=bytes(SIZE))


@pytest.fixture
def stalled(big: Path, on_terminal: Any, sandbox_store: Any) -> Any:
    """The upload of it, which has begun and does not end."""
    sandbox_store.faults.add(Fault(delay=300), method="POST", path="/unscanned-upload")
    return on_terminal("upload", big, columns=100)


def test_the_bar_shows_file_size_rate_and_time_left(
    stalled: Any, sandbox_store: Any, logged_in: Any, big: Path
) -> None:
    """In one line that is drawn again and again; Ctrl-C takes it away and gives the cursor back."""
    shown = stalled.expect(
        r"Uploading acme-web\.charm \S+ +[0-9.]+/32\.0 MiB +[0-9.]+ (?:[KMG]i)?B/s +[0-9:-]+"
    )
    assert "\n" not in shown.rpartition("\x1b[2K")[2]
    code, shown = stalled.interrupt()
    assert code == 130
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")
    after = shown[shown.rindex("\x1b[?25h") :]
    assert "Uploading" not in after
    assert "Interrupted" in after
    sandbox_store.faults.clear()
    logged_in.ok("upload", big)
    (revision,) = logged_in.ok("revisions", "acme-web", "--format", "json").result
    assert revision["revision"] == 1


def test_the_bar_follows_the_width_of_the_terminal(stalled: Any) -> None:
    """Smaller and wider again, while the upload goes on: a line is never longer than that."""
    stalled.expect(r"acme-web\.charm")
    for columns in (60, 120, 45):
        stalled.resize(columns)
        # What was drawn before the program heard of it may still come.
        while True:
            frame = stalled.expect(FRAME).rpartition("\x1b[2K")[2].rstrip()
            width = cell_len(frame)
            if width <= columns and (columns < 100 or width > 70):
                break
    assert stalled.interrupt()[0] == 130


def test_a_quiet_upload_draws_nothing(big: Path, on_terminal: Any) -> None:
    """Only the result."""
    code, shown = on_terminal("upload", big, "--quiet").end()
    assert code == 0
    assert shown == "acme-web revision 1 (uploaded)\n"


def test_an_upload_leaves_its_lines_and_nothing_of_the_bar(big: Path, on_terminal: Any) -> None:
    """What is left to read is the result."""
    code, shown = on_terminal("upload", big).end()
    assert code == 0
    assert "Uploading acme-web.charm" in shown
    assert shown.endswith("acme-web revision 1 (uploaded)\n")
    assert shown.count("\n") <= 5


def test_no_terminal_no_bar(logged_in: Any, big: Path) -> None:
    """Whole lines, few of them, on standard error."""
    done = logged_in.ok("upload", big)
    assert "\x1b" not in done.err
    assert "\r" not in done.err
    assert done.out == "acme-web revision 1 (uploaded)\n"
    assert [line for line in done.err.splitlines() if line.startswith("Uploading")]
