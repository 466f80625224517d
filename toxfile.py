"""Lets tox find the interpreters that pyenv has installed, not only the one that it has activated.

tox reads this file by itself. Where there is no pyenv nothing changes.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tox.plugin import impl

if TYPE_CHECKING:
    from tox.config.sets import ConfigSet
    from tox.session.state import State

_SUPPORTED = range(10, 14)


@impl
def tox_add_core_config(core_conf: ConfigSet, state: State) -> None:  # noqa: ARG001  # tox's hook
    """Try pyenv's interpreters after those that the user named with ``--discover``."""
    options = state.conf.options
    options.discover = [*options.discover, *map(str, _pyenv_interpreters())]


def _pyenv_interpreters() -> list[Path]:
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    found: dict[int, tuple[int, Path]] = {}
    for folder in (root / "versions").glob("3.*"):
        version = re.fullmatch(r"3\.(\d+)\.(\d+)", folder.name)
        executable = folder / "bin" / "python"
        if version is None or not executable.is_file():
            continue
        minor, patch = int(version[1]), int(version[2])
        # The interpreter that runs tox is at hand already, and is the one to use for its version.
        if minor in _SUPPORTED and minor != sys.version_info.minor:
            found[minor] = max(found.get(minor, (-1, executable)), (patch, executable))
    return [executable for _, executable in found.values()]
