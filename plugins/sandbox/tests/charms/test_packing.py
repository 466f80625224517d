"""Packing a charm as charmcraft packs: what the archive holds, and that it is reproducible."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path

import pytest
import yaml

from craft_store_sandbox.charms.packing import (
    EXAMPLE_CHARM,
    Base,
    PackingError,
    pack_charm,
    pack_example,
)


def members(charm: Path) -> dict[str, bytes]:
    """Return the content of a packed charm."""
    with zipfile.ZipFile(charm) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_archive_holds_what_a_charm_needs(tmp_path: Path) -> None:
    """Metadata, bases, entry point and source are there; what only building needs is not."""
    content = members(pack_charm(tmp_path, libraries=False))

    assert set(content) == {
        "README.md",
        "config.yaml",
        "dispatch",
        "manifest.yaml",
        "metadata.yaml",
        "src/charm.py",
    }
    assert content["metadata.yaml"] == (EXAMPLE_CHARM / "metadata.yaml").read_bytes()


def test_the_manifest_names_the_base(tmp_path: Path) -> None:
    """The base that the charm was packed for is what a store's review reads."""
    base = Base.parse("ubuntu@24.04:arm64")

    charm = pack_charm(tmp_path, base=base, libraries=False)

    assert charm == tmp_path / "hello-store_ubuntu-24.04-arm64.charm"
    assert yaml.safe_load(members(charm)["manifest.yaml"])["bases"] == [
        {"name": "ubuntu", "channel": "24.04", "architectures": ["arm64"]}
    ]


def test_juju_can_execute_the_entry_point(tmp_path: Path) -> None:
    """What Juju runs is executable in the archive, whatever it is in the source folder."""
    with zipfile.ZipFile(pack_charm(tmp_path, libraries=False)) as archive:
        modes = {entry.filename: entry.external_attr >> 16 for entry in archive.infolist()}

    assert modes["dispatch"] & stat.S_IXUSR
    assert modes["src/charm.py"] & stat.S_IXUSR
    assert not modes["metadata.yaml"] & stat.S_IXUSR


def test_packing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    """Neither the time nor the folder of packing shows in the archive."""
    one = pack_charm(tmp_path / "one.charm", libraries=False)
    other = pack_charm(tmp_path / "deeper" / "other.charm", libraries=False)

    assert one.read_bytes() == other.read_bytes()


def test_another_version_gives_other_bytes(tmp_path: Path) -> None:
    """The version makes a charm that a store does not take for the one that it has."""
    one = pack_charm(tmp_path / "one.charm", version="1", libraries=False)
    two = pack_charm(tmp_path / "two.charm", version="2", libraries=False)

    assert members(two)["version"] == b"2\n"
    assert one.read_bytes() != two.read_bytes()


def test_hidden_files_and_caches_are_left_out(tmp_path: Path) -> None:
    """What lies about in a charm's folder after work on it is not published."""
    source = tmp_path / "source"
    for name in ("metadata.yaml", "src/charm.py", "src/__pycache__/charm.pyc", ".git/config"):
        path = source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("name: mine\n", encoding="utf-8")

    content = members(pack_charm(tmp_path / "mine.charm", source, libraries=False))

    assert set(content) == {"metadata.yaml", "manifest.yaml", "src/charm.py"}


def test_a_charm_without_requirements_needs_no_pip(tmp_path: Path) -> None:
    """Libraries are installed only where requirements.txt asks for some."""
    (tmp_path / "metadata.yaml").write_text("name: mine\n", encoding="utf-8")

    charm = pack_charm(tmp_path / "mine.charm", tmp_path)

    assert set(members(charm)) == {"metadata.yaml", "manifest.yaml"}


@pytest.mark.parametrize("text", ["", "ubuntu", "ubuntu@22.04", "ubuntu@22.04:amd64\n", "@1:a"])
def test_a_malformed_base_is_refused(text: str) -> None:
    """The error shows what a base looks like."""
    with pytest.raises(PackingError) as refusal:
        Base.parse(text)

    assert refusal.value.advice is not None
    assert "such as ubuntu@22.04:amd64" in refusal.value.advice


@pytest.mark.parametrize(
    ("metadata", "complaint"),
    [
        (None, "is not a charm folder"),
        (b"\xff\xfe", "is not a charm folder"),
        (b"name: [", "is not a charm folder"),
        (b"- a list", "not set a valid name"),
        (b"name: ../escape", "not set a valid name"),
    ],
)
def test_a_folder_that_is_no_charm_is_refused(
    tmp_path: Path, metadata: bytes | None, complaint: str
) -> None:
    """The error names the folder or the file; nothing is written."""
    if metadata is not None:
        (tmp_path / "metadata.yaml").write_bytes(metadata)

    with pytest.raises(PackingError, match=complaint):
        pack_charm(tmp_path / "never.charm", tmp_path, libraries=False)
    assert not (tmp_path / "never.charm").exists()


@pytest.mark.parametrize("text", ["ubuntu@16.04:amd64", "ubuntu@22.04:z80", "debian@22.04:amd64"])
def test_libraries_for_an_unknown_base_are_refused(tmp_path: Path, text: str) -> None:
    """A base whose Python is not known gets no guessed libraries."""
    with pytest.raises(PackingError, match="cannot be installed here"):
        pack_charm(tmp_path, base=Base.parse(text))


def test_libraries_that_pip_cannot_install_are_an_error(tmp_path: Path) -> None:
    """The error carries pip's own words."""
    (tmp_path / "metadata.yaml").write_text("name: mine\n", encoding="utf-8")
    (tmp_path / "requirements.txt").write_text("not a requirement\n", encoding="utf-8")

    with pytest.raises(PackingError, match="pip could not install") as refusal:
        pack_charm(tmp_path / "mine.charm", tmp_path)

    assert refusal.value.why is not None
    assert "Invalid requirement" in refusal.value.why


@pytest.fixture
def wheelhouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let pip find one library, named as the example's, in a folder and nothing anywhere else."""
    folder = tmp_path / "wheelhouse"
    folder.mkdir()
    information = "ops-3.99.0.dist-info"
    with zipfile.ZipFile(folder / "ops-3.99.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("ops/__init__.py", "")
        wheel.writestr("ops-3.99.0.data/scripts/ops-tool", "#!python\n")
        wheel.writestr(
            f"{information}/METADATA", "Metadata-Version: 2.1\nName: ops\nVersion: 3.99.0\n"
        )
        wheel.writestr(
            f"{information}/WHEEL",
            "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        wheel.writestr(f"{information}/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.mark.usefixtures("wheelhouse")
def test_libraries_lie_where_the_entry_point_looks(tmp_path: Path) -> None:
    """What requirements.txt asks for is in venv/, without scripts for this machine."""
    content = members(pack_charm(tmp_path / "one.charm"))

    assert "venv/ops/__init__.py" in content
    assert b"PYTHONPATH=lib:venv" in content["dispatch"]
    assert not [name for name in content if name.startswith("venv/bin")]
    assert members(pack_charm(tmp_path / "two.charm")) == content


@pytest.mark.usefixtures("wheelhouse")
def test_the_example_comes_with_its_resource(tmp_path: Path) -> None:
    """Charm and resource are ready for a publish plan: each declared resource has its file."""
    folder = tmp_path / "demo"
    folder.mkdir()

    charm, resources = pack_example(folder)

    declared = yaml.safe_load(members(charm)["metadata.yaml"])["resources"]
    assert set(resources) == set(declared)
    assert all(isinstance(file, Path) and file.read_text("utf-8") for file in resources.values())
