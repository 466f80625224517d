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


def take_seconds(
    context: click.Context, parameter: click.Parameter, value: str | None
) -> int | None:
    """Return the value of an option in seconds: a duration, or a plain number; for ``callback=``.

    Raises:
        click.BadParameter: The value is neither, or less than a second.
    """
    if value is None:
        return None
    plain = re.fullmatch(r"[0-9]{1,10}", value)
    seconds = int(value) if plain else int(parse_duration(value).total_seconds())
    if seconds < 1:
        raise click.BadParameter(f"{value!r} is less than 1 second", context, parameter)
    return seconds
