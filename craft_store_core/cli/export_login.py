"""``craft-store export-login``: ``login --export`` under the name that other clients use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from craft_store_core.cli.login import command as login
from craft_store_core.cli.questions import LoginCommand

if TYPE_CHECKING:
    from craft_store_core.cli.login import ExportedLogin


def _run(file: str, **options: Any) -> ExportedLogin:
    exported: ExportedLogin = login.callback(export=file, force=False, **options)  # type: ignore[misc]  # every command with a function has one
    return exported


command = LoginCommand(
    "export-login",
    params=[
        click.Argument(["file"], default="-", metavar="[FILE]"),
        *(option for option in login.params if option.name not in {"export", "force"}),
    ],
    callback=_run,
    help="""Log in and write the credentials to FILE, or to standard output.

    The credentials are not stored on this machine. To use them elsewhere, set
    CRAFT_STORE_CREDENTIALS to the content of FILE.

    Example: craft-store export-login credentials.txt --package acme-web --channel latest/edge
    """,
)
