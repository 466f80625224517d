"""Durations on the command line: ``90s``, ``15m``, ``12h``, ``14d``."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import click

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class Duration(click.ParamType):
    """A number with a unit."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        """Read a text; a value that is a duration already stays as it is."""
        if isinstance(value, timedelta):
            return value
        match = re.fullmatch(r"([0-9]{1,6})([smhd])", value)
        if match is None:
            self.fail(f"{value!r} is no duration such as 90s, 15m, 12h or 14d", param, ctx)
        return timedelta(**{_UNITS[match[2]]: int(match[1])})


DURATION = Duration()
