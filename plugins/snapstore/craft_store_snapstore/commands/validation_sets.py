"""``craft-store validation-sets``."""

from __future__ import annotations

from craft_store_snapstore.assertions import VALIDATION_SETS
from craft_store_snapstore.commands.assertion_group import assertion_group

command = assertion_group(VALIDATION_SETS, "validation sets", "lab-set", sequences=True)
