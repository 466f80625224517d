"""Questions at the terminal."""

from __future__ import annotations

import click


class TerminalPrompter:
    """Asks on standard error, so that standard output stays data."""

    def ask(self, name: str, question: str, *, secret: bool = False) -> str:
        """Return what the person types."""
        answer: str = click.prompt(question, hide_input=secret, err=True)
        return answer

    def tell(self, text: str) -> None:
        """Show a line on standard error."""
        click.echo(text, err=True)
