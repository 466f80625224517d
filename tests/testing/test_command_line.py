"""The command line in process: what plugin authors see of it is what a process would show."""

from __future__ import annotations

import logging
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from craft_store_core.errors import ExitCode
from craft_store_core.testing.command_line import CommandLine, Finished

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

PLUGIN = """
import logging, os, subprocess, sys
import click
from craft_store_core.plugins import CommandOffer, hookimpl


@hookimpl
def craft_store_commands():
    yield CommandOffer("probe", "Does what a test says", load=lambda: probe)


@click.command("probe")
@click.argument("work")
def probe(work):
    exec(work)
"""
ENDS = {
    "nothing": ("pass", 0),
    "a status": ("sys.exit(7)", 7),
    "a status of more than a byte": ("sys.exit(256 + 3)", 3),
    "a negative status": ("sys.exit(-1)", 255),
    "no status": ("sys.exit()", 0),
    "words": ("sys.exit('words')", 1),
    "a click status": ("click.get_current_context().exit(4)", 4),
    "an abort": ("raise click.Abort", 130),
    "a defect": ("raise ZeroDivisionError('by nobody')", ExitCode.INTERNAL),
}


@pytest.fixture
def probed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CommandLine]:
    """A command line with the command ``probe``, in process as well as in processes."""
    site, home = tmp_path / "site", tmp_path / "home"
    info = site / "probe-1.0.dist-info"
    info.mkdir(parents=True)
    home.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: probe\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[craft_store.plugins]\nprobe = probe_of_tests\n")
    (site / "probe_of_tests.py").write_text(PLUGIN)
    monkeypatch.syspath_prepend(str(site))
    path = os.pathsep.join(filter(None, [str(site), os.environ.get("PYTHONPATH")]))
    monkeypatch.setenv("PYTHONPATH", path)
    yield CommandLine(home)
    sys.modules.pop("probe_of_tests", None)


def both(program: CommandLine, *arguments: object, **options: Any) -> Finished:
    """Run a command in process and as a process, which must be the same."""
    here = program.run(*arguments, **options)
    assert here == program.run_process(*arguments, **options)
    return here


@pytest.mark.parametrize(
    "arguments",
    [
        ("--version",),
        ("stores", "--format", "json"),
        ("publish", "no-such-file.charm", "--channel", "edge"),
        ("whoami", "--no-such-option"),
        ("publish", "--help"),
    ],
    ids=" ".join,
)
def test_a_command_of_the_program(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """Its output, its errors and its status, on the width of no terminal."""
    done = both(CommandLine(tmp_path), *arguments)
    assert done.out or done.err


@pytest.mark.parametrize(("work", "code"), ENDS.values(), ids=ENDS)
def test_how_a_command_ends(probed: CommandLine, work: str, code: int) -> None:
    """The status is the process's, and what the interpreter prints is printed."""
    assert both(probed, "probe", work).code == code


def test_what_a_command_finds(probed: CommandLine) -> None:
    """Its folder, its home, its variables, its arguments and its input."""
    probed.environment["ACME"] = "of the object"
    work = (
        "print(os.getcwd(), os.path.expanduser('~'), os.environ['ACME'], os.environ['MORE']); "
        "print(sorted(set(os.environ) - {'LC_CTYPE'})); print(sys.argv[1:]); "
        "print(repr(sys.stdin.readline()), repr(sys.stdin.read()), os.read(0, 9))"
    )
    done = both(probed, "probe", work, stdin="föo\nbar\n", MORE="of the run")
    home = os.path.realpath(probed.folder)
    assert done.out.startswith(f"{home} {probed.folder} of the object of the run\n")
    assert done.out.endswith("'föo\\n' 'bar\\n' b''\n")


def test_what_its_streams_are(probed: CommandLine) -> None:
    """No terminals; UTF-8; text and bytes come in the order in which they were written."""
    work = (
        "streams = sys.stdin, sys.stdout, sys.stderr; "
        "print([(each.isatty(), each.fileno(), each.encoding) for each in streams]); "
        "print('ä', flush=True); sys.stdout.buffer.write(b'bytes\\r\\n'); sys.stdout.flush(); "
        "print('ß', file=sys.stderr); sys.stderr.buffer.write(b'\\xc3\\x9f\\n')"
    )
    done = both(probed, "probe", work)
    assert done.out.startswith("[(False, 0, 'utf-8'), (False, 1, 'utf-8'), (False, 2, 'utf-8')]\n")
    assert (done.out.endswith("ä\nbytes\n"), done.err) == (True, "ß\nß\n")


def test_programs_that_a_command_starts(probed: CommandLine) -> None:
    """They write where it writes, between its own lines, and read what it reads."""
    work = (
        "print('one', file=sys.stderr); subprocess.run(['cat'], stdout=2); "
        "print('three', file=sys.stderr)"
    )
    assert both(probed, "probe", work, stdin="two\n").err == "one\ntwo\nthree\n"


def test_an_encoding_without_the_letters(probed: CommandLine) -> None:
    """PYTHONIOENCODING is heeded, as far as standard streams go."""
    assert both(probed, "probe", "print('日')", PYTHONIOENCODING="ascii").out == "\\u65e5\n"


def test_variables_of_the_interpreter_need_a_process(tmp_path: Path) -> None:
    """They would be without effect: that is said, and nothing runs."""
    program = CommandLine(tmp_path)
    with pytest.raises(ValueError, match=r"PYTHONOPTIMIZE: .*run_process"):
        program.run("--version", PYTHONOPTIMIZE="1")
    assert program.run_process("--version", PYTHONOPTIMIZE="1").code == 0


def test_nothing_is_left_behind(probed: CommandLine) -> None:
    """Whatever a command changes in its process ends with it, also when it fails."""

    def state() -> list[object]:
        logger = logging.getLogger("craft_store_core")
        return [
            dict(os.environ),
            Path.cwd(),
            list(sys.argv),
            (sys.stdin, sys.stdout, sys.stderr),
            [os.fstat(number).st_ino for number in range(3)],
            len(list(Path("/proc/self/fd").iterdir())) if sys.platform == "linux" else 0,
            (logger.level, list(logger.handlers)),
            [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)],
        ]

    probed.run("probe", "pass")
    before = state()
    work = (
        "import signal; signal.signal(signal.SIGTERM, lambda *_: None); sys.stdout.close(); "
        "os.environ['X'] = ''; os.environ.pop('HOME'); os.chdir('/'); sys.exit('end')"
    )
    assert probed.run("probe", work).code == 1
    assert probed.run("whoami", "-vv").code != 0
    assert state() == before


def test_documents(tmp_path: Path) -> None:
    """Results and errors are read from the document, and one is not taken for the other."""
    program = CommandLine(tmp_path, {"CRAFT_STORE_STORE": "no-such-store"})
    stores = program.ok("stores", "--format", "json")
    assert stores.result == stores.json["result"]
    failed = program.run("whoami", "--format", "json")
    assert failed.error == failed.json["error"]
    with pytest.raises(AssertionError, match="no-such-store"):
        _ = failed.result
    with pytest.raises(AssertionError, match="stores"):
        _ = stores.error
    with pytest.raises(AssertionError, match="no-such-store"):
        program.ok("whoami", "--format", "json")


def test_a_started_command_ends_with_the_block(tmp_path: Path) -> None:
    """It is a process, which can be watched and is not left running."""
    with CommandLine(tmp_path).start("stores", CRAFT_STORE_STORE="charmhub") as process:
        assert process.stdout is not None
        assert "charmhub" in process.stdout.read()
    assert process.returncode == 0
