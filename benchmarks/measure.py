"""Running programs in turn and comparing them: within one run, on one machine, as ratios."""

from __future__ import annotations

import re
import statistics
import subprocess
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


@dataclass
class Contestant:
    """A program that is measured.

    Attributes:
        name: What the table calls it.
        command: How it is run.
        environment: Its environment; None for that of this program.
        seconds: What it took, per round.
        peaks: Its peak memory in MiB, per round; empty where the system does not tell.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] | None = None
    seconds: list[float] = field(default_factory=list)
    peaks: list[float] = field(default_factory=list)


def run_in_turn(
    contestants: Sequence[Contestant],
    rounds: int,
    measure: Callable[[Contestant], tuple[float, float | None]],
) -> None:
    """Run all of them once per round, each round beginning with another one.

    Interleaved, because a machine that gets slower or faster then does so for all. A round before
    the first is not counted: it fills the caches.

    Args:
        contestants: Who is measured; gets the results.
        rounds: How many rounds count.
        measure: Runs one and returns seconds and peak memory in MiB.
    """
    for number in range(-1, rounds):
        first = number % len(contestants)
        for contestant in [*contestants[first:], *contestants[:first]]:
            seconds, peak = measure(contestant)
            if number >= 0:
                contestant.seconds.append(seconds)
                if peak is not None:
                    contestant.peaks.append(peak)


def ratio(contestant: Contestant, reference: Contestant) -> float:
    """Return the median over the rounds of the time against that of the reference."""
    return statistics.median(
        own / other for own, other in zip(contestant.seconds, reference.seconds, strict=True)
    )


def run_and_watch(contestant: Contestant) -> tuple[str, float | None]:
    """Run a program to its end and return what it printed, and its peak memory in MiB.

    Raises:
        subprocess.CalledProcessError: It failed.
    """
    with subprocess.Popen(
        contestant.command, stdout=subprocess.PIPE, text=True, env=contestant.environment
    ) as process:
        peaks: list[float] = []
        ended = threading.Event()
        watcher = threading.Thread(target=_watch, args=(process.pid, peaks, ended))
        watcher.start()
        output, _ = process.communicate()
        ended.set()
        watcher.join()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, contestant.command)
    return output, max(peaks, default=None)


def _watch(process: int, peaks: list[float], ended: threading.Event) -> None:
    # The peak that wait4() gives counts what the child was before it became another program.
    status = Path(f"/proc/{process}/status")
    while not ended.wait(0.02):
        try:
            found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
        except OSError:
            return
        if found:
            peaks.append(int(found[1]) / 1024)
