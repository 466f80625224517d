"""Compare the start of ``craft-store --help`` with a minimal click program and bare Python.

What counts are the ratios to ``python -c pass``. See ``README.md``.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

from benchmarks.measure import Contestant, ratio, run_in_turn

MINIMAL = '''\
import click


@click.group()
def main():
    """Do nothing."""


@main.command()
def nothing():
    """Do even less."""


if __name__ == "__main__":
    main()
'''


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20, help="rounds that count")
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error("--rounds must be at least 1")
    suffix = ".exe" if os.name == "nt" else ""
    executable = Path(sysconfig.get_path("scripts")) / f"craft-store{suffix}"
    if not executable.is_file():
        sys.exit(f"{executable} is not there: install this project into {sys.prefix} first.")
    with tempfile.TemporaryDirectory(prefix="craft-store-benchmark-") as made:
        program = Path(made) / "minimal.py"
        program.write_text(MINIMAL)
        contestants = [
            Contestant("python -c pass", [sys.executable, "-c", "pass"]),
            Contestant("minimal click --help", [sys.executable, str(program), "--help"]),
            Contestant("craft-store --help", [str(executable), "--help"]),
        ]
        run_in_turn(contestants, options.rounds, measure)
    print(f"{options.rounds} rounds; time against {contestants[0].name}, and against click")
    print(f"{'':24}{'python':>8}{'click':>8}{'ms':>8}")
    for contestant in contestants:
        print(
            f"{contestant.name:24}{ratio(contestant, contestants[0]):8.2f}"
            f"{ratio(contestant, contestants[1]):8.2f}"
            f"{statistics.median(contestant.seconds) * 1000:8.0f}"
        )


def measure(contestant: Contestant) -> tuple[float, float | None]:
    """Run once, from the start of the process to its end."""
    begun = time.perf_counter()
    subprocess.run(contestant.command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun, None


if __name__ == "__main__":
    main()
