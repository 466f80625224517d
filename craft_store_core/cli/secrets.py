"""Secrets that are given as files or on standard input, never as arguments."""

from __future__ import annotations

from pathlib import Path

from craft_store_core.cli.standard_streams import read_input
from craft_store_core.errors import UsageError


def read_secret(source: str | None, option: str) -> str | None:
    """Return the first line of a file.

    Args:
        source: A path, which may follow an ``@``; ``-`` for standard input; or None.
        option: The option's name, for the error.

    Raises:
        UsageError: The file cannot be read, or its first line is empty.
    """
    if source is None:
        return None
    try:
        if source == "-":
            line = read_input(line=True)
        else:
            with Path(source.removeprefix("@")).open(encoding="utf-8") as file:
                line = file.readline()
    except OSError as error:
        raise UsageError(f"{option} {source} cannot be read.", why=error.strerror) from None
    except UnicodeDecodeError as error:
        raise UsageError(f"{option} {source} cannot be read.", why=str(error)) from None
    line = line.rstrip("\r\n")
    if not line:
        raise UsageError(
            f"{option} {source} has no secret.",
            why="Its first line is empty.",
            advice="Write the secret on the first line of the file.",
        )
    return line
