"""Reading charm and bundle archives, good ones and all others."""

from __future__ import annotations

import os
import zipfile
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from craft_store_charmhub import read_archive
from craft_store_charmhub.yaml_texts import LARGEST_YAML
from craft_store_core.errors import ArtifactError
from craft_store_core.models import Base

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

METADATA = """\
name: teapot
summary: Brews tea.
resources:
  leaves:
    type: file
    filename: leaves.bin
  water-image: {type: oci-image}
"""


def test_a_charm_says_its_name_bases_and_resources(
    pack: Callable[..., Path], manifest: str
) -> None:
    """One base for each architecture; the channel 22.10 is not taken for the number 22.1."""
    file = pack(metadata_yaml=METADATA, manifest_yaml=manifest, charmcraft_yaml="name: other")
    artifact = read_archive(file)
    assert (artifact.name, artifact.kind, artifact.summary) == ("teapot", "charm", "Brews tea.")
    assert artifact.bases == (
        Base("ubuntu", "22.10", "amd64"),
        Base("ubuntu", "22.10", "arm64"),
    )
    assert artifact.resources == {"leaves": "file", "water-image": "oci-image"}
    assert (artifact.path, artifact.size) == (file, file.stat().st_size)


def test_repeated_bases_count_once(pack: Callable[..., Path]) -> None:
    """In the order of the manifest."""
    base = "{name: ubuntu, channel: '24.04', architectures: [riscv64, amd64, amd64]}"
    artifact = read_archive(pack(metadata_yaml="name: a", manifest_yaml=f"bases: [{base}, {base}]"))
    assert [found.architecture for found in artifact.bases] == ["riscv64", "amd64"]


@pytest.mark.parametrize("manifest", ["a: b", "bases:", "bases: null", "bases: ~", "bases: []"])
def test_a_charm_may_tell_no_bases(pack: Callable[..., Path], manifest: str) -> None:
    """The store has the last word on that."""
    assert read_archive(pack(metadata_yaml="name: a", manifest_yaml=manifest)).bases == ()


def test_a_charm_may_lack_the_manifest(pack: Callable[..., Path]) -> None:
    """And resources, and a summary."""
    artifact = read_archive(pack(metadata_yaml="name: a\nsummary:\nresources:\n"))
    assert (artifact.bases, artifact.resources, artifact.summary) == ((), {}, None)


def test_the_name_can_be_in_charmcraft_yaml(pack: Callable[..., Path]) -> None:
    """Where there is no metadata.yaml."""
    assert read_archive(pack(charmcraft_yaml="name: modern\ntype: charm")).name == "modern"


@pytest.mark.parametrize(
    "members",
    [
        {"bundle_yaml": "name: tea-set"},
        {"bundle_yaml": "name: tea-set", "charmcraft_yaml": "type: bundle"},
        {"charmcraft_yaml": "name: tea-set\ntype: bundle"},
    ],
)
def test_bundles_are_told_from_charms(
    pack: Callable[..., Path], members: dict[str, str], manifest: str
) -> None:
    """They have no bases of their own."""
    artifact = read_archive(pack(manifest_yaml=manifest, **members))
    assert (artifact.name, artifact.kind, artifact.bases) == ("tea-set", "bundle", ())


def test_a_missing_file_is_no_charm(tmp_path: Path) -> None:
    """The error names it and says what to give."""
    with pytest.raises(ArtifactError, match=r"gone\.charm") as caught:
        read_archive(tmp_path / "gone.charm")
    assert caught.value.why == "The file does not exist."
    assert caught.value.advice


def test_a_folder_is_no_charm(tmp_path: Path) -> None:
    """A common mistake has its own reason."""
    with pytest.raises(ArtifactError) as caught:
        read_archive(tmp_path)
    assert caught.value.why == "The path is a folder."


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    """Opening it would hang."""
    os.mkfifo(tmp_path / "pipe.charm")
    with pytest.raises(ArtifactError):
        read_archive(tmp_path / "pipe.charm")


def test_an_empty_file_is_no_charm(tmp_path: Path) -> None:
    """It says that it is empty, not that it is no zip."""
    file = tmp_path / "empty.charm"
    file.touch()
    with pytest.raises(ArtifactError) as caught:
        read_archive(file)
    assert caught.value.why == "The file is empty."


