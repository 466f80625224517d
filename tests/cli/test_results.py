"""What a command returns, and where it is shown."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest

from craft_store_core.channels import Channel
from craft_store_core.cli.application import Application
from craft_store_core.cli.results import (
    FOR_PEOPLE,
    INLINE,
    CommandResult,
    Table,
    json_key,
    to_json,
)
from craft_store_core.errors import CraftStoreError, ErrorEntry, ExitCode
from craft_store_core.models import Base, Listing, Release, ReviewStatus, UnreadableRow

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@dataclass(frozen=True)
class Part:
    """A nested record."""

    part_name: str
    size: int | None


@dataclass(frozen=True)
class Whole(CommandResult):
    """A result of every kind of field."""

    source: Channel = field(metadata=json_key("from"))
    made_at: datetime | None
    review: ReviewStatus = field(metadata=INLINE)
    folder: Path
    parts: Sequence[Part]
    sizes: dict[str, int]
    secret: str = field(metadata=FOR_PEOPLE)

    def lines(self) -> Iterator[str]:
        yield f"from {self.source}"


@dataclass(frozen=True)
class Releases(CommandResult, document="releases"):
    """A list."""

    releases: Listing[Release]
    name: str = "acme-web"

    def table(self) -> Table:
        rows = [(item.channel, item.revision) for item in self.releases]
        return Table(("Channel", "Revision"), rows, empty=f"{self.name} has no releases.")

    def notes(self) -> tuple[str, ...]:
        return ("That is all.",)


def whole() -> Whole:
    """Return a result."""
    return Whole(
        Channel.parse("edge"),
        datetime(2026, 3, 1, 9, 15, 2, tzinfo=timezone.utc),
        ReviewStatus("up-1", "rejected", None, (ErrorEntry("bad", "It is bad."),)),
        Path("a") / "b",
        [Part("x", None), Part("y", 2)],
        {"x": 1},
        "hidden",
    )


def releases(unreadable: int = 0) -> Releases:
    """Return a list of one release, beside rows that cannot be read."""
    row = Release(Channel.parse("latest/edge"), 3, Base("ubuntu", "22.04", "amd64"))
    odd = [UnreadableRow({}, "revision: missing")] * unreadable
    return Releases(Listing([row], odd))


@pytest.fixture
def app() -> Application:
    """An application without a store."""
    return Application({"NO_COLOR": "1"})


def test_the_fields_are_the_document_in_their_order() -> None:
    """Names with hyphens, times with their zone, models as they write themselves."""
    assert json.dumps(whole().to_json()) == json.dumps(
        {
            "from": "latest/edge",
            "made-at": "2026-03-01T09:15:02+00:00",
            "upload-id": "up-1",
            "status": "rejected",
            "revision": None,
            "errors": [{"code": "bad", "message": "It is bad."}],
            "folder": "a/b",
            "parts": [{"part-name": "x", "size": None}, {"part-name": "y", "size": 2}],
            "sizes": {"x": 1},
        }
    )


def test_one_field_may_be_the_whole_document() -> None:
    """Such as a list; the other fields are for people."""
    (row,) = releases().to_json()
    assert (row["channel"], row["revision"]) == ("latest/edge", 3)


def test_what_has_no_json_form_is_an_error() -> None:
    """A defect of the command shows in its tests, and not as a text like '<object ...>'."""
    with pytest.raises(TypeError, match="object has no JSON form"):
        to_json(object())


def test_people_see_lines_table_and_notes(
    app: Application, capsys: pytest.CaptureFixture[str]
) -> None:
    """The result on standard output; remarks, and rows that were left out, beside it."""
    assert app.show(releases(unreadable=2)) == ExitCode.DONE
    out, err = capsys.readouterr()
    assert out == "Channel      Revision\nlatest/edge  3\n"
    assert "2 rows of the response could not be read" in err
    assert err.endswith("That is all.\n")
    assert app.show(whole()) == ExitCode.DONE
    assert capsys.readouterr().out == "from latest/edge\n"


def test_an_empty_table_is_a_line_beside_the_result(
    app: Application, capsys: pytest.CaptureFixture[str]
) -> None:
    """A program that reads the table sees nothing."""
    app.show(Releases(Listing()))
    out, err = capsys.readouterr()
    assert (out, err) == ("", "acme-web has no releases.\nThat is all.\n")


def test_programs_see_the_document_alone(
    app: Application, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the same remarks on standard error."""
    app.format = "json"
    app.show(releases(unreadable=1))
    out, err = capsys.readouterr()
    assert json.loads(out)["result"] == releases().to_json()
    assert "1 rows" in err
    assert "That is all." in err


@pytest.mark.parametrize("format_", ["table", "json"])
def test_nothing_is_made_that_is_not_shown(app: Application, format_: str) -> None:
    """Neither JSON for people, nor lines for programs."""

    class Strict(CommandResult):
        def lines(self) -> tuple[str, ...]:
            assert format_ == "table"
            return ()

        def to_json(self) -> Any:
            assert format_ == "json"

    app.format = format_
    assert app.show(Strict()) == ExitCode.DONE


def test_a_command_that_goes_on_yields_its_result(
    app: Application, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is shown before the command goes on."""

    def command() -> Iterator[CommandResult]:
        yield whole()
        assert capsys.readouterr().out == "from latest/edge\n"
        yield releases()

    assert app.show(command()) == ExitCode.DONE
    assert capsys.readouterr().out.startswith("Channel")


@pytest.mark.parametrize(("returned", "code"), [(None, 0), (ExitCode.PENDING, 7), ("text", 0)])
def test_a_command_without_a_result(app: Application, returned: object, code: int) -> None:
    """Returns nothing, or its exit code."""
    assert app.show(returned) == code


def test_a_result_has_an_exit_code() -> None:
    """It becomes that of the command."""

    class Pending(CommandResult):
        @property
        def exit_code(self) -> ExitCode:
            return ExitCode.PENDING

    assert Application({}).show(Pending()) == ExitCode.PENDING


@pytest.mark.parametrize("format_", ["table", "json"])
def test_what_was_done_before_a_failure_is_shown(
    app: Application, format_: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Beside the error."""
    app.format = format_
    app.record_partial(whole())
    app.report_error(CraftStoreError("It failed."))
    out, err = capsys.readouterr()
    assert "error: It failed." in err
    if format_ == "table":
        assert out == "from latest/edge\n"
    else:
        document = json.loads(out)
        assert document["error"]["message"] == "It failed."
        assert document["result"] == whole().to_json()


def test_a_report_that_fails_hides_no_result(
    app: Application, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was done is shown together with the error of the report."""

    def report(result: CommandResult) -> None:
        raise click.UsageError(f"no report of {type(result).__name__}")

    app.report = report
    with pytest.raises(click.UsageError, match="no report of Whole"):
        app.show(whole())
    app.report_error(CraftStoreError("It failed."))
    assert capsys.readouterr().out == "from latest/edge\n"
