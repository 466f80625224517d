"""The backend ``memory`` keeps credentials in one object."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from craft_store_core.login.backends.memory import MemoryBackend
from craft_store_core.testing.backends import CredentialBackendConformance

if TYPE_CHECKING:
    from craft_store_core.plugins.credentials import CredentialBackendFactory


class TestMemory(CredentialBackendConformance):
    """The suite for all backends; nothing outlives the object."""

    persistent = False

    @pytest.fixture
    def factory(self) -> CredentialBackendFactory:
        return MemoryBackend
