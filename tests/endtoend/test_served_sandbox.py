"""What ``craft-store sandbox serve`` prints is enough to use it; what it is told to do, it does."""

from __future__ import annotations

import json
import re
import shlex
import signal
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from craft_store_core.errors import ExitCode
from craft_store_core.testing import SHAPES
from craft_store_core.testing.command_line import CommandLine
from craft_store_sandbox import Fault, SnapOutcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SCHEMA = Path(__file__).resolve().parents[2] / "docs" / "reference" / "json-schema.json"
LAST = "  craft-store publish my-snap.snap"


class Reader(CommandLine):
    """Somebody who does what the sandbox prints, in another terminal."""

    def __init__(self, home: Path) -> None:
        super().__init__(home, {"CRAFT_STORE_BACKEND": "file", "CRAFT_STORE_RETRIES": "0"})
        self.environment.pop("SNAPCRAFT_ADMIN_MACAROON", None)
        self.printed: list[str] = []

    @contextmanager
    def serving(self, *options: object, until: str = LAST) -> Iterator[None]:
        """Run a sandbox; note what it prints, until it has printed a text."""
        arguments = ("sandbox", "serve", "--port", "0", *options)
        with self.start(*arguments, PYTHONUNBUFFERED="1") as process:
            assert process.stdout is not None
            for line in process.stdout:
                self.printed.append(line.strip())
                if line.startswith(until):
                    break
            yield
            process.send_signal(signal.SIGINT)
            assert process.wait(60) == 0

    def export(self, line: str) -> None:
        """Do what a printed line of the shell does."""
        word, *assignments = shlex.split(line)
        assert word == "export"
        for item in assignments:
            name, _, value = item.partition("=")
            self.environment[name] = value


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    """Nobody has used the machine before."""
    home = tmp_path / "home"
    home.mkdir()
    return Reader(home)


@pytest.mark.parametrize("ports", [(), ("--split-origins",)])
def test_the_snap_store_is_used_as_printed(
    reader: Reader, snap: Callable[..., Path], ports: tuple[str, ...]
) -> None:
    """Login, a name, an upload that a person must look at, and their verdict."""
    outcome = ("--review-outcome", "weather-widget=manual-review:Uses a plug.")
    with reader.serving(*outcome, *ports):
        snaps = next(n for n, line in enumerate(reader.printed) if line.startswith("For snaps"))
        for line in reader.printed[snaps:]:
            if line.startswith("export "):
                reader.export(line)
        where = ("--url", reader.environment["CRAFT_STORE_GATEWAY_URL"]) if ports else ()
        (login,) = [line for line in reader.printed[snaps:] if "craft-store login" in line]
        (word,) = [line for line in reader.printed if line.startswith("password:")]
        (reader.folder / "password").write_text(word.partition(":")[2].strip())
        reader.ok(*shlex.split(login)[1:], "--password-file", reader.folder / "password")
        reader.ok("register", "weather-widget")
        file = snap()
        held = reader.run("publish", file, "--channel", "latest/edge")
        assert (held.code, "Uses a plug." in held.err) == (ExitCode.PENDING, True)
        reader.ok("sandbox", "review", "weather-widget", 1, "--approve", *where)
        again = reader.ok("publish", file, "--channel", "latest/edge").out
        assert "already released" in again
        status = reader.ok("status", "weather-widget").out
        assert re.search(r"latest\s+amd64\s+edge\s+1\.5\s+1", status)
        reader.ok("sandbox", "force-refresh", *where)
        assert "weather-widget" in reader.ok("names").out


def test_the_enterprise_store_is_used_as_printed(reader: Reader, snap: Callable[..., Path]) -> None:
    """Its lines are put where the program says, its macaroon is exported."""
    with reader.serving("--on-prem"):
        start = next(n for n, line in enumerate(reader.printed) if line.startswith("[stores."))
        end = next(n for n, line in enumerate(reader.printed) if line.startswith("urls ="))
        file = reader.folder / reader.ok("config", "path").out.strip()
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join(reader.printed[start : end + 1]))
        (export,) = [line for line in reader.printed if line.startswith("export ")]
        reader.export(export)
        (login,) = [line for line in reader.printed if line.startswith("craft-store login")]
        reader.ok(*shlex.split(login)[1:])
        reader.environment["CRAFT_STORE_STORE"] = "enterprise"
        reader.ok("register", "weather-widget")
        reader.ok("publish", snap(), "--channel", "latest/edge")
        status = reader.ok("status", "weather-widget").out
        assert re.search(r"latest\s+amd64\s+edge\s+1\.5\s+1", status)


@pytest.mark.parametrize("options", [(), ("--on-prem",)])
def test_what_serve_prints_as_json_keeps_to_its_schema(
    reader: Reader, options: tuple[str, ...]
) -> None:
    """In either kind; an Enterprise Store has its macaroon in it."""
    with reader.serving("--format", "json", *options, until="}"):
        result = checked("\n".join(reader.printed))
        assert ("admin-macaroon" in result) is bool(options)


