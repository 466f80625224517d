"""Fetching charm libraries, without losing what a person wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from craft_store_charmhub.library_errors import LibraryNotFoundError
from craft_store_charmhub.library_fetching import LibraryFetch
from craft_store_charmhub.library_folder import LibraryFolder
from craft_store_charmhub.library_references import LibraryReference
from craft_store_core.errors import ArtifactError, ExitCode, UnexpectedResponseError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from craft_store_charmhub import CharmhubEndpoints
    from craft_store_core.testing.scripted import ScriptedServer


@pytest.fixture
def fetch(charmhub: CharmhubEndpoints, charm_folder: Path) -> Callable[..., list[tuple[Any, ...]]]:
    """Fetch libraries into the folder; returns status, API and patch, and why, of each."""

    def run(*texts: str, **options: Any) -> list[tuple[Any, ...]]:
        fetching = LibraryFetch(charmhub, LibraryFolder(charm_folder), **options)
        plan = fetching.plan([LibraryReference.parse(text) for text in texts])
        return [
            (item.status, f"{item.reference.api}.{item.library and item.library.patch}", item.why)
            for item in fetching.carry_out(plan)
        ]

    return run


@pytest.fixture
def tea(charm_folder: Path) -> Path:
    """Where version 0 of ``tea`` is, or will be."""
    file = charm_folder / "lib" / "charms" / "teapot" / "v0" / "tea.py"
    file.parent.mkdir(parents=True)
    return file


def test_a_new_library_is_fetched(
    fetch: Any, shelf: Any, tea: Path, scripted_server: ScriptedServer
) -> None:
    """Exactly the version that was found, without credentials."""
    shelf.lists(shelf.row(7))
    shelf.sends(7)
    assert fetch("teapot.tea@0") == [("fetched", "0.7", None)]
    assert tea.read_text() == shelf.source(7)
    search, download = scripted_server.requests
    assert search.json() == [{"charm-name": "teapot", "library-name": "tea", "api": 0}]
    assert "Authorization" not in search.headers
    assert "Authorization" not in download.headers


def test_without_a_version_the_newest_api_is_fetched(fetch: Any, shelf: Any, tea: Path) -> None:
    """It has a file of its own beside that of the old one."""
    shelf.lists(shelf.row(9), shelf.row(1, api=1))
    shelf.sends(1, api=1)
    assert fetch("teapot.tea") == [("fetched", "1.1", None)]
    assert [file.parent.name for file in tea.parents[1].rglob("tea.py")] == ["v1"]


def test_what_is_there_already_is_not_fetched(fetch: Any, shelf: Any, tea: Path) -> None:
    """Neither once more, nor written."""
    tea.write_text(shelf.source(7))
    tea.chmod(0o444)
    shelf.lists(shelf.row(7))
    assert fetch("teapot.tea@0") == [("current", "0.7", None)]


def test_an_old_version_is_updated_if_it_is_the_stores(fetch: Any, shelf: Any, tea: Path) -> None:
    """Its hash is compared with that of the same version at the store."""
    tea.write_text(shelf.source(5))
    shelf.lists(shelf.row(7))
    shelf.sends(5)
    shelf.sends(7)
    assert fetch("teapot.tea@0") == [("updated", "0.7", None)]
    assert tea.read_text() == shelf.source(7)


def test_an_exact_version_may_be_an_older_one(fetch: Any, shelf: Any, tea: Path) -> None:
    """Who names it means it."""
    tea.write_text(shelf.source(7))
    shelf.lists(shelf.row(5))
    shelf.sends(7)
    shelf.sends(5)
    assert fetch("teapot.tea@0.5") == [("updated", "0.5", None)]
    assert tea.read_text() == shelf.source(5)


@pytest.mark.parametrize(
    ("local", "why"),
    [
        ({"patch": 7, "body": "mine"}, "it differs from the store's 0.7"),
        ({"patch": 5, "body": "mine"}, "it differs from the store's 0.5"),
        ({"patch": 8}, "the store does not have 0.8"),
        ({"patch": 7, "name": "cup"}, "its LIBID differs from the store's"),
        ({"patch": 7, "api": 1}, "it sets LIBAPI to 1"),
        (None, "it cannot be read as a charm library"),
    ],
)
def test_changes_of_a_person_are_kept(
    fetch: Any, shelf: Any, tea: Path, local: Any, why: str
) -> None:
    """Whatever was changed: content, number, identity, or everything."""
    text = "print('tea')\n" if local is None else shelf.source(**local)
    tea.write_text(text)
    shelf.lists(shelf.row(7))
    if "not have 0.8" in why:
        shelf.has_no(8)
    if "0.5" in why:
        shelf.sends(5)
    assert fetch("teapot.tea@0") == [("kept", "0.7", why)]
    assert tea.read_text() == text


def test_changes_are_replaced_when_that_is_wanted(fetch: Any, shelf: Any, tea: Path) -> None:
    """And it is said that there were any."""
    tea.write_text(shelf.source(7, "mine"))
    shelf.lists(shelf.row(7))
    shelf.sends(7)
    why = "it differs from the store's 0.7"
    assert fetch("teapot.tea@0", force=True) == [("updated", "0.7", why)]
    assert tea.read_text() == shelf.source(7)


def test_a_link_that_leads_nowhere_is_kept(fetch: Any, shelf: Any, tea: Path) -> None:
    """Somebody put it there."""
    tea.symlink_to("gone.py")
    shelf.lists(shelf.row(7))
    assert [status for status, *_ in fetch("teapot.tea@0")] == ["kept"]


@pytest.mark.parametrize(
    ("instead", "why"),
    [
        ({"content": "print('other')\n"}, "hash"),
        ({"content": None}, "did not send"),
        ({"patch": 6}, "did not send"),
        ({"api": 1}, "did not send"),
    ],
)
def test_nothing_is_written_unless_all_came_as_announced(
    fetch: Any, shelf: Any, tea: Path, instead: Any, why: str
) -> None:
    """One library that is not what the store said of it stops the others too."""
    shelf.lists(shelf.row(7), shelf.row(2, name="cup"))
    shelf.sends(2, name="cup")
    shelf.sends(7, instead=instead)
    with pytest.raises(UnexpectedResponseError, match=r"tea 0\.7 cannot be fetched") as caught:
        fetch("teapot.cup@0", "teapot.tea@0")
    assert why in (caught.value.why or "")
    assert list(tea.parent.iterdir()) == []


def test_a_hash_that_the_store_invents_is_found(fetch: Any, shelf: Any, tea: Path) -> None:
    """The content must have the hash of the listing, not only one that comes with it."""
    shelf.lists({**shelf.row(7), "hash": "f" * 64})
    shelf.sends(7)
    with pytest.raises(UnexpectedResponseError):
        fetch("teapot.tea@0")
    assert not tea.exists()


def test_each_unknown_library_is_named(
    fetch: Any, shelf: Any, scripted_server: ScriptedServer
) -> None:
    """The store fails them all together; so they are asked for one by one."""
    shelf.knows_not_all()
    shelf.lists(shelf.row(7))
    shelf.knows_not_all()
    with pytest.raises(LibraryNotFoundError, match=r"does not have teapot\.cup\.") as caught:
        fetch("teapot.tea", "teapot.cup")
    assert caught.value.exit_code is ExitCode.NOT_FOUND
    assert [len(request.json()) for request in scripted_server.requests] == [2, 1, 1]


def test_a_version_that_the_store_does_not_have(fetch: Any, shelf: Any) -> None:
    """Rows of other libraries and versions are not taken for it."""
    shelf.lists(shelf.row(7), shelf.row(9, name="cup"), {**shelf.row(8), "charm-name": "kettle"})
    with pytest.raises(LibraryNotFoundError, match=r"teapot\.tea@0\.8\."):
        fetch("teapot.tea@0.8")


def test_rows_that_cannot_be_read_are_heard_of(fetch: Any, shelf: Any) -> None:
    """The caller can say why a library seems not to be there."""
    heard: list[int] = []
    shelf.lists({"odd": 1})
    with pytest.raises(LibraryNotFoundError):
        fetch("teapot.tea", listen=lambda rows: heard.append(len(rows.unreadable)))
    assert heard == [1]


def test_two_versions_with_one_file_are_refused(fetch: Any, shelf: Any) -> None:
    """One said twice is one."""
    shelf.lists(shelf.row(7), shelf.row(5))
    with pytest.raises(UsageError, match=r"both 0\.7 and 0\.5"):
        fetch("teapot.tea@0.7", "charms.teapot.v0.tea", "teapot.tea@0.5")


def test_without_names_the_folder_says_what_is_meant(
    fetch: Any, shelf: Any, tea: Path, charm_folder: Path, scripted_server: ScriptedServer
) -> None:
    """What charmcraft.yaml wants, exactly; what else is there, within its API; no more."""
    (charm_folder / "charmcraft.yaml").write_text(
        "name: teapot\ncharm-libs: [{lib: teapot.cup, version: '1.2'}]\n"
    )
    tea.write_text(shelf.source(6))
    cup = tea.parents[1] / "v1" / "cup.py"
    cup.parent.mkdir()
    cup.write_text(shelf.source(3, name="cup", api=1))
    shelf.lists(shelf.row(2, name="cup", api=1))
    shelf.lists(shelf.row(7), shelf.row(9, api=1))
    shelf.sends(3, name="cup", api=1)
    shelf.sends(6)
    shelf.sends(2, name="cup", api=1)
    shelf.sends(7)
    assert fetch() == [("updated", "1.2", None), ("updated", "0.7", None)]
    assert cup.read_text() == shelf.source(2, name="cup", api=1)
    assert scripted_server.requests[0].json() == [
        {"charm-name": "teapot", "library-name": "cup", "api": 1, "patch": 2}
    ]
    assert scripted_server.requests[1].json() == [
        {"charm-name": "teapot", "library-name": "tea", "api": 0}
    ]


def test_a_file_that_is_no_library_of_the_stores_stays(fetch: Any, shelf: Any, tea: Path) -> None:
    """Found in the folder, unknown at the store: that is no failure."""
    tea.write_text(shelf.source(1))
    shelf.knows_not_all()
    assert fetch() == [("kept", "0.None", "the store does not have it")]


def test_an_empty_folder_asks_nobody(fetch: Any) -> None:
    """There is nothing to fetch."""
    assert fetch() == []


def test_a_place_that_cannot_be_written(fetch: Any, shelf: Any, charm_folder: Path) -> None:
    """A file in the way of a folder is named."""
    (charm_folder / "lib").write_text("in the way")
    shelf.lists(shelf.row(7))
    shelf.sends(7)
    with pytest.raises(ArtifactError, match="cannot be written"):
        fetch("teapot.tea")
