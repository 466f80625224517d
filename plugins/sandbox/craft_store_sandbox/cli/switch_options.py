"""The switches of a sandbox as options of ``craft-store sandbox serve``.

Options that set an attribute of `SnapSwitches` bear its name; the others do what their helps say.
Each corresponds to something that real stores do (Snap Store reference, section 18).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from craft_store_core.errors import UsageError
from craft_store_sandbox.cli.fault_texts import FORMS, read_fault
from craft_store_sandbox.cli.option_groups import grouped
from craft_store_sandbox.state.settings import ReviewPace
from craft_store_sandbox.state.snap_switches import SnapOutcome, SnapSwitches

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from craft_store_core.testing import Fault
    from craft_store_sandbox.sandbox import Sandbox
    from craft_store_sandbox.state.accounts import AccountInfo

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
"""Words for how the processing of an upload ends (section 8.5)."""

OTHER_ACCOUNT = "someone-else@example.com"
"""Who has the names that are taken."""

_USUAL = SnapSwitches()
_BLOCK_BYTES = 1 << 20


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
    """The name of a snap as it is, or the digest of a file that is named by its path."""
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


def _read_faults(
    context: click.Context, parameter: click.Parameter, given: tuple[tuple[str, str, str], ...]
) -> list[tuple[str | None, str, Fault, int]]:
    del context
    faults = []
    for method, path, text in given:
        try:
            re.compile(path)
            fault, count = read_fault(text)
        except (ValueError, re.error) as error:
            raise click.BadParameter(f"{error}.", param=parameter) from None
        faults.append((None if method == "any" else method.upper(), path, fault, count))
    return faults


_names = grouped("Names (Snap Store)")
_logins = grouped("Logins (Snap Store)")
_reviews = grouped("Reviews")
_answers = grouped("Answers")
_SECONDS = click.FloatRange(0, 10 * 365 * 86_400, min_open=True)
_SWITCHES: tuple[Callable[[Any], Any], ...] = (
    _names("--reserved-name", multiple=True, metavar="NAME", help="NAME is reserved."),
    _names("--revoked-name", multiple=True, metavar="NAME", help="NAME was taken away."),
    _names("--taken-name", multiple=True, metavar="NAME", help="NAME is another account's snap."),
    _names(
        "--register-limit",
        type=click.IntRange(0),
        metavar="NUMBER",
        help="Names that an account may register within --register-window.",
    ),
    _names(
        "--register-window",
        type=_SECONDS,
        metavar="SECONDS",
        default=_USUAL.register_window,
        show_default=True,
        help="How long registrations count for --register-limit.",
    ),
    _names("--null-snap-ids", is_flag=True, help="The account's snaps have no ids."),
    _logins(
        "--discharge-seconds",
        type=_SECONDS,
        metavar="SECONDS",
        default=_USUAL.discharge_seconds,
        show_default=True,
        help="How long a discharge is good before it must be renewed.",
    ),
    _logins(
        "stale_logins",
        "--force-refresh",
        is_flag=True,
        help="Each login must be renewed before its first use; 'craft-store sandbox force-refresh' "
        "makes those stale that there are.",
    ),
    _logins(
        "--refresh-signal",
        type=click.Choice(["all", "header", "code", "text"]),
        default=_USUAL.refresh_signal,
        show_default=True,
        help="What says that a login must be renewed.",
    ),
    _reviews(
        "--review-polls",
        type=click.IntRange(0),
        metavar="NUMBER",
        default=ReviewPace.polls,
        show_default=True,
        help="How many questions are answered before a review ends.",
    ),
    _reviews(
        "--review-seconds",
        type=click.FloatRange(0),
        metavar="SECONDS",
        default=ReviewPace.seconds,
        show_default=True,
        help="Finish a review after this many seconds even if it is never polled.",
    ),
    _reviews(
        "outcomes",
        "--review-outcome",
        multiple=True,
        metavar="NAME=OUTCOME[:REASON]",
        callback=_read_outcomes,
        help="How reviews of the snap NAME end, or those of one file, where NAME is its path: "
        f"{', '.join(OUTCOMES)}. 'craft-store sandbox review' decides what waits for a person. "
        "Content that the store has already is always rejected.",
    ),
    _reviews("--string-revisions", is_flag=True, help="An upload's revision is told as text."),
    _reviews(
        "--plain-yaml",
        is_flag=True,
        help="Take the text of a meta/snap.yaml for a snap, too.",
    ),
    _answers(
        "faults",
        "--fault",
        multiple=True,
        type=(str, str, str),
        metavar="METHOD PATH WHAT",
        callback=_read_faults,
        help="What goes wrong, once, with requests of METHOD (or any) whose path matches PATH, a "
        f"regular expression. WHAT: {FORMS}. 3xWHAT happens three times.",
    ),
    _answers(
        "--page-size",
        type=click.IntRange(1),
        metavar="NUMBER",
        default=_USUAL.page_size,
        show_default=True,
        help="Releases of a snap on a page.",
    ),
    _answers(
        "--empty-not-found",
        is_flag=True,
        help="Releasing an unknown snap: a 404 with nothing in it.",
    ),
    _answers(
        "--full-revisions",
        is_flag=True,
        help="Revisions of an Enterprise Store have keys that snapcraft refuses.",
    ),
    _answers(
        "--snap-builds/--no-snap-builds",
        default=_USUAL.snap_builds,
        show_default=True,
        help="Whether the store takes assertions about builds.",
    ),
)  # fmt: skip


def switch_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options; it gets their values as keyword arguments."""
    for option in reversed(_SWITCHES):
        command = option(command)
    return command


def set_switches(sandbox: Sandbox, values: Mapping[str, Any]) -> None:
    """Set the switches of a sandbox that has not started yet."""
    for field in fields(SnapSwitches):
        if field.name in values:
            setattr(sandbox.snaps, field.name, values[field.name])
    for method, path, fault, count in values["faults"]:
        sandbox.faults.add(fault, method=method, path=path, count=count)


def take_names(sandbox: Sandbox, values: Mapping[str, Any], password: str) -> None:
    """Make names reserved, revoked and taken in a running sandbox.

    Args:
        sandbox: the sandbox.
        values: of the options.
        password: for the account that has the taken names, where it must be made.

    Raises:
        UsageError: a name cannot be taken.
    """
    for name in values["reserved_name"]:
        sandbox.reserve_name(name)
    for name in values["revoked_name"]:
        sandbox.revoke_name(name)
    if values["taken_name"]:
        other = sandbox.find_account(OTHER_ACCOUNT)
        other = other or sandbox.add_account(OTHER_ACCOUNT, password)
        for name in values["taken_name"]:
            _take(sandbox, name, other)


def _take(sandbox: Sandbox, name: str, other: AccountInfo) -> None:
    if sandbox.find_owner(name, "snap") == other:
        return
    try:
        sandbox.add_snap(name, other)
    except ValueError as error:
        raise UsageError(
            f"Nobody else can take the name {name!r}.",
            why=f"{error}.",
            advice="Choose another name, or a new --folder.",
        ) from None
