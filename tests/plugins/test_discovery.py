"""Finding installed plugins."""

from __future__ import annotations

import importlib.metadata
import json
import sys
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from craft_store_core.plugins.discovery import GROUP, PluginEntry, discover

if TYPE_CHECKING:
    from pathlib import Path


def found(*folders: Path) -> list[PluginEntry]:
    return discover([str(folder) for folder in folders])


def agreed(folder: Path) -> set[tuple[str, str]]:
    """Return what the standard library finds in a folder."""
    seen: dict[str, importlib.metadata.Distribution] = {}
    for distribution in importlib.metadata.distributions(path=[str(folder)]):
        seen.setdefault(distribution.metadata["Name"], distribution)
    return {
        (entry.name, entry.value)
        for distribution in seen.values()
        for entry in distribution.entry_points
        if entry.group == GROUP
    }


def test_an_installed_plugin_is_found_without_importing_it(plugin_site: Any) -> None:
    """Name, target, distribution and version come from the metadata alone."""
    plugin_site.add("acme-store", "raise SystemExit('imported')", version="2.1", entry="acme")

    assert found(plugin_site.folder) == [PluginEntry("acme", "acme_store", "acme-store", "2.1")]


def test_a_program_finds_what_is_on_its_path(plugin_site: Any) -> None:
    """Without a search path, ``sys.path`` is searched as it is now."""
    plugin_site.add("acme-store", entry="acme")

    run = plugin_site.python(
        """
        import json
        from craft_store_core.plugins.discovery import discover
        print(json.dumps([vars(entry) for entry in discover() if entry.name == "acme"]))
        """
    )

    assert json.loads(run.stdout) == [
        {"name": "acme", "target": "acme_store", "distribution": "acme-store", "version": "1.0"}
    ]


