"""The models are imported when they are used, not before."""

from __future__ import annotations

import subprocess
import sys

from craft_store_core import models


def test_importing_the_package_imports_no_pydantic() -> None:
    """The way to --help passes through this package."""
    program = (
        "import sys, craft_store_core.models, craft_store_core.channels\n"
        "print([name for name in ('pydantic', 'requests') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_every_public_name_is_there() -> None:
    """Each name can be imported, and nothing else is listed."""
    assert dir(models) == sorted(models.__all__)
    assert all(getattr(models, name) is not None for name in models.__all__)
