"""Backends on a folder of the test, and programs of their own that use them."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from craft_store_core.plugins import BackendSettings
from craft_store_file_keyring import FileBackend

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class MakeBackend(Protocol):
    """Makes a backend from options and variables."""

    def __call__(self, environment: dict[str, str] | None = None, **options: Any) -> FileBackend:
        """Options are written with underscores."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The application's data folder; not there yet."""
    return tmp_path / "data"


@pytest.fixture
def file(folder: Path) -> Path:
    """The credential file; not there yet."""
    return folder / "credentials.json"


@pytest.fixture
def make_backend(folder: Path) -> MakeBackend:
    """Make a backend in the application's data folder."""

    def make(environment: dict[str, str] | None = None, **options: Any) -> FileBackend:
        named = {name.replace("_", "-"): value for name, value in options.items()}
        return FileBackend(BackendSettings(environment or {}, folder, named))

    return make


@pytest.fixture
def start_program() -> Callable[..., subprocess.Popen[str]]:
    """Start Python code as a program of its own, with the arguments in ``sys.argv``."""

    def start(code: str, *arguments: object) -> subprocess.Popen[str]:
        prelude = textwrap.dedent(
            """
            import os, sys
            from pathlib import Path
            from craft_store_core.plugins import BackendSettings, CredentialKey
            from craft_store_core.errors import CraftStoreError
            from craft_store_file_keyring import FileBackend
            backend = FileBackend(BackendSettings({}, Path(sys.argv[1])))
            """
        )
        return subprocess.Popen(
            [sys.executable, "-c", prelude + textwrap.dedent(code), *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start
