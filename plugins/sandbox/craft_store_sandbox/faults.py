"""Fault knobs: make the store misbehave the way real ones do (reference, section 19)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One fault to come."""


class Faults:
    """Faults to come; an untouched one changes nothing."""
