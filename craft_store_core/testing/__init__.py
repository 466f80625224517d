"""For the tests of plugin authors: conformance suites, a scripted store, the command line.

The suites import pytest; nothing else in the core does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from craft_store_core.lazy import lazy_names

if TYPE_CHECKING:
    from craft_store_core.testing.exchanges import SHAPES, Fault, RecordedRequest
    from craft_store_core.testing.scripted import ScriptedServer
else:
    __getattr__, __dir__ = lazy_names(__name__)

__all__ = ["SHAPES", "Fault", "RecordedRequest", "ScriptedServer"]
