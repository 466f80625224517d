"""``craft-store libraries``, from its arguments to output and exit code."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from craft_store_charmhub import LibraryFile
from craft_store_core.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from craft_store_core.testing.scripted import ScriptedServer


def test_libraries_are_listed_in_order(
    craft_store: Callable[..., int],
    shelf: Any,
    scripted_server: ScriptedServer,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Each API of each library has a line; nobody has to be logged in."""
    shelf.lists(shelf.row(4, api=1), shelf.row(9), shelf.row(1, name="cup"), {"odd": 1})
    assert craft_store("libraries", "list", "teapot", CRAFT_STORE_CREDENTIALS="") == ExitCode.DONE
    out, err = capsys.readouterr()
    assert [line.split()[:3] for line in out.splitlines()[-3:]] == [
        ["cup", "0", "1"],
        ["tea", "0", "9"],
        ["tea", "1", "4"],
    ]
    assert "could not be read" in err
    assert scripted_server.requests[0].json() == [{"charm-name": "teapot"}]


def test_libraries_are_listed_as_json(
    craft_store: Callable[..., int], shelf: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the form of the wire."""
    shelf.lists(shelf.row(4, api=1))
    assert craft_store("libraries", "list", "teapot", "--format", "json") == ExitCode.DONE
    (library,) = json.loads(capsys.readouterr().out)["result"]
    assert (library["library-name"], library["api"]) == ("tea", 1)


def test_a_charm_without_libraries_says_so(
    craft_store: Callable[..., int], shelf: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """On standard error; there is no data."""
    shelf.lists()
    assert craft_store("libraries", "list", "teapot") == ExitCode.DONE
    out, err = capsys.readouterr()
    assert out == ""
    assert "teapot has no libraries." in err


def test_an_unknown_charm_has_its_exit_code(
    craft_store: Callable[..., int], shelf: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """The store's text about ids is not what the user sees first."""
    shelf.knows_not_all()
    assert craft_store("libraries", "list", "nobody") == ExitCode.NOT_FOUND
    assert "did not find one of the charms" in capsys.readouterr().err


@pytest.fixture
def tea(charm_folder: Path, shelf: Any) -> Path:
    """Version 0.1 of ``teapot.tea`` in the folder."""
    file = charm_folder / "lib" / "charms" / "teapot" / "v0" / "tea.py"
    file.parent.mkdir(parents=True)
    file.write_text(shelf.source(1))
    return file


@pytest.fixture
def in_folder(
    craft_store: Callable[..., int], charm_folder: Path, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, Any, str]]:
    """Run a command on the folder; returns exit code, JSON and standard error."""

    def run(name: str, *arguments: str, **variables: str) -> tuple[int, Any, str]:
        status = craft_store(
            "libraries", name, *arguments, "--folder", str(charm_folder), "--format", "json",
            **variables,
        )  # fmt: skip
        out, err = capsys.readouterr()
        return status, json.loads(out), err

    return run


def test_what_was_found_and_kept_is_no_error(in_folder: Any, shelf: Any, tea: Path) -> None:
    """Somebody works on it; the others are updated."""
    tea.write_text(shelf.source(1, "mine"))
    shelf.lists(shelf.row(1))
    status, document, _ = in_folder("fetch", CRAFT_STORE_CREDENTIALS="")
    assert status == ExitCode.DONE
    (row,) = document["result"]["libraries"]
    assert row == {
        "charm-name": "teapot",
        "library-name": "tea",
        "library-id": "tea-id",
        "api": 0,
        "patch": 1,
        "local-patch": 1,
        "file": "lib/charms/teapot/v0/tea.py",
        "status": "kept",
        "why": "it differs from the store's 0.1",
    }


def test_what_was_named_and_kept_is_an_error(in_folder: Any, shelf: Any, tea: Path) -> None:
    """Of usage when that was all, of a part when another one is as it should be."""
    tea.write_text(shelf.source(1, "mine"))
    shelf.lists(shelf.row(1))
    status, document, err = in_folder("fetch", "teapot.tea")
    assert (status, document["error"]["code"]) == (ExitCode.USAGE, "library-changed")
    assert [row["status"] for row in document["result"]["libraries"]] == ["kept"]
    assert "--force" in err
    shelf.lists(shelf.row(1), shelf.row(1, name="cup"))
    shelf.sends(1, name="cup")
    status, document, err = in_folder("fetch", "teapot.tea", "teapot.cup")
    assert (status, document["error"]["code"]) == (ExitCode.PARTIAL, "libraries-incomplete")
    assert [row["status"] for row in document["result"]["libraries"]] == ["kept", "fetched"]


