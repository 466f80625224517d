"""The folder of a charm: what is found in it, asked for by it, and written to it."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from craft_store_charmhub.library_folder import LibraryFolder
from craft_store_charmhub.library_references import LibraryReference
from craft_store_charmhub.yaml_texts import LARGEST_YAML
from craft_store_core.errors import ArtifactError

if TYPE_CHECKING:
    from pathlib import Path

TEA = LibraryReference("acme-web", "tea", 0)


@pytest.fixture
def folder(tmp_path: Path) -> LibraryFolder:
    """An empty one."""
    (tmp_path / "charm").mkdir()
    return LibraryFolder(tmp_path / "charm")


def test_libraries_are_found_in_order(folder: LibraryFolder) -> None:
    """By charm, name and API; what is no library's place is left out."""
    for path in (
        "teapot/v10/tea.py",
        "teapot/v2/tea.py",
        "acme_web/v0/tea.py",
        "acme_web/v0/__init__.py",
        "acme_web/v0/Tea.py",
        "acme_web/v0/tea.txt",
        "acme_web/v00/tea.py",
        "acme_web/old/tea.py",
        "acme-web/v1/tea.py",
        "acme_web/tea.py",
    ):
        file = folder.root / "lib" / "charms" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    assert [str(item) for item in folder.found()] == [
        "acme-web.tea@0",
        "teapot.tea@2",
        "teapot.tea@10",
    ]
    assert [str(item) for item in folder.found("acme-web")] == ["acme-web.tea@0"]


def test_a_folder_without_anything(folder: LibraryFolder) -> None:
    """Has no libraries, no name, and asks for nothing."""
    assert folder.found() == folder.wanted() == []
    assert folder.charm_name() is None


def test_the_charm_is_named_in_either_file(folder: LibraryFolder) -> None:
    """charmcraft.yaml comes first; in older charms only metadata.yaml has the name."""
    (folder.root / "metadata.yaml").write_text("name: old-name\n")
    (folder.root / "charmcraft.yaml").write_text("type: charm\n")
    assert folder.charm_name() == "old-name"
    (folder.root / "charmcraft.yaml").write_text("name: acme-web\n")
    assert folder.charm_name() == "acme-web"


def test_wanted_libraries_are_read_as_they_are_written(folder: LibraryFolder) -> None:
    """A version that YAML takes for a number keeps its last zero."""
    (folder.root / "charmcraft.yaml").write_text(
        "charm-libs:\n"
        "- {lib: acme-web.http_client, version: '0'}\n"
        "- {lib: acme_web.tea, version: 0.10}\n"
        "- {lib: teapot.tea, version: 3}\n"
    )
    assert [str(item) for item in folder.wanted()] == [
        "acme-web.http_client@0",
        "acme-web.tea@0.10",
        "teapot.tea@3",
    ]


@pytest.mark.parametrize("text", ["name: acme-web\n", "charm-libs:\n", "charm-libs: []\n"])
def test_nothing_may_be_wanted(folder: LibraryFolder, text: str) -> None:
    """No key, no value, no entry."""
    (folder.root / "charmcraft.yaml").write_text(text)
    assert folder.wanted() == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("charm-libs: tea\n", "not a list"),
        ("charm-libs: [tea]\n", "does not set"),
        ("charm-libs: [{lib: acme-web.tea}]\n", "does not set"),
        ("charm-libs: [{lib: [x], version: '0'}]\n", "does not set"),
        ("charm-libs: [{lib: acme-web.tea, version: one}]\n", "'one'"),
        ("charm-libs: [{lib: ../x.tea, version: '0'}]\n", "'../x.tea'"),
        ("charm-libs: [{lib: charms.acme_web.v0.tea, version: '0'}]\n", "not a library"),
        ("charm-libs: [\n", "not valid YAML"),
        ("- charm-libs\n", "not a mapping"),
        ("[" * 10_000, "nested too deeply"),
        ("#" * (LARGEST_YAML + 1), "larger than"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(folder: LibraryFolder, text: str, why: str) -> None:
    """With what is wrong in it."""
    (folder.root / "charmcraft.yaml").write_text(text)
    with pytest.raises(ArtifactError, match=r"charmcraft\.yaml cannot be used") as caught:
        folder.wanted()
    assert why in (caught.value.why or "")


def test_a_folder_in_place_of_the_file_is_named(folder: LibraryFolder) -> None:
    """The reason is the system's."""
    (folder.root / "charmcraft.yaml").mkdir()
    with pytest.raises(ArtifactError) as caught:
        folder.charm_name()
    assert caught.value.why == "Is a directory."


def test_a_library_is_written_as_it_was_sent(folder: LibraryFolder) -> None:
    """Ends of lines and letters stay, folders are made, nothing else is left there."""
    folder.write(TEA, "é\r\n\n")
    file = folder.file(TEA)
    assert file.read_bytes() == "é\r\n\n".encode()
    assert file == folder.root / "lib" / "charms" / "acme_web" / "v0" / "tea.py"
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such modes")
def test_a_new_file_has_the_mode_of_new_files_and_an_old_one_keeps_its_own(
    folder: LibraryFolder,
) -> None:
    """The umask decides for the first; a person's choice stays."""
    (folder.root / "other").touch()
    usual = stat.S_IMODE((folder.root / "other").stat().st_mode)
    folder.write(TEA, "1")
    file = folder.file(TEA)
    assert stat.S_IMODE(file.stat().st_mode) == usual
    file.chmod(0o755)
    folder.write(TEA, "2")
    assert (stat.S_IMODE(file.stat().st_mode), file.read_text()) == (0o755, "2")


def test_a_file_that_cannot_be_written_stays_as_it_was(folder: LibraryFolder) -> None:
    """The error names it, and no half of a file is left."""
    file = folder.file(TEA)
    file.mkdir(parents=True)
    with pytest.raises(ArtifactError, match=r"tea\.py cannot be written"):
        folder.write(TEA, "x")
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize("place", ["lib", "lib/charms", "lib/charms/acme_web"])
def test_a_link_does_not_lead_out(folder: LibraryFolder, tmp_path: Path, place: str) -> None:
    """What comes from a store is written into the folder that was named, and nowhere else."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    link = folder.root / place
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(elsewhere)
    with pytest.raises(ArtifactError, match="is not in") as caught:
        folder.write(TEA, "x")
    assert caught.value.advice is not None
    assert "--folder" in caught.value.advice
    assert list(elsewhere.iterdir()) == []


def test_a_link_inside_of_the_folder_is_followed(folder: LibraryFolder) -> None:
    """Where it ends is what counts."""
    (folder.root / "shared").mkdir()
    (folder.root / "lib").symlink_to("shared")
    folder.write(TEA, "x")
    assert (folder.root / "shared" / "charms" / "acme_web" / "v0" / "tea.py").read_text() == "x"
