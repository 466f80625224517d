"""The namespaces of packages that the gateway serves."""

from __future__ import annotations

NAMESPACES = ("charm", "snap")
NAMESPACE = f"/v1/<any({', '.join(NAMESPACES)}):namespace>"
"""How routes that are the same in every namespace begin."""