def test_a_dry_run_of_fetch_writes_nothing(in_folder: Any, shelf: Any, tea: Path) -> None:
    """It tells the same story beforehand."""
    shelf.lists(shelf.row(3), shelf.row(1, name="cup"))
    shelf.sends(1)
    status, document, _ = in_folder("fetch", "teapot.tea", "teapot.cup", "--dry-run")
    assert status == ExitCode.DONE
    assert document["result"]["dry-run"] is True
    rows = document["result"]["libraries"]
    assert [row["status"] for row in rows] == ["to-update", "to-fetch"]
    assert list(tea.parent.iterdir()) == [tea]


def test_nothing_to_fetch_says_so(in_folder: Any) -> None:
    """In words; it is no failure."""
    status, document, err = in_folder("fetch")
    assert (status, document["result"]["libraries"]) == (ExitCode.DONE, [])
    assert "no charm-libs" in err


@pytest.mark.parametrize(
    ("local", "options", "text"),
    [
        (None, (), "fetched 0.3"),
        (None, ("--dry-run",), "would fetch 0.3"),
        (1, (), "updated 0.1 to 0.3"),
        (1, ("--dry-run",), "would update 0.1 to 0.3"),
        (3, (), "already 0.3"),
        (
            "mine",
            ("--force",),
            "updated a changed file to 0.3, replaced changes: it cannot be read as a charm",
        ),
        ("mine", (), "not replaced: it cannot be read as a charm library"),
    ],
)
def test_fetch_says_what_became_of_each_library(
    craft_store: Callable[..., int],
    shelf: Any,
    tea: Path,
    charm_folder: Path,
    capsys: pytest.CaptureFixture[str],
    local: Any,
    options: tuple[str, ...],
    text: str,
) -> None:
    """A line for each, with its file."""
    if local is None:
        tea.unlink()
    else:
        tea.write_text(local if local == "mine" else shelf.source(local))
    shelf.lists(shelf.row(3))
    if local == 1:
        shelf.sends(1)
    if "--dry-run" not in options and "not replaced" not in text and local != 3:
        shelf.sends(3)
    craft_store("libraries", "fetch", "teapot.tea", "--folder", str(charm_folder), *options)
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(f"lib/charms/teapot/v0/tea.py: {text}")


def test_the_first_refusal_after_a_success_is_partial(
    in_folder: Any, shelf: Any, tea: Path
) -> None:
    """What is done and what is not is told beside the store's words."""
    cup = tea.with_name("cup.py")
    cup.write_text(shelf.source(1, name="cup"))
    shelf.lists()
    shelf.takes(1, name="cup")
    shelf.takes(1, status=404)
    status, document, err = in_folder("publish")
    assert (status, document["error"]["code"]) == (ExitCode.PARTIAL, "libraries-incomplete")
    rows = document["result"]["libraries"]
    assert [(row["library-name"], row["status"]) for row in rows] == [
        ("cup", "published"),
        ("tea", "to-publish"),
    ]
    assert "Run the same command again" in err


def test_a_refusal_at_the_beginning_is_the_stores(in_folder: Any, shelf: Any, tea: Path) -> None:
    """With its own exit code: what the store had before is nothing that was done."""
    cup = tea.with_name("cup.py")
    cup.write_text(shelf.source(1, name="cup"))
    shelf.lists(shelf.row(1, name="cup"))
    shelf.takes(1, status=404)
    status, document, _ = in_folder("publish")
    assert (status, document["error"]["code"]) == (ExitCode.NOT_FOUND, "not-found")
    assert [row["status"] for row in document["result"]["libraries"]] == ["current", "to-publish"]


def test_a_dry_run_of_publish_sends_nothing(
    in_folder: Any, shelf: Any, tea: Path, scripted_server: ScriptedServer
) -> None:
    """It has asked what the store has; nobody needs to be logged in for that."""
    shelf.lists()
    status, document, _ = in_folder("publish", "--dry-run", CRAFT_STORE_CREDENTIALS="")
    assert status == ExitCode.DONE
    (row,) = document["result"]["libraries"]
    assert (row["status"], row["hash"]) == ("to-publish", shelf.row(1)["hash"])
    assert [request.method for request in scripted_server.requests] == ["POST"]
    assert tea.read_text() == shelf.source(1)


