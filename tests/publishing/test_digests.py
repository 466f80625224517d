"""Digests of files."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from craft_store_core.errors import ArtifactError
from craft_store_core.publishing.digests import BLOCK, sha3_384

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("size", [0, 1, BLOCK, 2 * BLOCK + 17])
def test_digest_is_that_of_the_whole_file(tmp_path: Path, size: int) -> None:
    """Files of no block, one block and several are read to their end."""
    file = tmp_path / "file"
    content = bytes(range(251)) * (size // 251 + 1)
    file.write_bytes(content[:size])
    assert sha3_384(file) == hashlib.sha3_384(content[:size]).hexdigest()


def test_progress_counts_bytes_up_to_the_size(tmp_path: Path) -> None:
    """Progress is told after each block."""
    file = tmp_path / "file"
    file.write_bytes(b"x" * (2 * BLOCK + 17))
    seen: list[int] = []
    sha3_384(file, seen.append)
    assert seen == [BLOCK, 2 * BLOCK, 2 * BLOCK + 17]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """The error says which file and why."""
    with pytest.raises(ArtifactError, match=r"gone\.charm") as caught:
        sha3_384(tmp_path / "gone.charm")
    assert caught.value.why == "No such file or directory"


def test_a_folder_has_no_digest(tmp_path: Path) -> None:
    """A folder is an error of the artifact, not of the program."""
    with pytest.raises(ArtifactError):
        sha3_384(tmp_path)
