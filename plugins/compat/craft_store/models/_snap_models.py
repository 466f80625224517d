"""Words that snaps are described with."""

from __future__ import annotations

from enum import Enum


class Confinement(str, Enum):
    """How much a snap is kept from the system."""

    CLASSIC = "classic"
    STRICT = "strict"
    DEVMODE = "devmode"


class Grade(str, Enum):
    """Whether a snap may be released to stable channels."""

    DEVEL = "devel"
    STABLE = "stable"


class Type(str, Enum):
    """What kind of snap it is."""

    APP = "app"
    GADGET = "gadget"
    KERNEL = "kernel"
    BASE = "base"
    SNAPD = "snapd"