def test_the_charm_can_be_named(in_folder: Any, shelf: Any, tea: Path, charm_folder: Path) -> None:
    """Where no file says it."""
    (charm_folder / "charmcraft.yaml").unlink()
    status, document, _ = in_folder("publish")
    assert (status, document["error"]["code"]) == (ExitCode.USAGE, "usage")
    assert "--charm" in document["error"]["advice"]
    shelf.lists(shelf.row(1))
    status, document, _ = in_folder("publish", "--charm", "teapot")
    assert (status, document["result"]["libraries"][0]["status"]) == (ExitCode.DONE, "current")
    assert in_folder("publish", "--charm", "../teapot")[0] == ExitCode.USAGE
    assert tea.exists()


def test_a_new_library_is_registered_and_begun(
    in_folder: Any, scripted_server: ScriptedServer, charm_folder: Path
) -> None:
    """Its file holds the id and the first version."""
    scripted_server.expect("POST", "/v1/charm/libraries/teapot", json={"library-id": "new-id"})
    status, document, _ = in_folder("register", "teapot.tea")
    assert status == ExitCode.DONE
    file = charm_folder / "lib" / "charms" / "teapot" / "v0" / "tea.py"
    assert document["result"] == {
        "charm-name": "teapot", "library-name": "tea", "library-id": "new-id", "file": str(file)
    }  # fmt: skip
    begun = LibraryFile.read(file)
    assert (begun.library_id, begun.api, begun.patch) == ("new-id", 0, 1)
    assert scripted_server.requests[0].json() == {"library-name": "tea"}


def test_a_file_that_is_there_is_not_begun_anew(
    in_folder: Any, tea: Path, shelf: Any, scripted_server: ScriptedServer
) -> None:
    """Nothing is registered then; with --no-file only the id is wanted."""
    status, document, _ = in_folder("register", "teapot.tea")
    assert status == ExitCode.USAGE
    assert "--no-file" in document["error"]["advice"]
    scripted_server.expect("POST", "/v1/charm/libraries/teapot", json={"library-id": "new-id"})
    status, document, _ = in_folder("register", "teapot.tea", "--no-file")
    assert (status, document["result"]["file"]) == (ExitCode.DONE, None)
    assert tea.read_text() == shelf.source(1)


def test_an_id_is_told_even_if_its_file_cannot_be_written(
    in_folder: Any, scripted_server: ScriptedServer, charm_folder: Path
) -> None:
    """The store tells it once."""
    (charm_folder / "lib").write_text("in the way")
    scripted_server.expect("POST", "/v1/charm/libraries/teapot", json={"library-id": "new-id"})
    status, document, _ = in_folder("register", "teapot.tea")
    assert (status, document["error"]["code"]) == (ExitCode.USAGE, "artifact")
    assert document["result"]["library-id"] == "new-id"


@pytest.mark.parametrize("text", ["teapot.tea@1", "teapot.tea@0.1", "charms.teapot.v1.tea", "tea"])
def test_only_names_are_registered(in_folder: Any, text: str) -> None:
    """Every library begins as 0.1."""
    assert in_folder("register", text)[0] == ExitCode.USAGE


@pytest.mark.parametrize("name", ["list", "fetch", "publish", "register"])
def test_other_stores_have_no_charm_libraries(
    craft_store: Callable[..., int],
    scripted_server: ScriptedServer,
    tea: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
) -> None:
    """A store of the user's that only speaks the gateway is told from Charmhub."""
    settings = tea.with_name("config.toml")
    settings.write_text(
        '[stores.plain]\nendpoint-set = "publisher-gateway"\n'
        f'urls = {{ api = "{scripted_server.url}" }}\n'
    )
    folder = str(tea.parents[4])
    arguments = {
        "list": ("teapot",),
        "fetch": ("--folder", folder),
        "publish": ("--folder", folder),
        "register": ("teapot.cup", "--folder", folder),
    }
    status = craft_store(
        "libraries", name, *arguments[name], "--store", "plain", CRAFT_STORE_CONFIG=str(settings)
    )
    assert status == ExitCode.USAGE
    assert "does not support" in capsys.readouterr().err
    assert scripted_server.requests == []