def test_another_file_is_no_charm(tmp_path: Path) -> None:
    """Such as a tarball."""
    file = tmp_path / "text.charm"
    file.write_text("hello")
    with pytest.raises(ArtifactError, match="cannot be read as a charm") as caught:
        read_archive(file)
    assert caught.value.why is not None
    assert "zip" in caught.value.why


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"src_charm_py": "pass"}, "any of metadata.yaml, charmcraft.yaml, bundle.yaml"),
        ({"metadata_yaml": "summary: x"}, "metadata.yaml has no 'name'"),
        ({"metadata_yaml": "name:"}, "no 'name'"),
        ({"metadata_yaml": "name: ~"}, "no 'name'"),
        ({"metadata_yaml": "name: [a]"}, "no 'name'"),
        ({"metadata_yaml": ""}, "not a mapping"),
        ({"metadata_yaml": "- a"}, "not a mapping"),
        ({"metadata_yaml": "just text"}, "not a mapping"),
        ({"metadata_yaml": "a: [b"}, "not valid YAML"),
        ({"metadata_yaml": "a: \t- b: c: d"}, "not valid YAML"),
        ({"metadata_yaml": b"\xff\xfe\x00\xd8"}, "not valid YAML"),
        ({"metadata_yaml": "? [a]\n: b"}, "not valid YAML"),
        ({"metadata_yaml": "[" * 5000}, "nested too deeply"),
        ({"metadata_yaml": "#" * (LARGEST_YAML + 1)}, "larger than"),
        ({"metadata_yaml": "name: a\nresources: [x]"}, "'resources' in its metadata.yaml"),
        ({"metadata_yaml": "name: a\nresources: {x: }"}, "The resource 'x'"),
        ({"metadata_yaml": "name: a\nresources: {x: {}}"}, "The resource 'x'"),
        ({"metadata_yaml": "name: a", "manifest_yaml": "bases: x"}, "'bases'"),
        ({"metadata_yaml": "name: a", "manifest_yaml": "bases: [x]"}, "A base"),
        ({"metadata_yaml": "name: a", "manifest_yaml": "bases: [{name: u}]"}, "A base"),
        (
            {
                "metadata_yaml": "name: a",
                "manifest_yaml": "bases: [{name: u, channel: c, architectures: all}]",
            },
            "A base",
        ),
        (
            {
                "metadata_yaml": "name: a",
                "manifest_yaml": "bases: [{name: u, channel: c, architectures: [[x]]}]",
            },
            "A base",
        ),
        ({"metadata_yaml": "name: a", "manifest_yaml": "no"}, "Its manifest.yaml is not a mapping"),
    ],
)
def test_archives_that_are_no_charms_say_why(
    pack: Callable[..., Path], members: dict[str, str], reason: str
) -> None:
    """The file inside is named, and what to do."""
    with pytest.raises(ArtifactError, match=r"teapot\.charm cannot be published") as caught:
        read_archive(pack(**members))
    assert caught.value.why is not None
    assert reason in caught.value.why
    assert caught.value.advice


def test_documents_that_multiply_do_not_grow(pack: Callable[..., Path]) -> None:
    """Aliases of aliases stay references; nothing expands them."""
    lines = ["name: teapot", "a0: &a0 [x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    assert read_archive(pack(metadata_yaml="\n".join(lines))).name == "teapot"


def test_tags_make_no_objects(pack: Callable[..., Path]) -> None:
    """Python objects that a document asks for are never made."""
    text = "name: !!python/object/apply:os.getcwd []"
    with pytest.raises(ArtifactError, match="cannot be published"):
        read_archive(pack(metadata_yaml=text))


def test_members_are_not_believed_in_their_size(pack: Callable[..., Path]) -> None:
    """A small archive that unpacks to something huge is read up to the limit."""
    file = pack(metadata_yaml=b" " * 50_000_000)
    assert file.stat().st_size < 100_000
    with pytest.raises(ArtifactError) as caught:
        read_archive(file)
    assert caught.value.why is not None
    assert "larger than" in caught.value.why


def test_an_encrypted_member_cannot_be_read(pack: Callable[..., Path]) -> None:
    """As some archivers make them."""
    file = pack(metadata_yaml="name: teapot")
    data = bytearray(file.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    file.write_bytes(data)
    with pytest.raises(ArtifactError, match="cannot be read as a charm"):
        read_archive(file)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_every_compression_is_read_and_its_damage_found(tmp_path: Path, method: int) -> None:
    """Damage in a member is an error of the artifact."""
    file = tmp_path / "teapot.charm"
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.writestr("metadata.yaml", METADATA * 20)
    assert read_archive(file).name == "teapot"
    data = bytearray(file.read_bytes())
    data[60:90] = bytes(30)
    file.write_bytes(data)
    with pytest.raises(ArtifactError):
        read_archive(file)


@given(st.data())
@settings(
    max_examples=150,
)
def test_damage_anywhere_is_an_error_of_the_artifact_or_harmless(
    pack: Callable[..., Path], data: st.DataObject
) -> None:
    """Whatever bytes are changed or cut off, nothing else is raised."""
    file = pack(metadata_yaml=METADATA, manifest_yaml="bases: []")
    content = bytearray(file.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    file.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    with suppress(ArtifactError):
        assert read_archive(file).path == file
