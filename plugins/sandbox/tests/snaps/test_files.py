"""What the store reads in snaps: real ones, damaged ones, and texts that stand for one."""

from __future__ import annotations

import shutil
import struct
import zlib
from typing import TYPE_CHECKING, Any

import pytest

from craft_store_sandbox import PackerMissingError, build_component, build_snap
from craft_store_sandbox.snaps.files import UnreadableFileError, inspect_component, inspect_snap

if TYPE_CHECKING:
    from pathlib import Path

needs_packer = pytest.mark.skipif(
    shutil.which("mksquashfs") is None, reason="needs mksquashfs, of Debian's squashfs-tools"
)
ABOUT = {
    "apps": ["weather-widget"],
    "architectures": ["amd64"],
    "base": "core24",
    "confinement": "strict",
    "description": "Shows the weather.",
    "epoch": {"read": [0], "write": [0]},
    "grade": "stable",
    "license": None,
    "summary": "Weather in the panel",
    "title": None,
    "type": "app",
    "version": "1.10",
}


@needs_packer
@pytest.mark.parametrize("compression", ["gzip", "lz4", "lzo", "xz", "zstd"])
def test_real_snaps_are_read_in_every_compression(tmp_path: Path, compression: str) -> None:
    """Also big ones; a version stays the text that it is."""
    payload = b"weather" * 500_000
    snap = build_snap(tmp_path, version="1.10", compression=compression, payload=payload)

    finding = inspect_snap(snap, "weather-widget")
    assert finding == {"errors": [], "about": ABOUT, "components": {}}


@needs_packer
def test_components_are_declared_and_name_themselves(tmp_path: Path) -> None:
    """In the snap by name and type, in the component with the snap's name."""
    snap = build_snap(tmp_path, components={"maps": "standard"})
    component = build_component(tmp_path, payload=b"x" * 10)

    assert inspect_snap(snap, "weather-widget")["components"] == {"maps": "standard"}
    assert inspect_component(component) == "weather-widget+maps"
    assert component.name == "weather-widget+maps_1.0.comp"
    with pytest.raises(UnreadableFileError, match=r"no meta/component\.yaml"):
        inspect_component(snap)


@needs_packer
def test_builds_of_the_same_content_are_the_same_bytes(tmp_path: Path) -> None:
    """So that a duplicate upload can be made."""
    one = build_snap(tmp_path / "one.snap").read_bytes()

    assert build_snap(tmp_path / "two.snap").read_bytes() == one
    assert build_snap(tmp_path / "three.snap", payload=b"3").read_bytes() != one


@needs_packer
def test_damaged_snaps_are_findings(tmp_path: Path) -> None:
    """Cut short, or with bytes turned around, anywhere: never an exception."""
    content = build_snap(tmp_path / "good.snap", payload=b"p" * 5000).read_bytes()
    file = tmp_path / "bad.snap"
    # The packer fills the last block with zeros, which nobody misses.
    for position in range(4, len(content.rstrip(b"\0")), 37):
        file.write_bytes(content[:position])
        assert inspect_snap(file, "weather-widget")["errors"]
        turned = bytearray(content)
        turned[position] ^= 0xFF
        file.write_bytes(turned)
        assert isinstance(inspect_snap(file, "weather-widget")["errors"], list)


@needs_packer
def test_a_block_that_becomes_too_large_is_a_finding(tmp_path: Path) -> None:
    """A few bytes that unpack to many are not unpacked to the end."""
    content = bytearray(build_snap(tmp_path / "good.snap", compression="gzip").read_bytes())
    bomb = zlib.compress(bytes(1_000_000))
    (table,) = struct.unpack_from("<Q", content, 48)
    struct.pack_into("<Q", content, table, len(content))
    file = tmp_path / "bomb.snap"
    file.write_bytes(bytes(content) + struct.pack("<H", len(bomb)) + bomb)

    (error,) = inspect_snap(file, "weather-widget")["errors"]
    assert "too large" in error


