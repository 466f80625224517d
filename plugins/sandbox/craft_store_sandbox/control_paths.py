"""Where a running sandbox takes orders from its own machine; shared by both sides."""

from __future__ import annotations

PREFIX = "/sandbox/"
"""Begins the paths; the rest is the call."""

HEADER = "Sandbox-Control"
"""Must be sent: pages that a browser shows cannot do that without being asked."""