def test_the_current_folder_counts_where_python_searches_it(
    plugin_site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty text on the path stands for the current folder."""
    plugin_site.add("acme")
    monkeypatch.chdir(plugin_site.folder)

    assert [entry.name for entry in discover([""])] == ["acme"]


def test_what_is_no_folder_is_passed_over(plugin_site: Any, tmp_path: Path) -> None:
    """Missing folders, files, and objects of other importers do no harm."""
    plugin_site.add("acme")
    file = tmp_path / "file.txt"
    file.write_text("no archive")
    odd: Any = [tmp_path / "missing", object(), None]

    entries = discover([str(tmp_path / "missing"), str(file), *odd, str(plugin_site.folder)])

    assert [entry.name for entry in entries] == ["acme"]


def test_metadata_that_is_no_folder_is_passed_over(plugin_site: Any) -> None:
    """Metadata that cannot be opened costs only its own plugin."""
    plugin_site.add("acme")
    (plugin_site.folder / "other-1.0.dist-info").write_text("a file, where a folder should be")

    assert [entry.name for entry in found(plugin_site.folder)] == ["acme"]


def test_an_egg_info_folder_counts(plugin_site: Any) -> None:
    """Distributions that setuptools installed or develops are found, too."""
    plugin_site.add("acme-store", suffix=".egg-info", version="0.3")

    assert found(plugin_site.folder) == [
        PluginEntry("acme-store", "acme_store", "acme-store", "0.3")
    ]


def test_the_copy_that_python_would_import_counts(plugin_site: Any, tmp_path: Path) -> None:
    """Of two copies of a distribution the first on the path wins, however its name is spelled."""
    plugin_site.add("Acme.Store", version="2.0")
    plugin_site.add("acme_store", version="1.0", folder=tmp_path / "behind")

    assert [entry.version for entry in found(plugin_site.folder, tmp_path / "behind")] == ["2.0"]
    assert [entry.version for entry in found(tmp_path / "behind", plugin_site.folder)] == ["1.0"]


def test_a_copy_without_plugins_hides_one_with_plugins(plugin_site: Any, tmp_path: Path) -> None:
    """A release that dropped its plugin is not brought back by an older one behind it."""
    plugin_site.add("acme", version="2.0", entry_points="[console_scripts]\nacme = acme:main\n")
    plugin_site.add("acme", version="1.0", folder=tmp_path / "behind")

    assert found(plugin_site.folder, tmp_path / "behind") == []


def test_names_with_hyphens_do_not_hide_each_other(plugin_site: Any) -> None:
    """Folders that an old tool named without escaping hyphens are told apart."""
    for name in ("acme-one", "acme-two"):
        plugin_site.add(name).rename(plugin_site.folder / f"{name}-1.0.dist-info")

    assert [entry.name for entry in found(plugin_site.folder)] == ["acme-one", "acme-two"]


def test_remains_of_an_interrupted_uninstall_are_passed_over(plugin_site: Any) -> None:
    """A folder that pip has put aside under a name with a tilde is not installed."""
    plugin_site.add("acme", version="2.0")
    plugin_site.add("acme", version="1.0").rename(plugin_site.folder / "~cme-1.0.dist-info")

    assert [entry.version for entry in found(plugin_site.folder)] == ["2.0"]


def test_missing_metadata_is_made_up_from_the_name_of_the_folder(plugin_site: Any) -> None:
    """A plugin without METADATA is still found and can be named."""
    (plugin_site.add("acme-store", version="1.2") / "METADATA").unlink()
    (plugin_site.add("bare") / "METADATA").write_text("\n")
    (plugin_site.folder / "bare-1.0.dist-info").rename(plugin_site.folder / "bare.dist-info")

    assert [(entry.distribution, entry.version) for entry in found(plugin_site.folder)] == [
        ("acme-store", "1.2"),
        ("bare", "unknown"),
    ]


def test_only_the_headers_of_metadata_are_read(plugin_site: Any) -> None:
    """A line of the description that looks like a header changes nothing."""
    metadata = plugin_site.add("acme") / "METADATA"
    metadata.write_text(metadata.read_text() + "\nName: other\nVersion: 9\n")

    assert found(plugin_site.folder)[0].distribution == "acme"


def zipped(path: Path, **files: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


@pytest.mark.parametrize("name", ["plugins.zip", "application"])
def test_a_plugin_inside_an_archive_is_found(tmp_path: Path, name: str) -> None:
    """A zip file on the path counts, whatever it is called: applications are packed so."""
    archive = zipped(
        tmp_path / name,
        **{
            "acme_store-3.0.dist-info/METADATA": "Name: acme-store\nVersion: 3.0\n",
            "acme_store-3.0.dist-info/entry_points.txt": f"[{GROUP}]\nacme = acme_store\n",
            "acme_other-3.0.dist-info/METADATA": "Name: acme-other\nVersion: 3.0\n",
            "acme_other-3.0.dist-info/entry_points.txt": f"[{GROUP}]\nother = acme_other\n",
            "plain-1.0.dist-info/METADATA": "Name: plain\nVersion: 1.0\n",
        },
    )

    assert found(archive) == [
        PluginEntry("acme", "acme_store", "acme-store", "3.0"),
        PluginEntry("other", "acme_other", "acme-other", "3.0"),
    ]


def test_an_archive_without_metadata_is_survived(tmp_path: Path) -> None:
    """An entry point that nobody has named the distribution of is found all the same."""
    archive = zipped(
        tmp_path / "plugins.zip",
        **{"acme-3.0.dist-info/entry_points.txt": f"[{GROUP}]\nacme = acme_store\n"},
    )

    assert found(archive) == [PluginEntry("acme", "acme_store", "unknown", "unknown")]


def test_a_damaged_archive_is_survived(tmp_path: Path) -> None:
    """Bytes that cannot be unpacked, or are no text, cost only what is in that archive."""
    archive = tmp_path / "plugins.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("acme-3.0.dist-info/METADATA", b"Name: acme\n\xff\xfe")
        file.writestr("acme-3.0.dist-info/entry_points.txt", b"\xff\xfe")

    assert found(archive) == []
    archive.write_bytes(b"PK\x03\x04 and then nothing")
    assert found(archive) == []


def test_entries_are_sorted_by_name(plugin_site: Any) -> None:
    """The order does not depend on the file system."""
    for name in ("beta", "alpha", "gamma"):
        plugin_site.add(name)

    assert [entry.name for entry in found(plugin_site.folder)] == ["alpha", "beta", "gamma"]


TEXTS = st.text(
    alphabet=st.sampled_from("[]=#;: \n\t\r.abcraft_store.plugins\x0b\x85é"), max_size=80
)


@given(text=st.one_of(TEXTS, TEXTS.map(lambda text: f"[{GROUP}]\n{text}"), st.text(max_size=80)))
@example(text=f"[{GROUP}]\n = \nno separator\nname =\n= target\n[other]\nx = y\n")
def test_no_entry_points_file_is_too_odd(plugin_site: Any, text: str) -> None:
    """Whatever stands in the file, it is read, and nothing but texts comes out."""
    info = plugin_site.folder / "acme-1.0.dist-info"
    if not info.exists():
        plugin_site.add("acme")
    (info / "entry_points.txt").write_bytes(text.encode("utf-8", "surrogatepass"))

    for entry in found(plugin_site.folder):
        assert entry.name == entry.name.strip()
        assert entry.target == entry.target.strip()


NAMES = st.text(alphabet="abcdefgh-_.0123", min_size=1, max_size=8).filter(
    lambda name: name.strip("-_.0123") == name
)
# What can be imported; some versions of the standard library's reader refuse everything else.
TARGETS = st.from_regex(r"[a-h][a-h0-9_]{0,5}(\.[a-h]{1,3})?", fullmatch=True)
LINES = st.one_of(
    st.just(""),
    st.just("# remark"),
    st.just("[console_scripts]"),
    st.just(f"[{GROUP}]"),
    st.tuples(NAMES, TARGETS).map(lambda pair: f"{pair[0]} = {pair[1]}"),
    st.tuples(NAMES, TARGETS).map(lambda pair: f"  {pair[0]}={pair[1]}:thing  "),
)


@given(lines=st.lists(LINES, max_size=8))
def test_well_formed_files_are_read_as_the_standard_library_does(
    plugin_site: Any, lines: list[str]
) -> None:
    """Where both can read a file, both find the same."""
    info = plugin_site.folder / "acme-1.0.dist-info"
    if not info.exists():
        plugin_site.add("acme")
    (info / "entry_points.txt").write_text("\n".join(lines))

    assert {(entry.name, entry.target) for entry in found(plugin_site.folder)} == agreed(
        plugin_site.folder
    )


def test_it_agrees_with_the_standard_library_on_what_is_installed_here() -> None:
    """In the environment that runs these tests, both find the same plugins and versions."""
    expected = set()
    for folder in sys.path:
        for distribution in importlib.metadata.distributions(path=[folder]):
            expected |= {
                (entry.name, entry.value, distribution.metadata["Name"], distribution.version)
                for entry in distribution.entry_points
                if entry.group == GROUP
            }

    entries = {
        (entry.name, entry.target, entry.distribution, entry.version) for entry in discover()
    }

    assert entries
    assert entries == expected


def test_a_target_may_name_an_attribute() -> None:
    """``module:attribute.attribute`` loads the attribute."""
    assert PluginEntry("x", "json", "x", "1").load() is json
    assert PluginEntry("x", "json:decoder.JSONDecoder", "x", "1").load() is json.JSONDecoder
    assert PluginEntry("x", "json : loads", "x", "1").load() is json.loads
