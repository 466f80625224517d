"""``craft-store confdb-schemas``."""

from __future__ import annotations

from craft_store_snapstore.assertions import CONFDB_SCHEMAS
from craft_store_snapstore.commands.assertion_group import assertion_group

command = assertion_group(CONFDB_SCHEMAS, "confdb schemas", "network")
