"""Options of ``craft-store sandbox serve``: under headings, and made from the switches."""

from __future__ import annotations

import hashlib
import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from craft_store_core.errors import UsageError
from craft_store_core.testing import SHAPES, Fault
from craft_store_sandbox.state.settings import SnapOutcome, Switch, switches

if TYPE_CHECKING:
    from collections.abc import Callable

    from craft_store_sandbox.sandbox import Sandbox

OUTCOMES = {
    "ready": SnapOutcome("ready_to_release"),
    "manual-review": SnapOutcome("need_manual_review", ["human review required"]),
    "rejected": SnapOutcome("processing_error", ["The snap was rejected."]),
    "rejected-unexplained": SnapOutcome("processing_error", None),
    "delta-error": SnapOutcome("processing_upload_delta_error", ["No delta could be applied."]),
    "review-queued": SnapOutcome(
        "processing_error",
        [{"code": "review-queued", "message": "An earlier upload waits for its review."}],
    ),
}
"""Words for how the processing of an upload ends (Snap Store reference, section 8.5)."""

FAULTS = {
    "reset": Fault(reset="before"),
    "reset-after": Fault(reset="after"),
    "truncated": Fault(truncate=True),
    "not-json": Fault(200, {"Content-Type": "text/plain"}, b"It is done."),
}
FAULT_FORMS = (
    "503 (an HTML page), 400:SHAPE or 400:SHAPE:some-code (a refusal whose body has one of the "
    f"shapes {', '.join(SHAPES)}), {', '.join(FAULTS)}, slow:SECONDS (before the answer), "
    "pause:SECONDS (in its middle)"
)
"""What a fault may be, in words."""

_COUNTED = re.compile(r"(?:([1-9][0-9]{0,5})x)?(.*)", re.DOTALL)
_STATUS = re.compile(r"([2-5][0-9]{2})(?::([a-z0-9-]+)(?::([A-Za-z0-9_-]+))?)?")
_BLOCK_BYTES = 1 << 20


class GroupedOption(click.Option):
    """An option that stands under a heading.

    Args:
        group: The heading.
        python: What does the same in Python.
        spellings: As for `click.Option`.
        attributes: As for `click.Option`.
    """

    def __init__(self, *spellings: Any, group: str, python: str = "", **attributes: Any) -> None:
        super().__init__(*spellings, **attributes)
        self.group = group
        self.python = python


class GroupedCommand(click.Command):
    """A command whose options stand under their headings, in the order in which they come."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options; those without a heading come last."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:
                groups.setdefault(getattr(parameter, "group", "Options"), []).append(record)
        for heading in sorted(groups, key=lambda name: name == "Options"):
            with formatter.section(heading):
                formatter.write_dl(groups[heading])


def grouped(group: str) -> Callable[..., Callable[[Any], Any]]:
    """Return a `click.option` whose options stand under a heading."""

    def option(*spellings: str, **attributes: Any) -> Callable[[Any], Any]:
        return click.option(*spellings, cls=GroupedOption, group=group, **attributes)

    return option


def switch_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command an option for each switch; it gets their values as keyword arguments."""
    for switch in reversed([switch for switch in switches() if switch.option]):
        command = _switch_option(switch)(command)
    return command


def set_switches(sandbox: Sandbox, values: dict[str, Any]) -> None:
    """Set the switches that the options of `switch_options` name, and take them out of `values`."""
    for switch in switches():
        if switch.option:
            owner = getattr(sandbox, switch.owner)
            setattr(owner, switch.name, values.pop(_parameter(switch)))


def _parameter(switch: Switch) -> str:
    return f"{switch.owner}_{switch.name}"


def _switch_option(switch: Switch) -> Callable[[Any], Any]:
    option, attributes = switch.option, _attributes(switch)
    if switch.default is True:
        option = f"{option}/--no-{option.removeprefix('--')}"
    return grouped(switch.about.group)(
        _parameter(switch), option, **{"help": switch.about.description, **attributes}
    )


def _attributes(switch: Switch) -> dict[str, Any]:
    """Return what `click.Option` needs to know of a switch."""
    usual = {"default": switch.default, "show_default": switch.default is not None}
    if switch.kind is bool:
        return usual if switch.default else {"is_flag": True}
    if switch.choices:
        return {**usual, "type": click.Choice(switch.choices)}
    if switch.kind in (int, float):
        limits = switch.about.limits
        least = limits.get("minimum", limits.get("exclusiveMinimum"))
        bounds: dict[str, Any] = {"min": least, "max": limits.get("maximum")}
        if switch.kind is int:
            return {**usual, "type": click.IntRange(**bounds), "metavar": "NUMBER"}
        kind = click.FloatRange(**bounds, min_open="exclusiveMinimum" in limits)
        return {**usual, "type": kind, "metavar": "SECONDS"}
    return {
        "help": f"{switch.about.description} OUTCOME: {', '.join(OUTCOMES)}.",
        "multiple": True,
        "metavar": "NAME=OUTCOME[:REASON]",
        "callback": _read_outcomes,
    }


def _read_outcomes(
    context: click.Context, parameter: click.Parameter, given: tuple[str, ...]
) -> dict[str, SnapOutcome]:
    del context
    outcomes = {}
    for text in given:
        target, _, end = text.partition("=")
        word, _, reason = end.partition(":")
        if not target or word not in OUTCOMES:
            raise click.BadParameter(
                f"{text!r} is not NAME=OUTCOME[:REASON]; outcomes are: {', '.join(OUTCOMES)}.",
                param=parameter,
            )
        outcome = OUTCOMES[word]
        outcomes[_key(target)] = SnapOutcome(outcome.code, [reason]) if reason else outcome
    return outcomes


def _key(target: str) -> str:
    """Return the name of a snap as it is, or the digest of a file that is named by its path."""
    if "/" not in target and not target.endswith(".snap"):
        return target
    digest = hashlib.sha3_384()
    try:
        with Path(target).open("rb") as file:
            while block := file.read(_BLOCK_BYTES):
                digest.update(block)
    except OSError as error:
        raise UsageError(
            f"The file {target!r} of --review-outcome cannot be read.", why=error.strerror
        ) from None
    return digest.hexdigest()


def read_faults(
    context: click.Context, parameter: click.Parameter, given: tuple[tuple[str, str, str], ...]
) -> list[tuple[str | None, str, Fault, int]]:
    """Return method, path, fault and count of each fault that an option names."""
    del context
    faults = []
    for method, path, text in given:
        try:
            re.compile(path)
            counted = _COUNTED.fullmatch(text)
            count, what = (counted[1], counted[2]) if counted else (None, text)
            fault = _fault(what)
        except (ValueError, re.error) as error:
            raise click.BadParameter(f"{error}.", param=parameter) from None
        faults.append((None if method == "any" else method.upper(), path, fault, int(count or 1)))
    return faults


def _fault(text: str) -> Fault:
    if text in FAULTS:
        return FAULTS[text]
    answer = _STATUS.fullmatch(text)
    if answer is not None:
        status, shape, code = int(answer[1]), answer[2], answer[3] or "sandbox-fault"
        if shape is None:
            return Fault.html(status)
        return Fault.shaped(shape, status, code, "The sandbox refuses this on purpose.")
    word, _, seconds = text.partition(":")
    if word == "slow":
        return Fault(delay=_seconds(seconds))
    if word == "pause":
        return Fault(pause=_seconds(seconds))
    raise ValueError(f"{text!r} is not a fault; faults are: {FAULT_FORMS}")


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= 3600:
        raise ValueError(f"{text!r} is not a number of seconds from 0 to 3600")
    return seconds
