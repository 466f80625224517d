"""Faults as a person writes them, such as ``3x503`` and ``400:errors-text``."""

from __future__ import annotations

import math
import re

from craft_store_core.testing import SHAPES, Fault

_COUNTED = re.compile(r"(?:([1-9][0-9]{0,5})x)?(.*)", re.DOTALL)
_STATUS = re.compile(r"([2-5][0-9]{2})(?::([a-z0-9-]+)(?::([A-Za-z0-9_-]+))?)?")
_SECONDS = re.compile(r"(slow|pause):(.*)")
_WORDS = {
    "reset": Fault(reset="before"),
    "reset-after": Fault(reset="after"),
    "truncated": Fault(truncate=True),
    "not-json": Fault(200, {"Content-Type": "text/plain"}, b"It is done."),
}
FORMS = (
    "503 (an HTML page), 400:SHAPE or 400:SHAPE:some-code (a refusal in a shape: "
    f"{', '.join(SHAPES)}), "
    "reset, reset-after, truncated, not-json (a success that is no JSON), slow:SECONDS (before the "
    "answer), pause:SECONDS (in its middle)"
)
"""What a fault may be, in words."""


def read_fault(text: str) -> tuple[Fault, int]:
    """Read a fault and how often it happens.

    Args:
        text: one of `FORMS`; ``3x`` before it makes it happen three times.

    Raises:
        ValueError: it is none.
    """
    counted = _COUNTED.fullmatch(text)
    count, what = (counted[1], counted[2]) if counted else (None, text)
    return _fault(what), int(count or 1)


def _fault(text: str) -> Fault:
    if text in _WORDS:
        return _WORDS[text]
    answer = _STATUS.fullmatch(text)
    if answer is not None:
        status, shape, code = int(answer[1]), answer[2], answer[3] or "sandbox-fault"
        if shape is None:
            return Fault.html(status)
        return Fault.shaped(shape, status, code, "The sandbox refuses this on purpose.")
    waiting = _SECONDS.fullmatch(text)
    if waiting is not None:
        seconds = _seconds(waiting[2])
        return Fault(delay=seconds) if waiting[1] == "slow" else Fault(pause=seconds)
    raise ValueError(f"{text!r} is no fault; faults are: {FORMS}")


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= 3600:
        raise ValueError(f"{text!r} is no number of seconds from 0 to 3600")
    return seconds
