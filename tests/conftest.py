"""Fixtures for the tests of the core."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from craft_store_core.testing.scripted import ScriptedServer


@pytest.fixture
def scripted_server() -> Iterator[ScriptedServer]:
    """A loopback server whose script is checked when the test is over."""
    from craft_store_core.testing.scripted import ScriptedServer

    with ScriptedServer() as server:
        yield server
