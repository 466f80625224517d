#!/usr/bin/env python3
"""Pack the genuine charm in ``examples/charm``, or another charm's folder, as charmcraft packs.

::

    .venv/bin/python examples/pack_charm.py --output hello-store.charm --version 1
    echo "Good morning" > greeting.txt
    .venv/bin/craft-store demo hello-store.charm --resource greeting=greeting.txt

The charm and the packing come with the sandbox, because ``craft-store demo`` publishes that charm
where there is no repository around; ``examples/charm`` leads to the one copy of it.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from craft_store_sandbox.charms.packing import EXAMPLE_CHARM, Base, PackingError, pack_charm


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Pack a charm as charmcraft packs.")
    parser.add_argument(
        "source",
        nargs="?",
        type=Path,
        default=EXAMPLE_CHARM,
        help="the charm's folder; the example hello-store by default",
    )
    parser.add_argument(
        "--output", type=Path, default=Path(), help="the file to write, or the folder to write into"
    )
    parser.add_argument(
        "--base", default="ubuntu@22.04:amd64", help="what it is built for (default: %(default)s)"
    )
    parser.add_argument(
        "--version", help="the charm's version; makes two charms differ that are else the same"
    )
    parser.add_argument(
        "--without-venv",
        action="store_true",
        help="leave the libraries out: quick, but the charm cannot run",
    )
    return parser.parse_args()


def main() -> int:
    """Pack; the status is 0 when it is done."""
    options = parse_arguments()
    try:
        path = pack_charm(
            options.output,
            options.source,
            base=Base.parse(options.base),
            version=options.version,
            libraries=not options.without_venv,
        )
    except PackingError as error:
        for text in (error.message, error.why, error.advice):
            if text:
                print(text, file=sys.stderr)
        return 1
    print(path)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