def test_orders_print_what_their_schemas_say(
    reader: Reader, sandbox_factory: Callable[..., Any]
) -> None:
    """Each of the commands that change a running sandbox."""
    sandbox = sandbox_factory(control=True)
    url = ("--url", sandbox.urls.api, "--format", "json")
    for order in (
        ("force-refresh",),
        ("revoke-logins", sandbox.account.email),
        ("advance-clock", 60),
        ("set", "snaps.refresh_signal", "header"),
    ):
        checked(reader.ok("sandbox", *order, *url).out)
    refused = reader.run("sandbox", "review", "no-such-snap", 1, "--reject", *url)
    assert refused.code == ExitCode.USAGE
    assert checked(refused.out) is None


def checked(text: str) -> Any:
    """The result of a command, after its document was compared with the reference."""
    document = json.loads(text)
    jsonschema.validate(document, json.loads(SCHEMA.read_text(encoding="utf-8")))
    return document.get("result")


@pytest.mark.parametrize("shape", SHAPES)
def test_a_refusal_in_any_shape_is_told(logged_in: Any, shape: str) -> None:
    """What the body says is shown, and of an empty one the status."""
    said = "The colour of the snap is not allowed here."
    fault = Fault.shaped(shape, 400, "bad-colour", said)
    logged_in.sandbox.faults.add(fault, path="/dev/api/register-name/")
    done = logged_in.run("register", "rain-widget")

    assert done.code == ExitCode.FAILED
    assert (said if shape != "empty" else "400") in done.error["why"]
    assert logged_in.ok("register", "rain-widget")["name"] == "rain-widget"


@pytest.mark.parametrize(
    ("path", "command"),
    [
        ("/close$", ("close", "weather-widget", "edge", "--yes")),
        ("/validations$", ("gated", "weather-widget")),
        ("/validation-sets$", ("validation-sets", "list")),
        ("/channel-map$", ("status", "weather-widget")),
    ],
)
def test_a_success_that_is_no_json_is_the_stores_fault(
    logged_in: Any, path: str, command: tuple[str, ...]
) -> None:
    """It is not taken for done."""
    fault = Fault(200, {"Content-Type": "text/plain"}, b"It is done.")
    logged_in.sandbox.faults.add(fault, path=path)
    done = logged_in.run(*command)

    assert (done.code, done.error["code"]) == (ExitCode.UNAVAILABLE, "unexpected-response")


@pytest.mark.parametrize(
    "fault",
    [Fault.html(503), Fault.html(408), Fault(reset="after"), Fault(truncate=True)],
)
def test_polling_goes_on_after_a_failure(
    logged_in: Any, snap: Callable[..., Path], fault: Fault
) -> None:
    """A store that stumbles while a snap is processed costs nothing but time."""
    logged_in.sandbox.faults.add(fault, path="/builds/[0-9]+/status$")

    assert logged_in.ok("upload", snap())["revision"] == 1


def test_answers_of_other_stores_and_times(logged_in: Any, snap: Callable[..., Path]) -> None:
    """Revisions as text, an account whose snaps have no ids, history on small pages."""
    switches = logged_in.sandbox.snaps
    switches.string_revisions, switches.null_snap_ids, switches.page_size = True, True, 1
    for number in (1, 2, 3):
        file = snap(f"{number}.snap", version=f"1.{number}")
        assert logged_in.ok("upload", file, "--release", "edge")["revision"] == number

    assert [row["name"] for row in logged_in.ok("names")] == ["weather-widget"]
    assert [row["revision"] for row in logged_in.ok("revisions", "weather-widget")] == [1, 2, 3]
    assert len(logged_in.ok("release-history", "weather-widget")) == 3
    logged_in.ok("close", "weather-widget", "edge", "--yes")


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (SnapOutcome("ready_to_release"), ExitCode.DONE),
        (SnapOutcome("need_manual_review", ["Look."]), ExitCode.PENDING),
        (SnapOutcome("processing_error", ["No."]), ExitCode.REJECTED),
        (SnapOutcome("processing_error", ()), ExitCode.REJECTED),
        (SnapOutcome("processing_error", None), ExitCode.REJECTED),
        (
            SnapOutcome("processing_error", [{"code": "review-queued", "message": "Wait."}]),
            ExitCode.REJECTED,
        ),
        (SnapOutcome("processing_upload_delta_error", ["No."]), ExitCode.REJECTED),
        (SnapOutcome("error", None), ExitCode.REJECTED),
        (SnapOutcome("something_new", None, creates_revision=True), ExitCode.DONE),
    ],
)
def test_every_end_of_the_processing(
    logged_in: Any, snap: Callable[..., Path], outcome: SnapOutcome, code: ExitCode
) -> None:
    """The word decides; a new one is a success only where there is a revision and no error."""
    logged_in.sandbox.snaps.outcomes["weather-widget"] = outcome
    done = logged_in.run("upload", snap())

    assert done.code == code
    if code == ExitCode.REJECTED and outcome.errors:
        error = outcome.errors[0]
        text = error if isinstance(error, str) else error["message"]
        assert text in done.error["why"]
