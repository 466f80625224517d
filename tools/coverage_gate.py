"""Combine what the test runs of all interpreters covered, report it, and hold the gate.

Called by tox's environment ``coverage`` with the folder that holds the data files, named after the
environments that wrote them (``py311.HOST.PID...``). The gate itself, ``fail_under``, is in
``pyproject.toml``. Says which interpreters were measured and which were not.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

SUPPORTED = ("3.10", "3.11", "3.12", "3.13")


def measured(folder: Path) -> dict[str, list[Path]]:
    """Return the data files in ``folder`` by the version of Python that wrote them."""
    files: dict[str, list[Path]] = {}
    for file in sorted(folder.glob("py3*.*")):
        name = re.match(r"py3(\d+)\.", file.name)
        if name:
            files.setdefault(f"3.{name[1]}", []).append(file)
    return files


def main(arguments: list[str]) -> int:
    """Run; the status is 0 when the gate holds."""
    folder = Path(arguments[0])
    files = measured(folder)
    if not files:
        sys.exit(f"No coverage data in {folder}. Run the tests first, as in: tox -e py311,coverage")
    coverage = [sys.executable, "-m", "coverage"]
    data_file = f"--data-file={folder / 'combined'}"
    every = [str(file) for found in files.values() for file in found]
    subprocess.run([*coverage, "combine", "--keep", "--quiet", data_file, *every], check=True)
    report = subprocess.run([*coverage, "report", data_file, *arguments[1:]], check=False)
    missing = [version for version in SUPPORTED if version not in files]
    print(f"Measured with Python {', '.join(files)}.", flush=True)
    if missing:
        versions = ", ".join(missing)
        print(f"Not measured (not on this machine, or not run): Python {versions}.", flush=True)
    return report.returncode


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
