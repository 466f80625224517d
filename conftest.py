"""What the tests of all distributions share.

Plugins that are tested alone (tox's isolated environments) have no sandbox beside them: tests that
need the embedded store are skipped there, visibly, and run in the environments that have it all.
"""

from __future__ import annotations

from importlib.util import find_spec

import pytest

if find_spec("craft_store_sandbox") is None:

    def _skip() -> None:
        pytest.skip("needs craft-store-sandbox, which is not installed beside this plugin alone")

    @pytest.fixture
    def sandbox_store() -> None:
        """Stand in for the sandbox's fixture of that name."""
        _skip()

    @pytest.fixture
    def sandbox_factory() -> None:
        """Stand in for the sandbox's fixture of that name."""
        _skip()