@needs_packer
@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"meta/meta/meta/meta/meta/x": "y"}, "contain themselves"),
        ({"meta/snap.yaml": None}, "has no meta/snap.yaml"),
        ({"meta/snap.yaml": None, "meta/snap.yaml/x": "y"}, "has no meta/snap.yaml"),
        ({"meta/snap.yaml": "#" * ((1 << 20) + 1)}, "larger than"),
    ],
)
def test_snaps_without_metadata_are_findings(
    tmp_path: Path, files: dict[str, Any], message: str
) -> None:
    """Missing, a folder, or absurdly large."""
    (error,) = inspect_snap(build_snap(tmp_path, files=files), "weather-widget")["errors"]

    assert message in error


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "other"}, "expected 'weather-widget'"),
        ({"version": None}, "Invalid version"),
        ({"version": "1 0"}, "Invalid version"),
        ({"version": "1" * 33}, "Invalid version"),
        ({"architectures": ["vax"]}, "Invalid architectures"),
        ({"architectures": {"build-on": "amd64"}}, "Invalid architectures"),
        ({"grade": "good"}, "Invalid grade"),
        ({"confinement": "none"}, "Invalid confinement"),
        ({"type": "charm"}, "Invalid type"),
        ({"epoch": "x"}, "Invalid epoch"),
        ({"epoch": ["1"]}, "Invalid epoch"),
        ({"components": ["maps"]}, "is not a mapping"),
        ({"components": {"maps": "standard"}}, "needs a type"),
    ],
)
def test_metadata_that_cannot_be_are_findings(
    tmp_path: Path, plain_snap: Any, change: dict[str, Any], message: str
) -> None:
    """One message that says what."""
    file = tmp_path / "snap.yaml"
    file.write_bytes(plain_snap(**change))

    (error,) = inspect_snap(file, "weather-widget", plain=True)["errors"]
    assert message in error


@pytest.mark.parametrize(
    ("change", "key", "value"),
    [
        ({"architectures": None}, "architectures", ["all"]),
        ({"architectures": "arm64"}, "architectures", ["arm64"]),
        ({"architectures": ["amd64", "amd64"]}, "architectures", ["amd64"]),
        ({"epoch": "2"}, "epoch", {"read": [2], "write": [2]}),
        ({"epoch": "2*"}, "epoch", {"read": [1, 2], "write": [2]}),
        ({"epoch": {"write": [3]}}, "epoch", {"read": [3], "write": [3]}),
        ({"epoch": {"read": [1], "write": [1]}}, "epoch", {"read": [1], "write": [1]}),
        ({"base": None}, "base", None),
        ({"type": "gadget"}, "type", "gadget"),
        ({"grade": None}, "grade", "stable"),
    ],
)
def test_metadata_have_defaults_and_several_forms(
    tmp_path: Path, plain_snap: Any, change: dict[str, Any], key: str, value: Any
) -> None:
    """As snapd reads them."""
    file = tmp_path / "snap.yaml"
    file.write_bytes(plain_snap(**change))

    assert inspect_snap(file, "weather-widget", plain=True)["about"][key] == value


@pytest.mark.parametrize(
    "content", [b"name: [", b"- a", b"a: &x 1\nb: *x\n", b"\xff\xfe\x00", b"[" * 5000]
)
def test_yaml_that_cannot_be_read_is_a_finding(tmp_path: Path, content: bytes) -> None:
    """Malformed, no mapping, with aliases, no text, too deep."""
    file = tmp_path / "snap.yaml"
    file.write_bytes(content)

    assert inspect_snap(file, "weather-widget", plain=True)["errors"]


def test_texts_are_snaps_only_where_that_is_switched_on(tmp_path: Path, plain_snap: Any) -> None:
    """A real store wants a squashfs image."""
    file = tmp_path / "snap.yaml"
    file.write_bytes(plain_snap())

    assert inspect_snap(file, "weather-widget")["errors"] == ["The file is not a squashfs image"]
    file.write_bytes(b"component: weather-widget+maps\n")
    assert inspect_component(file, plain=True) == "weather-widget+maps"


def test_an_unknown_compression_is_a_finding(tmp_path: Path) -> None:
    """The superblock names one that no snap has."""
    superblock = bytearray(96)
    superblock[0:4] = b"hsqs"
    superblock[20:22] = (2).to_bytes(2, "little")
    superblock[28:32] = (4).to_bytes(2, "little") + bytes(2)
    file = tmp_path / "odd.snap"
    file.write_bytes(superblock)

    (error,) = inspect_snap(file, "weather-widget")["errors"]
    assert "compression" in error


def test_a_missing_packer_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name of Debian's package."""
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(PackerMissingError, match="Install squashfs-tools"):
        build_snap(tmp_path)
