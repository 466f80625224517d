"""The packing script, run as a person runs it."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

SCRIPT = Path(__file__).resolve().parent.parent / "pack_charm.py"


def pack(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the script."""
    return subprocess.run(
        [sys.executable, SCRIPT, *arguments], check=False, capture_output=True, text=True
    )


def test_it_packs_the_example(tmp_path: Path) -> None:
    """Without a folder named, the genuine charm is packed, and where is said on standard output."""
    answer = pack("--output", tmp_path, "--without-venv", "--version", "7")

    assert answer.returncode == 0, answer.stderr
    charm = Path(answer.stdout.strip())
    assert charm.parent == tmp_path
    with zipfile.ZipFile(charm) as archive:
        assert archive.read("version") == b"7\n"
        assert b"name: hello-store" in archive.read("metadata.yaml")


def test_examples_charm_is_the_charm_that_is_packed(tmp_path: Path) -> None:
    """The folder that examples/ shows is the one that the sandbox ships."""
    shipped, shown = tmp_path / "shipped.charm", tmp_path / "shown.charm"
    pack("--output", shipped, "--without-venv")
    pack(SCRIPT.parent / "charm", "--output", shown, "--without-venv")

    assert shipped.read_bytes() == shown.read_bytes()


def test_a_folder_that_is_no_charm_fails(tmp_path: Path) -> None:
    """The error goes to standard error and the status is not 0."""
    answer = pack(tmp_path, "--output", tmp_path / "never.charm")

    assert answer.returncode == 1
    assert "is not a charm folder" in answer.stderr
    assert answer.stdout == ""
