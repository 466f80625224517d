"""What the review accepts and what it refuses."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from craft_store_sandbox import build_charm
from craft_store_sandbox.charms.files import inspect_archive
from craft_store_sandbox.state.packages import MAX_YAML_BYTES

if TYPE_CHECKING:
    from pathlib import Path


def _finding(folder: Path, **charm: Any) -> dict[str, Any]:
    return inspect_archive(build_charm(folder, **charm), "acme-web", "charm")


def test_a_good_charm_is_read(tmp_path: Path) -> None:
    """Bases are expanded by architecture; resources and version come along."""
    finding = _finding(
        tmp_path,
        bases=[{"name": "ubuntu", "channel": 22.04, "architectures": ["amd64", "arm64", "amd64"]}],
        resources={"model": {"type": "file", "filename": "m.bin", "optional": True}},
        files={"version": "1.0\n"},
    )

    assert finding["errors"] == []
    assert finding["version"] == "1.0"
    assert finding["bases"] == [
        {"architecture": "amd64", "channel": "22.04", "name": "ubuntu"},
        {"architecture": "arm64", "channel": "22.04", "name": "ubuntu"},
    ]
    assert finding["resources"] == [
        {"name": "model", "type": "file", "optional": True, "filename": "m.bin", "description": ""}
    ]
    assert finding["metadata"]["summary"] == "A charm for tests."


@pytest.mark.parametrize(
    ("charm", "text"),
    [
        ({"files": {"metadata.yaml": None}}, "Missing required file: metadata.yaml"),
        ({"files": {"manifest.yaml": None}}, "Missing required file: manifest.yaml"),
        ({"name": "acme-web", "files": {"metadata.yaml": "name: other"}}, "expected 'acme-web'"),
        ({"files": {"metadata.yaml": "- a\n- b\n"}}, "not a mapping"),
        ({"files": {"metadata.yaml": "{"}}, "not valid YAML"),
        ({"files": {"metadata.yaml": b"\xff\xfe\x00"}}, "not valid YAML"),
        ({"files": {"metadata.yaml": "a: &x [1]\nb: *x\n"}}, "aliases are not allowed"),
        ({"files": {"metadata.yaml": "a: !!python/name:os.system x"}}, "not valid YAML"),
        ({"files": {"metadata.yaml": "[" * 20000}}, "not valid YAML"),
        ({"files": {"metadata.yaml": b"#" * (MAX_YAML_BYTES + 1)}}, "larger than"),
        ({"files": {"metadata.yaml": "a: 2026-99-99"}}, "not valid YAML"),
        ({"resources": {"model": "snap"}}, "Resource 'model' in metadata.yaml needs a type"),
        ({"resources": {"model": {}}}, "needs a type"),
        ({"files": {"metadata.yaml": "name: acme-web\nresources: x"}}, "'resources'"),
        ({"files": {"metadata.yaml": "name: acme-web\nresources: {a: b}"}}, "needs a type"),
        ({"bases": []}, "declares no bases"),
        ({"bases": [{"name": "ubuntu"}]}, "needs name, channel and architectures"),
        ({"files": {"manifest.yaml": "bases: [x]"}}, "needs name, channel and architectures"),
        (
            {"bases": [{"name": "u", "channel": "1", "architectures": ["vax"]}]},
            "Unknown architecture in manifest.yaml: vax",
        ),
        (
            {"bases": [{"name": "u", "channel": "1", "architectures": [["amd64"]]}]},
            "Unknown architecture",
        ),
    ],
)
def test_bad_archives_are_refused(tmp_path: Path, charm: dict[str, Any], text: str) -> None:
    """One message that says what is wrong."""
    (message,) = _finding(tmp_path, **charm)["errors"]

    assert text in message


def test_encrypted_members_are_refused(tmp_path: Path) -> None:
    """The flag is set by hand: the standard library cannot encrypt."""
    data = bytearray(build_charm(tmp_path).read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    path = tmp_path / "encrypted.charm"
    path.write_bytes(data)

    assert "encrypted" in inspect_archive(path, "acme-web", "charm")["errors"][0]


def test_lying_sizes_do_not_fill_memory(tmp_path: Path) -> None:
    """A member that unpacks to more than allowed is cut off, whatever its header says."""
    path = build_charm(tmp_path, files={"metadata.yaml": b"a" * (64 << 20)})

    assert "larger than" in inspect_archive(path, "acme-web", "charm")["errors"][0]


def test_bundles_have_a_file_of_their_own(tmp_path: Path) -> None:
    """Their base is null."""
    path = build_charm(tmp_path, files={"bundle.yaml": "name: acme-bundle"})
    finding = inspect_archive(path, "acme-bundle", "bundle")

    assert (finding["errors"], finding["bases"]) == ([], [None])


@given(position=st.integers(0, 5000), value=st.integers(0, 255), cut=st.booleans())
def test_damage_is_a_finding(tmp_path: Path, position: int, value: int, cut: bool) -> None:
    """Any broken archive ends in a finding, never in an exception."""
    data = bytearray(build_charm(tmp_path).read_bytes())
    position %= len(data)
    if cut:
        del data[position:]
    data[position : position + 1] = bytes([value])
    path = tmp_path / "damaged.charm"
    path.write_bytes(data)

    assert isinstance(inspect_archive(path, "acme-web", "charm")["errors"], list)


@given(text=st.text(max_size=200))
def test_any_metadata_is_a_finding(tmp_path: Path, text: str) -> None:
    """Whatever the YAML says."""
    path = tmp_path / "odd.charm"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("metadata.yaml", text)
    path.write_bytes(buffer.getvalue())

    assert inspect_archive(path, "acme-web", "charm")["errors"]
