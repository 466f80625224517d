"""Durations on the command line: ``90s``, ``15m``, ``12h``, ``14d``."""

from __future__ import annotations

import re
from datetime import timedelta

import click

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def parse_duration(text: str) -> timedelta:
    """Read a number with a unit.

    Raises:
        click.BadParameter: It is none.
    """
    match = re.fullmatch(r"([0-9]{1,6})([smhd])", text)
    if match is None:
        raise click.BadParameter(f"{text!r} is not a duration such as 90s, 15m, 12h or 14d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def take_duration(
    context: click.Context, parameter: click.Parameter, value: str | None
) -> timedelta | None:
    """Read the value of an option; for ``callback=``."""
    del context, parameter
    return None if value is None else parse_duration(value)
