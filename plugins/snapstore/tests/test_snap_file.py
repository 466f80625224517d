"""Reading snaps: real ones, packed by mksquashfs, and files that are none."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from craft_store_core.errors import ArtifactError
from craft_store_snapstore import ComponentFile, read_component, read_snap
from craft_store_snapstore.squashfs import DamagedImageError, read_members

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

COMPONENT_YAML = "component: weather-widget+maps\ntype: standard\nversion: '3'\n"


@pytest.mark.parametrize("compression", ["xz", "gzip", "lzo", "lz4", "zstd"])
def test_every_compression_of_snaps_is_read(
    squash: Callable[..., Path], snap_yaml: str, compression: str
) -> None:
    """Also documents of several blocks, which are stored in other ways than short ones."""
    long = snap_yaml + "".join(f"# {number:060}\n" for number in range(5000))
    file = squash(
        f"{compression}.snap",
        {"meta/snap.yaml": long, "bin/program": bytes(range(256)) * 4000},
        "-comp",
        compression,
    )

    snap = read_snap(file)

    assert (snap.name, snap.version, snap.base) == ("weather-widget", "1.10", "core24")
    assert (snap.grade, snap.confinement, snap.type) == ("stable", "strict", "app")
    assert snap.architectures == ("amd64",)
    assert snap.size == file.stat().st_size


def test_uncompressed_snaps_are_read(squash: Callable[..., Path], snap_yaml: str) -> None:
    """Packers may leave blocks as they are."""
    file = squash("plain.snap", {"meta/snap.yaml": snap_yaml}, "-noI", "-noD", "-noF", "-noX")

    assert read_snap(file).name == "weather-widget"


def test_everything_a_snap_says_is_shown(squash: Callable[..., Path], snap_yaml: str) -> None:
    """Components, icon and the start of its build come from the file; nothing from its name."""
    file = squash(
        "another-name_9_riscv64.snap",
        {
            "meta/snap.yaml": snap_yaml + "components:\n  maps: {type: standard}\n  old: kernel\n",
            "meta/gui/icon.png": b"a picture",
            "snap/manifest.yaml": "snapcraft-started-at: '2027-02-01T09:30:00.123456Z'\n",
        },
    )

    snap = read_snap(file)

    assert snap.components == {"maps": "standard", "old": "kernel"}
    assert snap.icon == ("icon.png", b"a picture")
    assert snap.built_at == "2027-02-01T09:30:00.123456Z"
    assert snap.to_json() == {
        "path": str(file),
        "size": file.stat().st_size,
        "name": "weather-widget",
        "kind": "snap",
        "bases": [{"name": "", "channel": "", "architecture": "amd64"}],
        "resources": {},
        "summary": "Weather in the panel",
        "components": {"maps": "standard", "old": "kernel"},
        "version": "1.10",
        "architectures": ["amd64"],
        "base": "core24",
        "grade": "stable",
        "confinement": "strict",
        "type": "app",
        "title": "Weather Widget",
        "description": "Shows the weather.\n",
        "license": "GPL-3.0",
        "built-at": "2027-02-01T09:30:00.123456Z",
    }


def test_a_short_snap_has_defaults(squash: Callable[..., Path]) -> None:
    """What snapd assumes where nothing is said is assumed here, too."""
    text = "name: lib\narchitectures: amd64\ncomponents:\ntype: base\n"
    snap = read_snap(squash("lib.snap", {"meta/snap.yaml": text}))

    assert (snap.grade, snap.confinement, snap.type) == ("stable", "strict", "base")
    assert (snap.version, snap.base, snap.components) == (None, None, {})
    assert snap.architectures == ("amd64",)
    assert read_snap(squash("all.snap", {"meta/snap.yaml": "name: lib\n"})).architectures == (
        "all",
    )


def test_a_snap_of_many_files_is_read_without_listing_them(
    squash: Callable[..., Path], snap_yaml: str
) -> None:
    """Only the folders on the way to the metadata are looked at."""
    many = {f"usr/share/{number}/file": "x" for number in range(3000)}
    file = squash("large.snap", {"meta/snap.yaml": snap_yaml, **many})

    assert read_members(file, {"meta/snap.yaml": 10_000, "usr/share/7/file": 1}).keys() == {
        "meta/snap.yaml",
        "usr/share/7/file",
    }
    assert read_snap(file).name == "weather-widget"


def test_components_are_read(squash: Callable[..., Path]) -> None:
    """A component names the snap that it belongs to, and itself."""
    file = squash("maps.comp", {"meta/component.yaml": COMPONENT_YAML})

    assert read_component(file) == ComponentFile(
        "weather-widget", "maps", "standard", "3", file.stat().st_size
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("version: 1\n", "no 'name'"),
        ("name: [a]\n", "'name' that is not a string"),
        ("- name\n", "not a mapping"),
        ("name: [\n", "not valid YAML"),
        ("[" * 100_000, "nested too deeply"),
        (b"name: \xff\xfe\n", "not valid YAML"),
        ("name: x\narchitectures: {a: b}\n", "'architectures' that is not a list"),
        ("name: x\ncomponents: [maps]\n", "'components' that is not a mapping"),
        ("name: x\ncomponents: {maps: [a]}\n", "component 'maps' without a 'type'"),
        ("name: x\n" + "#" * (1024 * 1024), "larger than"),
    ],
)
def test_snaps_whose_metadata_cannot_be_used(
    squash: Callable[..., Path], text: str | bytes, why: str
) -> None:
    """The error names the document in the snap and what is wrong with it."""
    with pytest.raises(ArtifactError) as refusal:
        read_snap(squash("odd.snap", {"meta/snap.yaml": text}))

    assert why in str(refusal.value.why)
    assert "meta/snap.yaml" in str(refusal.value.why)


def test_images_that_are_no_snaps(squash: Callable[..., Path]) -> None:
    """A component is told from a snap, and both from anything else that was squashed."""
    component = squash("maps.comp", {"meta/component.yaml": COMPONENT_YAML})
    other = squash("other.snap", {"meta/gui/readme": "x"})
    folder = squash("folder.snap", {"meta/snap.yaml/file": "x"})
    odd = squash("odd.comp", {"meta/component.yaml": "component: maps\n"})

    for file, why in (
        (component, "a component of a snap"),
        (other, "not contain a regular file meta/snap.yaml"),
        (folder, "not contain a regular file meta/snap.yaml"),
    ):
        with pytest.raises(ArtifactError) as refusal:
            read_snap(file)
        assert why in str(refusal.value.why)
    with pytest.raises(ArtifactError, match="cannot be published"):
        read_component(other)
    with pytest.raises(ArtifactError) as refusal:
        read_component(odd)
    assert "SNAP+NAME" in str(refusal.value.why)


def test_files_that_are_no_images(tmp_path: Path) -> None:
    """Missing, empty, a folder, text: each is refused before any request, with its reason."""
    empty, text = tmp_path / "empty.snap", tmp_path / "text.snap"
    empty.touch()
    text.write_text("not a snap")

    for file, why in (
        (tmp_path / "missing.snap", "does not exist"),
        (tmp_path, "a folder"),
        (empty, "is empty"),
        (text, "not a squashfs image"),
    ):
        with pytest.raises(ArtifactError) as refusal:
            read_snap(file)
        assert why in str(refusal.value.why)


@pytest.mark.parametrize("number", [2, 77])
def test_an_unknown_compression_is_refused(
    squash: Callable[..., Path], snap_yaml: str, number: int
) -> None:
    """The number in the header decides; the old lzma (2) is none that snaps use."""
    file = squash("odd.snap", {"meta/snap.yaml": snap_yaml})
    content = bytearray(file.read_bytes())
    content[20] = number
    file.write_bytes(content)

    with pytest.raises(ArtifactError, match="cannot be read as a snap"):
        read_snap(file)


@pytest.mark.parametrize("compression", ["xz", "gzip", "lzo", "lz4", "zstd"])
def test_blocks_that_grow_too_large_are_refused(
    squash: Callable[..., Path], snap_yaml: str, compression: str
) -> None:
    """A small file cannot fill the memory: a block larger than the header says is an error."""
    members = {"meta/snap.yaml": snap_yaml + "#" * 900_000}
    file = squash("bomb.snap", members, "-comp", compression, "-b", "1M", "-no-fragments")
    content = bytearray(file.read_bytes())
    assert int.from_bytes(content[12:16], "little") == 1024 * 1024
    # The header now says that blocks have 4 KiB; what is in the file stays.
    content[12:16] = (4096).to_bytes(4, "little")
    content[22:24] = (12).to_bytes(2, "little")
    file.write_bytes(content)

    with pytest.raises(DamagedImageError):
        read_members(file, {"meta/snap.yaml": 1024 * 1024})


@settings(
    max_examples=60,
)
@given(data=st.data())
def test_damaged_snaps_are_read_or_refused(snap_file: Path, data: st.DataObject) -> None:
    """Whatever is changed or cut off, it is a snap or a clear error, never another exception."""
    content = bytearray(snap_file.read_bytes())
    used = int.from_bytes(content[40:48], "little")
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, used - 1))] = data.draw(st.integers(0, 255))
    damaged = snap_file.with_name("damaged.snap")
    damaged.write_bytes(content[: data.draw(st.integers(1, len(content)))])

    with suppress(ArtifactError):
        assert read_snap(damaged).kind == "snap"
