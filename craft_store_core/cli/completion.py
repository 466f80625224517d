"""``craft-store completion``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from click.shell_completion import get_completion_class

from craft_store_core.errors import UsageError

if TYPE_CHECKING:
    from craft_store_core.cli.application import Application


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(context: click.Context, *, shell: str) -> None:
    """Print a shell completion script.

    Example: craft-store completion bash >> ~/.bashrc
    """
    app: Application = context.obj
    root = context.find_root()
    maker = get_completion_class(shell)
    if maker is None:
        raise UsageError(f"Shell completion for {shell!r} is not supported.")
    completion = maker(root.command, {}, "craft-store", "_CRAFT_STORE_COMPLETE")
    # Not source(): for bash it runs bash to learn its version, which may be another machine's.
    script = completion.source_template % completion.source_vars()
    app.result({"shell": shell, "script": script}, lines=[script])
