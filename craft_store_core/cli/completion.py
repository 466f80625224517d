"""``craft-store completion``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import click
from click.shell_completion import get_completion_class

from craft_store_core.cli.results import CommandResult
from craft_store_core.errors import UsageError

Shell = Literal["bash", "zsh", "fish"]


@dataclass(frozen=True)
class CompletionScript(CommandResult):
    """A shell completion script."""

    shell: Shell
    script: str

    def lines(self) -> tuple[str, ...]:
        """Print the script."""
        return (self.script,)


@click.command("completion")
@click.argument("shell", type=click.Choice(get_args(Shell)))
@click.pass_context
def command(context: click.Context, *, shell: Shell) -> CompletionScript:
    """Print a shell completion script.

    Example: craft-store completion bash >> ~/.bashrc
    """
    root = context.find_root()
    maker = get_completion_class(shell)
    if maker is None:
        raise UsageError(f"Shell completion for {shell!r} is not supported.")
    completion = maker(root.command, {}, "craft-store", "_CRAFT_STORE_COMPLETE")
    # Not source(): for bash it runs bash to learn its version, which may be another machine's.
    script = completion.source_template % completion.source_vars()
    return CompletionScript(shell, script)
