"""The checkers know every distribution from the list of them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a copy of the repository's sources and tools."""
    left_out = shutil.ignore_patterns(".*", "tests", "docs", "examples", "benchmarks")
    return Path(shutil.copytree(ROOT, tmp_path / "tree", ignore=left_out))


@pytest.mark.parametrize(
    ("module", "line", "rule"),
    [
        ("craft_store_core/errors.py", "import craft_store_candid", "The core imports no plugin"),
        (
            "plugins/onprem/craft_store_onprem/plugin.py",
            "import craft_store_snapstore",
            "No plugin imports another",
        ),
        (
            "plugins/sandbox/craft_store_sandbox/plugin.py",
            "import craft_store",
            "Nothing imports the drop-in facade",
        ),
        (
            "craft_store_core/errors.py",
            "import craft_store_core.cli",
            "A room imports only rooms below it",
        ),
    ],
)
def test_a_forbidden_import_is_found(tree: Path, module: str, line: str, rule: str) -> None:
    """The rules between distributions are checked as those inside the core are."""
    with (tree / module).open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")

    done = subprocess.run(
        [sys.executable, "tools/checks.py", "imports"],
        cwd=tree,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 1, done.stderr
    assert f"{rule} BROKEN" in done.stdout
