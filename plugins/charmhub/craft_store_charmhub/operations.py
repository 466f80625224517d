"""What Charmhub can do; imports nothing heavy, so that the help can ask."""

from __future__ import annotations

from craft_store_core.plugins.endpoint_sets import Operation
from craft_store_core.stores.gateway_operations import PERMISSIONS

OPERATIONS = frozenset(PERMISSIONS) | {Operation.READ_ARTIFACT, Operation.TRANSPORT_RESOURCE}
"""What every gateway can do, the reading of charms, and images."""
