"""Charm libraries on disk and the rules for publishing them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from craft_store_charmhub import Library, LibraryFile, library_hash
from craft_store_charmhub.library_files import check_library_name
from craft_store_core.errors import ArtifactError, InvalidNameError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = '"""Tea."""\n\nLIBID = "abc123"\nLIBAPI = 1\nLIBPATCH = 4\n\nprint("tea")\n'


def tip(api: int, patch: int, source: str) -> Library:
    return Library("abc123", "tea", "teapot", api, patch, library_hash(source))


def library(patch: int, source: str = SOURCE) -> LibraryFile:
    return LibraryFile("abc123", 1, patch, source)


def test_the_hash_is_that_of_the_lines_that_matter() -> None:
    """Id and version do not count, nor does how lines end."""
    wanted = hashlib.sha256(b'"""Tea."""\n\n\nprint("tea")\n').hexdigest()
    assert library_hash(SOURCE) == wanted
    assert library_hash(SOURCE.replace("\n", "\r\n").encode()) == wanted
    assert library_hash(SOURCE.replace("LIBPATCH = 4", "LIBPATCH = 5")) == wanted
    assert library_hash(SOURCE.replace("tea", "coffee")) != wanted
    assert library_hash(SOURCE.replace("LIBAPI", "    LIBAPI")) != wanted


def test_the_hash_of_a_known_library() -> None:
    """A value that the store's own protocol description gives for such a module."""
    source = '"""Client."""\nLIBID = "x"\nLIBAPI = 0\nLIBPATCH = 1\n'
    assert library_hash(source).startswith("84bf1db36c417c5db7d9f1734f95f921")


@pytest.mark.parametrize("separator", ["\r", "\f", "\x1c", "\u2028"])
def test_only_line_feeds_end_lines(separator: str) -> None:
    """What other characters set apart is no line of its own: it counts."""
    body = f"x{separator}LIBPATCH = 4\n"
    assert library_hash(body) == hashlib.sha256(body.encode()).hexdigest()


@given(st.text(), st.integers(0, 99))
def test_renumbering_never_changes_the_hash(body: str, patch: int) -> None:
    """Whatever the module holds."""
    assert library_hash(f"LIBPATCH = {patch}\n{body}") == library_hash(body)


def test_a_library_is_read(tmp_path: Path) -> None:
    """Id and version are constants of the module."""
    file = tmp_path / "tea.py"
    file.write_text(SOURCE)
    found = LibraryFile.read(file)
    assert (found.library_id, found.api, found.patch) == ("abc123", 1, 4)
    assert found.content == SOURCE
    assert found.hash == library_hash(SOURCE)


@pytest.mark.parametrize(
    "source",
    [
        "",
        SOURCE.replace('LIBID = "abc123"', ""),
        SOURCE.replace('"abc123"', "7"),
        SOURCE.replace('"abc123"', '""'),
        SOURCE.replace("LIBAPI = 1", 'LIBAPI = "1"'),
        SOURCE.replace("LIBAPI = 1", "LIBAPI = True"),
        SOURCE.replace("LIBPATCH = 4", "LIBPATCH = -4"),
        SOURCE.replace("LIBPATCH = 4", "a.LIBPATCH = 4"),
        SOURCE.replace("LIBAPI = 1", "LIBAPI = 0").replace("LIBPATCH = 4", "LIBPATCH = 0"),
    ],
)
def test_a_library_without_id_or_version_is_refused(tmp_path: Path, source: str) -> None:
    """The three lines are named."""
    file = tmp_path / "tea.py"
    file.write_text(source)
    with pytest.raises(ArtifactError) as caught:
        LibraryFile.read(file)
    assert caught.value.why is not None
    assert "LIBID" in caught.value.why


@pytest.mark.parametrize("content", [b"def (", b"\xff\xfe", b"a = \x00", b"(" * 100_000])
def test_what_is_no_python_module_is_refused(tmp_path: Path, content: bytes) -> None:
    """It is an error of the file, not of the program."""
    file = tmp_path / "tea.py"
    file.write_bytes(content)
    with pytest.raises(ArtifactError, match=r"tea\.py cannot be read"):
        LibraryFile.read(file)


def test_a_missing_library_is_named(tmp_path: Path) -> None:
    """The reason is the system's."""
    with pytest.raises(ArtifactError) as caught:
        LibraryFile.read(tmp_path / "gone.py")
    assert caught.value.why == "No such file or directory"


def test_a_library_that_the_store_does_not_have_is_published() -> None:
    """Whatever its version is."""
    assert library(9).must_be_published(None)


def test_a_library_that_the_store_has_is_not_published_again() -> None:
    """Nothing to do is no error."""
    assert not library(4).must_be_published(tip(1, 4, SOURCE))


def test_the_next_version_with_a_change_is_published() -> None:
    """As the rules want it."""
    assert library(5).must_be_published(tip(1, 4, "other"))


@pytest.mark.parametrize(
    ("patch", "source", "why", "advice"),
    [
        (3, "other", "newer", "Fetch"),
        (3, SOURCE, "newer", "Fetch"),
        (4, "other", "other content", "LIBPATCH to 5"),
        (5, SOURCE, "Only its version", "LIBPATCH back to 4"),
        (6, "other", "next version is 1.5", "LIBPATCH to 5"),
        (6, SOURCE, "Only its version", "LIBPATCH back to 4"),
    ],
)
def test_other_versions_are_refused_with_advice(
    patch: int, source: str, why: str, advice: str
) -> None:
    """Too old, not renumbered, renumbered without a change, or too far."""
    with pytest.raises(UsageError, match=rf"1\.{patch} of tea") as caught:
        library(patch, source).must_be_published(tip(1, 4, SOURCE))
    assert caught.value.why is not None
    assert why in caught.value.why
    assert caught.value.advice is not None
    assert advice in caught.value.advice


def test_library_names_are_names_of_modules() -> None:
    """Also a newline at the end is found."""
    assert check_library_name("http_client2") == "http_client2"
    for name in ("", "Tea", "2tea", "tea-pot", "tea\n", "_tea"):
        with pytest.raises(InvalidNameError):
            check_library_name(name)
