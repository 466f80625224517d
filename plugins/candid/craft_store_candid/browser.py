"""Opens the user's browser without letting it write on standard output."""

from __future__ import annotations

import subprocess
import sys

_OPEN = "import sys, webbrowser; sys.exit(0 if webbrowser.open(sys.argv[1]) else 1)"


def open_browser(url: str) -> bool:
    """Open ``url`` as :mod:`webbrowser` does, with its output on standard error.

    Browsers started by :mod:`webbrowser` inherit standard output and some write there, which
    would spoil the data that a program prints. So it is opened from a process of its own.

    Returns:
        False when no browser could be opened.
    """
    if getattr(sys, "frozen", False) or not sys.executable:
        # There is no interpreter to start: the executable is the program itself.
        import webbrowser

        return webbrowser.open(url)
    try:
        opened = subprocess.run(  # noqa: S603 - no shell; the URL is one argument
            # -I: nothing of the folder that the user happens to be in is imported.
            [sys.executable, "-I", "-c", _OPEN, url],
            stdin=subprocess.DEVNULL,
            stdout=2,
            check=False,
        )
    except OSError:
        return False
    return opened.returncode == 0
