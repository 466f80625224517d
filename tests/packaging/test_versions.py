"""One version for all distributions, written once."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import craft_store_core
from craft_store_core.distributions import list_distributions

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.packaging.conftest import Built, Wheel

ROOT = Path(__file__).resolve().parents[2]


def test_the_version_is_the_cores(built: Built) -> None:
    """A plugin never runs beside another release of the core or of a plugin that it needs."""
    version = craft_store_core.__version__

    assert str(built.wheel.metadata.version) == version
    assert set(built.wheel.siblings.values()) <= {f"=={version}"}
    assert list_distributions()[0].name in {built.distribution.name, *built.wheel.siblings}


def test_one_line_changes_the_version_of_all(
    build_wheel: Callable[[Path, Path], Wheel], tmp_path: Path
) -> None:
    """A release is made in the core's ``__init__.py`` alone, the pins included."""
    tree = tmp_path / "tree"
    left_out = shutil.ignore_patterns(".*", "tests", "docs", "examples", "benchmarks")
    shutil.copytree(ROOT, tree, ignore=left_out)
    source = tree / "craft_store_core" / "__init__.py"
    text = source.read_text(encoding="utf-8")
    changed, count = re.subn('(?m)^__version__ = ".+"$', '__version__ = "98.7.6"', text)
    assert count == 1
    source.write_text(changed, encoding="utf-8")

    for distribution in list_distributions():
        wheel = build_wheel(tree / distribution.folder, tmp_path / distribution.name)
        assert str(wheel.metadata.version) == "98.7.6"
        assert set(wheel.siblings.values()) <= {"==98.7.6"}
        assert not [name for name, content in wheel.files.items() if _old(content)]


def _old(content: bytes) -> bool:
    return re.search(rb"\b" + re.escape(craft_store_core.__version__.encode()), content) is not None
