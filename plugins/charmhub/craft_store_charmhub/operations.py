"""What Charmhub can do; imports nothing heavy, so that the help can ask."""

from __future__ import annotations

from craft_store_core.endpoints import Operation
from craft_store_core.endpoints.gateway_operations import PERMISSIONS

OPERATIONS = frozenset(PERMISSIONS) | {Operation.READ_ARTIFACT, Operation.TRANSPORT_RESOURCE}
"""What every gateway can do, the reading of charms, and images."""
