"""Standard streams that are missing, full, closed at the other end, or short of letters."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from craft_store_core.cli.main import run
from craft_store_core.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TextIO

PROGRAM = (sys.executable, "-c", "from craft_store_core.cli import main; main()")
FULL = Path("/dev/full")

pytestmark = pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")


@contextmanager
def full() -> Iterator[TextIO]:
    """A stream to a disk without space."""
    with FULL.open("w", encoding="utf-8") as stream:
        yield stream


@contextmanager
def unread() -> Iterator[TextIO]:
    """A pipe that nobody reads any more."""
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "w", encoding="utf-8") as stream:  # noqa: PTH123 - a number, not a path
        yield stream


@contextmanager
def missing() -> Iterator[None]:
    """What Python has where a process was started without the stream."""
    yield None


BAD_STREAMS = {"full": full, "unread": unread, "missing": missing}


@pytest.fixture(params=BAD_STREAMS)
def bad_stream(request: pytest.FixtureRequest) -> Iterator[TextIO | None]:
    """A stream that takes nothing."""
    with BAD_STREAMS[request.param]() as stream:
        yield stream


@pytest.fixture
def ended(craft_store: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Run a command in this process, with some of its streams replaced; return its exit code."""

    def call(*arguments: object, variables: dict[str, str] | None = None, **streams: Any) -> int:
        with monkeypatch.context() as patch:
            patch.chdir(craft_store.folder)
            for name, value in {**craft_store.environment, **(variables or {})}.items():
                patch.setenv(name, value)
            for name, stream in streams.items():
                patch.setattr(sys, name, stream)
            return run([*map(str, arguments)])

    return call


def released(program: Any) -> dict[str, int]:
    """Return the channels that have the charm, with the revisions."""
    channel_map = program.ok("status", "acme-web", "--format", "json").result["channel-map"]
    return {release["channel"]: release["revision"] for release in channel_map}


@pytest.mark.parametrize("reporter", ["plain", "rich", "craft-cli"])
def test_messages_that_cannot_be_written_stop_no_publish(
    logged_in: Any,
    ended: Callable[..., int],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    reporter: str,
) -> None:
    """Progress, messages and log lines are dropped; each charm is uploaded and released."""
    from craft_store_sandbox import build_charm

    logged_in.ok("register", "acme-web")
    for number, (name, bad_stream) in enumerate(BAD_STREAMS.items(), 1):
        charm = build_charm(tmp_path / f"{name}.charm", payload=name.encode())
        publish = ("publish", charm, "--channel", "latest/edge", "-vv")
        with bad_stream() as stream:
            code = ended(*publish, stderr=stream, variables={"CRAFT_STORE_PROGRESS": reporter})
        assert code == ExitCode.DONE
        assert "latest/edge: released" in capsys.readouterr().out
        assert released(logged_in) == {"latest/edge": number}


def test_an_error_that_cannot_be_told_keeps_its_code(
    ended: Callable[..., int], bad_stream: TextIO | None
) -> None:
    """Also one of the usage, and the trace of -vv."""
    codes = {
        ended(*arguments, stderr=bad_stream)
        for arguments in (
            ("whoami", "--store", "no-such-store", "-vv"),
            ("no-such-command",),
            ("config", "no-such-command", "--format", "json"),
        )
    }
    assert codes == {ExitCode.USAGE}


