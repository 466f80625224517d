"""Packages declare their names once and import them when they are first used."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import ModuleType

PACKAGE = '''\
"""A package."""

from typing import TYPE_CHECKING

from craft_store_core.lazy import lazy_names

if TYPE_CHECKING:
    from lazy_sample.inner import (
        ONE,
        TWO as SECOND,
    )
    from lazy_sample.other import three
else:
    __getattr__, __dir__ = lazy_names(__name__)

__all__ = ["ONE", "SECOND", "three"]
'''


@pytest.fixture
def sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """A package with two modules that are not imported yet."""
    folder = tmp_path / "lazy_sample"
    folder.mkdir()
    (folder / "__init__.py").write_text(PACKAGE)
    (folder / "inner.py").write_text("ONE = 1\nTWO = 2\n")
    (folder / "other.py").write_text("def three():\n    return 3\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("lazy_sample")
    for name in [name for name in sys.modules if name.split(".")[0] == "lazy_sample"]:
        del sys.modules[name]


def test_a_name_is_imported_when_it_is_used(sample: ModuleType) -> None:
    """Only the module of that name is imported, and only then."""
    assert "lazy_sample.inner" not in sys.modules
    assert (sample.ONE, sample.SECOND) == (1, 2)
    assert "lazy_sample.other" not in sys.modules
    assert sample.three() == 3


def test_dir_lists_names_that_are_not_imported_yet(sample: ModuleType) -> None:
    """People who explore a package see what it has."""
    assert {"ONE", "SECOND", "three"} <= set(dir(sample))


def test_an_unknown_name_is_an_attribute_error(sample: ModuleType) -> None:
    """The message is that of Python."""
    with pytest.raises(AttributeError, match="module 'lazy_sample' has no attribute 'TWO'"):
        _ = sample.TWO


def test_a_loader_need_not_give_the_source(
    sample: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loader of pytest, which rewrites assertions, does not; pytest plugins come through it."""
    assert sample.__spec__ is not None
    monkeypatch.setattr(sample.__spec__, "loader", object())
    monkeypatch.setattr(sample, "__loader__", object())
    assert sample.ONE == 1
