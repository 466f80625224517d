"""The ``craft-store`` command, assembled from what is installed.

Reading order: ``main.py`` (from the first line to the exit code), ``group.py`` (commands come from
the ``craft_store_commands`` hook, loaded one at a time), ``options.py`` (the options that every
command takes), ``application.py`` (what a command works with), then one module per command; they
are offered in ``plugin.py`` as a third party would offer its own.

Nothing here imports requests, pydantic, keyring or a macaroon library before a command needs it.
"""

from __future__ import annotations


def main() -> None:
    """Run the command line and exit with its status."""
    # It takes this name in this package as soon as it is imported: ``cli.main.main`` from then on.
    from craft_store_core.cli.main import main as run_and_exit

    run_and_exit()