def test_a_warning_that_cannot_be_told_changes_nothing(
    ended: Callable[..., int],
    bad_stream: TextIO | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Such as that of a plugin that is broken."""
    info = tmp_path / "broken-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: broken\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[craft_store.plugins]\nbroken = no_such_module\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    variables = {"CRAFT_STORE_STRICT_PLUGINS": "0"}
    assert ended("stores", variables=variables) == ExitCode.DONE
    assert "no_such_module" in capsys.readouterr().err
    assert ended("stores", stderr=bad_stream, variables=variables) == ExitCode.DONE
    assert "charmhub" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["publish", "--help"],
        ["completion", "bash"],
        ["plugins", "list"],
        ["plugins", "list", "--format", "json"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize(
    ("stream", "code", "why"),
    [
        ("full", ExitCode.RESULT_NOT_WRITTEN, errno.ENOSPC),
        ("missing", ExitCode.RESULT_NOT_WRITTEN, errno.EBADF),
        ("unread", ExitCode.PIPE_CLOSED, None),
    ],
)
def test_a_result_that_cannot_be_written_has_codes_of_its_own(
    ended: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    stream: str,
    code: int,
    why: int | None,
) -> None:
    """The error says that the work is done, and why its result is lost."""
    with BAD_STREAMS[stream]() as stdout:
        assert ended(*arguments, stdout=stdout) == code
    told = capsys.readouterr().err
    if why is None:
        assert not told
    else:
        assert told.startswith("error: The command succeeded")
        assert f"  why: {os.strerror(why)}" in told


@pytest.mark.parametrize("format_", ["table", "json"])
def test_a_result_that_is_lost_was_no_less_published(
    logged_in: Any, tmp_path: Path, ended: Callable[..., int], format_: str
) -> None:
    """What was to be done is done before anything is written; a plan does nothing."""
    from craft_store_sandbox import build_charm

    logged_in.ok("register", "acme-web")
    charm = build_charm(tmp_path / "plain.charm")
    publish = ("publish", charm, "--channel", "latest/edge", "--format", format_)
    with full() as stdout:
        assert ended(*publish, "--dry-run", stdout=stdout) == ExitCode.RESULT_NOT_WRITTEN
    assert released(logged_in) == {}
    with full() as stdout:
        assert ended(*publish, stdout=stdout) == ExitCode.RESULT_NOT_WRITTEN
    assert released(logged_in) == {"latest/edge": 1}


@pytest.mark.usefixtures("logged_in")
def test_an_answer_of_the_api_follows_the_same_rules(ended: Callable[..., int]) -> None:
    """It is a result as any other."""
    with full() as stdout:
        code = ended("api", "GET", "/v1/tokens/whoami", stdout=stdout)
    assert code == ExitCode.RESULT_NOT_WRITTEN


def test_a_failure_keeps_its_code_whether_its_json_can_be_written_or_not(
    craft_store: Any, ended: Callable[..., int], bad_stream: TextIO | None
) -> None:
    """The codes that say that a result is lost are for success alone."""
    arguments = ("whoami", "--store", "charmhub", "--format", "json")
    told = craft_store.run(*arguments).error["exit-code"]
    assert ended(*arguments, stdout=bad_stream) == told == ExitCode.AUTHENTICATION


def test_the_answers_of_a_completion_follow_the_same_rules(
    ended: Callable[..., int], bad_stream: TextIO | None
) -> None:
    """They are written by click, which ends the program itself."""
    variables = {
        "_CRAFT_STORE_COMPLETE": "bash_complete",
        "COMP_WORDS": "craft-store pub",
        "COMP_CWORD": "1",
    }
    assert ended(variables=variables) == ExitCode.DONE
    assert ended(variables=variables, stdout=bad_stream) in {
        ExitCode.RESULT_NOT_WRITTEN,
        ExitCode.PIPE_CLOSED,
    }


@pytest.mark.usefixtures("at_sandbox")
def test_a_question_needs_standard_input(
    ended: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    """Where there is none, nobody can be asked; a dash for it is an error in words."""
    assert ended("unregister", "acme-web", stdin=None) == ExitCode.USAGE
    assert "--yes" in capsys.readouterr().err
    for arguments in (
        ("login", "--email", "jo@example.com", "--password-file", "-"),
        ("auth", "import"),
        ("api", "POST", "/v1/charm", "--data", "-"),
    ):
        assert ended(*arguments, stdin=None) == ExitCode.USAGE
        assert "Standard input cannot be read" in capsys.readouterr().err


@pytest.mark.usefixtures("at_sandbox")
def test_input_that_is_no_text_is_an_error_in_words(
    ended: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The bytes of another encoding, say."""
    (tmp_path / "input").write_bytes(b"\xff\xfe\n")
    with (tmp_path / "input").open(encoding="utf-8") as stdin:
        assert ended("api", "POST", "/v1/charm", "--data", "-", stdin=stdin) == ExitCode.USAGE
    assert "Standard input cannot be read" in capsys.readouterr().err


# What only a process of its own can show: its exit, its descriptors.


def redirected(
    program: Any, redirections: str, *arguments: object
) -> subprocess.CompletedProcess[str]:
    """Run ``craft-store`` with redirections in the notation of a shell."""
    return subprocess.run(
        ["sh", "-c", f'exec "$@" {redirections}', "sh", *PROGRAM, *map(str, arguments)],
        env=program.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd=program.folder,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize(
    ("redirections", "arguments", "code"),
    [
        (">/dev/full", "--version", ExitCode.RESULT_NOT_WRITTEN),
        (">&-", "--version", ExitCode.RESULT_NOT_WRITTEN),
        ("2>/dev/full", "--version", ExitCode.DONE),
        ("2>/dev/full", "whoami --store no-such-store", ExitCode.USAGE),
        ("2>&-", "whoami --store no-such-store", ExitCode.USAGE),
        ("<&-", "whoami --store charmhub", ExitCode.AUTHENTICATION),
        (">/dev/full 2>&1", "--version", ExitCode.RESULT_NOT_WRITTEN),
        ("<&- >&- 2>&-", "--version", ExitCode.RESULT_NOT_WRITTEN),
    ],
)
def test_the_interpreter_has_nothing_to_add_at_its_exit(
    craft_store: Any, redirections: str, arguments: str, code: int
) -> None:
    """Python writes what is left once more, and its own exit code is 120 when that fails."""
    done = redirected(craft_store, redirections, *arguments.split())
    assert done.returncode == code, done
    assert "Exception ignored" not in done.stderr
    assert "Traceback" not in done.stderr


LONG = """
from craft_store_core.plugins import *
from dataclasses import dataclass
import click

@hookimpl
def craft_store_commands():
    yield CommandOffer("long", "Is longer than any pipe", load=lambda: command)

@dataclass(frozen=True)
class Long(CommandResult):
    def lines(self):
        return ["x" * 99] * 20_000

@click.command("long")
def command():
    return Long()
"""


def test_a_reader_that_goes_away_in_the_middle(plugin_site: Any) -> None:
    """What it wanted it has got; the program ends without a word, as others do."""
    plugin_site.add("long", LONG)
    program = """
        import subprocess, sys
        program = [sys.executable, "-c", "from craft_store_core.cli import main; main()", "long"]
        with subprocess.Popen(program, stdout=subprocess.PIPE) as process:
            assert process.stdout.read(1) == b"x"
            process.stdout.close()
        print(process.returncode)
        """
    done = plugin_site.python(program)
    assert (done.stdout, done.stderr) == (f"{ExitCode.PIPE_CLOSED.value}\n", "")


@pytest.mark.parametrize(
    ("redirections", "code"),
    [("<&- >&- 2>&-", ExitCode.RESULT_NOT_WRITTEN), ("<&- 2>&-", ExitCode.DONE)],
)
def test_files_do_not_take_the_place_of_streams(
    craft_store: Any, redirections: str, code: int
) -> None:
    """A file that is opened while 0, 1 or 2 is free gets nothing that was not meant for it."""
    done = redirected(craft_store, redirections, "config", "set", "store", "charmhub", "-vv")
    assert done.returncode == code
    path = craft_store.folder / "config" / "craft-store" / "config.toml"
    assert path.read_text() == 'store = "charmhub"\n'


def test_a_locale_without_letters(craft_store: Any, tmp_path: Path) -> None:
    """A name that the locale cannot spell is escaped, and no reason to fail."""
    from craft_store_sandbox import build_charm

    build_charm(tmp_path / "wéb-京.charm")
    # Else Python takes UTF-8 in the locale C.
    locale = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    craft_store.environment.update(locale)
    for format_ in ("table", "json"):
        planned = redirected(
            craft_store, "", "publish", "wéb-京.charm", "--store", "charmhub", "--format", format_
        )
        assert planned.returncode == ExitCode.AUTHENTICATION, planned
        assert "Traceback" not in planned.stderr
    missing = redirected(craft_store, "", "publish", "wéb.charm", "--store", "charmhub")
    assert missing.returncode == ExitCode.USAGE
    assert "w\\udcc3\\udca9b.charm" in missing.stderr
