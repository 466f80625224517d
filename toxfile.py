"""What tox.ini cannot say: the list of distributions, and where pyenv has its interpreters.

tox reads this file by itself. Where there is no pyenv, its part changes nothing.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tox.plugin import impl

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))

from craft_store_core.distributions import list_distributions  # noqa: E402  # needs the line above

if TYPE_CHECKING:
    from tox.config.sets import ConfigSet
    from tox.session.state import State

_SUPPORTED = range(10, 14)


@impl
def tox_add_core_config(core_conf: ConfigSet, state: State) -> None:  # noqa: ARG001  # tox's hook
    """Set the variables from which tox.ini takes the distributions, and tox the interpreters."""
    distributions = list_distributions()
    os.environ["CRAFT_STORE_DISTRIBUTIONS"] = "\n".join(
        f"-e {each.folder}" for each in distributions
    )
    os.environ["CRAFT_STORE_PACKAGES"] = ",".join(each.package for each in distributions)
    # In front: pyenv's own programs of these names refuse to run versions that are not activated.
    folders = [*map(str, _pyenv_interpreters()), os.environ.get("PATH", os.defpath)]
    os.environ["PATH"] = os.pathsep.join(folders)


def _pyenv_interpreters() -> list[Path]:
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    found: dict[int, tuple[int, Path]] = {}
    for folder in (root / "versions").glob("3.*"):
        version = re.fullmatch(r"3\.(\d+)\.(\d+)", folder.name)
        programs = folder / "bin"
        if version is None or not (programs / "python").is_file():
            continue
        minor, patch = int(version[1]), int(version[2])
        # The interpreter that runs tox is at hand already, and is the one to use for its version.
        if minor in _SUPPORTED and minor != sys.version_info.minor:
            found[minor] = max(found.get(minor, (-1, programs)), (patch, programs))
    return [programs for _, programs in found.values()]
