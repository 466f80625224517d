"""What is installed with the facade beside what it imports itself."""

from __future__ import annotations

import re
from importlib.metadata import requires


def test_programs_find_requests_toolbelt() -> None:
    """The guides' programs import requests-toolbelt, which came with the documented library."""
    wanted = requires("craft-store-compat") or []

    assert "requests-toolbelt" in {re.split(r"[^a-z-]", each)[0] for each in wanted}
