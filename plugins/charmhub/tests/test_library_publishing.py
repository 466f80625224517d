"""Publishing the charm libraries of a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from craft_store_charmhub.library_folder import LibraryFolder
from craft_store_charmhub.library_publishing import LibraryPublication
from craft_store_charmhub.library_references import LibraryReference
from craft_store_core.errors import ArtifactError, NotFoundError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from craft_store_charmhub import CharmhubEndpoints
    from craft_store_core.testing.scripted import ScriptedServer


@pytest.fixture
def publish(charmhub: CharmhubEndpoints, charm_folder: Path) -> Callable[..., list[str]]:
    """Publish libraries of the folder; returns what became of each."""

    def run(*texts: str, **options: Any) -> list[str]:
        publication = LibraryPublication(
            charmhub, LibraryFolder(charm_folder), options.pop("charm", "teapot"), **options
        )
        plan = publication.plan([LibraryReference.parse(text) for text in texts])
        return [f"{item.reference} {item.status}" for item in publication.carry_out(plan)]

    return run


@pytest.fixture
def write(charm_folder: Path, shelf: Any) -> Callable[..., Path]:
    """Write a library of ``teapot`` into the folder."""

    def run(patch: int, body: str = "", *, name: str = "tea", api: int = 0) -> Path:
        file = charm_folder / "lib" / "charms" / "teapot" / f"v{api}" / f"{name}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(shelf.source(patch, body, name=name, api=api))
        return file

    return run


def test_all_libraries_of_the_charm_are_published(
    publish: Any, write: Any, shelf: Any, scripted_server: ScriptedServer
) -> None:
    """New ones and changed ones; not those of other charms, nor what the store has."""
    other = write(1).parents[2] / "kettle" / "v0"
    other.mkdir(parents=True)
    (other / "heat.py").write_text("not looked at")
    write(4, name="cup")
    write(3, name="lid")
    shelf.lists(shelf.row(4, name="cup"), shelf.row(2, name="lid"))
    shelf.takes(3, name="lid")
    shelf.takes(1)
    assert publish() == [
        "teapot.cup@0 current",
        "teapot.lid@0 published",
        "teapot.tea@0 published",
    ]
    search, lid, _ = scripted_server.requests
    assert search.json() == [
        {"library-id": f"{name}-id", "api": 0} for name in ("cup", "lid", "tea")
    ]
    row = shelf.row(3, name="lid")
    assert lid.json() == {
        "api": 0, "patch": 3, "content": shelf.source(3, name="lid"), "hash": row["hash"]
    }  # fmt: skip
    assert lid.headers["Authorization"] == "Macaroon token-of-jo"


def test_one_library_is_published_in_all_its_versions_or_in_one(
    publish: Any, write: Any, shelf: Any
) -> None:
    """Named twice is meant once; each API has its own tip."""
    write(4)
    write(1, api=1)
    write(1, name="cup")
    shelf.lists(shelf.row(4), shelf.row(1, api=1))
    assert publish("teapot.tea", "charms.teapot.v1.tea") == [
        "teapot.tea@0 current",
        "teapot.tea@1 current",
    ]
    shelf.lists(shelf.row(4))
    assert publish("teapot.tea@0") == ["teapot.tea@0 current"]


def test_nothing_is_sent_unless_all_can_be(
    publish: Any, write: Any, shelf: Any, scripted_server: ScriptedServer
) -> None:
    """Each fault is told, with what to do about it."""
    write(1)
    write(4, "mine", name="cup")
    write(9, name="lid")
    shelf.lists(shelf.row(4, name="cup"), shelf.row(2, name="lid"))
    with pytest.raises(UsageError, match="2 libraries cannot be published") as e:
        publish()
    for text in ("of cup", "LIBPATCH to 5", "of lid", "LIBPATCH to 3"):
        assert text in (e.value.why or "")
    assert len(scripted_server.requests) == 1


def test_one_fault_is_told_as_it_is(publish: Any, write: Any, shelf: Any) -> None:
    """Without words about several."""
    write(4, "mine")
    shelf.lists(shelf.row(4))
    with pytest.raises(UsageError, match=r"Version 0\.4 of tea cannot be published"):
        publish()


def test_an_id_of_another_library_is_refused(publish: Any, write: Any, shelf: Any) -> None:
    """The store would put the content under the other name."""
    write(5)
    shelf.lists({**shelf.row(4), "library-name": "coffee"})
    with pytest.raises(UsageError, match=r"belongs to teapot\.coffee") as caught:
        publish()
    assert "register" in (caught.value.advice or "")


def test_two_libraries_with_one_id_are_refused(publish: Any, write: Any) -> None:
    """One file was copied from the other; nobody is asked."""
    copy = write(1, name="copy")
    copy.write_text(write(1).read_text())
    with pytest.raises(UsageError, match="copy and tea have the same LIBID"):
        publish()


def test_an_id_that_the_store_does_not_know(publish: Any, write: Any, shelf: Any) -> None:
    """The store's refusal is told in terms of the file, with its request id and entries."""
    write(1)
    shelf.lists()
    shelf.takes(1, status=404)
    with pytest.raises(NotFoundError, match=r"v0/tea\.py cannot be published") as caught:
        publish()
    assert "LIBID" in (caught.value.why or "")
    assert caught.value.codes == ("resource-not-found",)


def test_a_file_in_the_wrong_place_is_refused(publish: Any, write: Any) -> None:
    """The number in the path is what importers rely on."""
    file = write(1)
    file.write_text(file.read_text().replace("LIBAPI = 0", "LIBAPI = 1"))
    with pytest.raises(ArtifactError, match="sets LIBAPI = 1") as caught:
        publish()
    assert "API 0" in (caught.value.why or "")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("kettle.tea", "not a library of teapot"),
        ("teapot.tea@0.1", "contains a patch"),
        ("teapot.cup", "is not in"),
        ("teapot.tea@3", "is not in"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_a_request(
    publish: Any, write: Any, text: str, message: str
) -> None:
    """Another charm's, a patch, what is not there."""
    write(1)
    with pytest.raises(UsageError, match=message) as caught:
        publish(text)
    assert caught.value.why
    assert caught.value.advice


def test_a_folder_without_libraries_of_the_charm(publish: Any, write: Any) -> None:
    """It is more likely the wrong folder than a wish to publish nothing."""
    write(1)
    with pytest.raises(UsageError, match="no libraries of kettle"):
        publish(charm="kettle")


def test_rows_that_cannot_be_read_are_heard_of(publish: Any, write: Any, shelf: Any) -> None:
    """They are not hidden."""
    heard: list[int] = []
    write(7)
    shelf.lists(shelf.row(7), {"odd": 1})
    publish(listen=lambda rows: heard.append(len(rows.unreadable)))
    assert heard == [1]
