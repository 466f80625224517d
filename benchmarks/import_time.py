"""Compare ``import craft_store`` of the drop-in facade with that of the library of PyPI.

What counts is the ratio to the peer. The import alone is measured, without the start of Python;
and, as what programs pay in the end, the import of the names of the tutorials. See ``README.md``.

Usage: ``python -m benchmarks.import_time --cache FOLDER``, where the peer is or will be installed.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
from pathlib import Path

from benchmarks.measure import Contestant, ratio, run_in_turn
from benchmarks.upload import PEER, find_peer

STATEMENTS = ("import craft_store", "from craft_store import StoreClient, endpoints")

_PROGRAM = """\
import time
begun = time.perf_counter()
{}
print(time.perf_counter() - begun)
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=20, help="rounds that count")
    parser.add_argument("--cache", type=Path, help="folder that keeps the peer's environment")
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error("--rounds must be at least 1")
    peer = find_peer(options.cache)
    for statement in STATEMENTS:
        program = _PROGRAM.format(statement)
        contestants = [Contestant("this project", [sys.executable, "-c", program])]
        if peer:
            contestants.append(Contestant(PEER, [str(peer), "-c", program]))
        run_in_turn(contestants, options.rounds, measure)
        print(f"\n{statement}, {options.rounds} rounds; time against {PEER}")
        for contestant in contestants:
            relation = f"{ratio(contestant, contestants[-1]):8.3f}" if peer else f"{'-':>8}"
            print(
                f"{contestant.name:24}{relation}"
                f"{statistics.median(contestant.seconds) * 1000:10.2f} ms"
            )


def measure(contestant: Contestant) -> tuple[float, float | None]:
    """Run once and return the seconds that the program printed."""
    output = subprocess.run(contestant.command, check=True, capture_output=True, text=True).stdout
    return float(output), None


if __name__ == "__main__":
    main()
