"""Questions at the terminal, and their answers where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from craft_store_core.errors import UsageError
from craft_store_core.plugins.auth_flows import NoPrompter

if TYPE_CHECKING:
    from craft_store_core.cli.standard_streams import Output
    from craft_store_core.plugins.catalogue import Catalogue


class TerminalPrompter:
    """Asks on standard error, so that standard output stays data.

    Args:
        output: Where lines are written.
    """

    def __init__(self, output: Output) -> None:
        self._output = output

    def ask(self, name: str, question: str, *, secret: bool = False) -> str:
        """Return what the person types."""
        answer: str = click.prompt(question, hide_input=secret, err=True)
        return answer

    def tell(self, text: str) -> None:
        """Show a line on standard error."""
        self._output.tell_line(text)


class NoTerminalPrompter(NoPrompter):
    """Asks nobody, and says which option answers the question.

    Args:
        catalogue: Whose auth flows offer the questions.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def ask(self, name: str, question: str, *, secret: bool = False) -> str:
        """Raise: there is nobody to ask.

        Raises:
            UsageError: Always.
        """
        try:
            return super().ask(name, question, secret=secret)
        except UsageError as error:
            ways = self._ways(name)
            if not ways:
                raise
            raise UsageError(
                error.message,
                why=error.why,
                advice=(
                    f"{ways}, or run 'craft-store export-login' on another machine and set "
                    "CRAFT_STORE_CREDENTIALS here."
                ),
            ) from None

    def _ways(self, name: str) -> str:
        """Return how to answer a question without a terminal; nothing where there is no way."""
        questions = [
            question
            for item in self._catalogue.auth_flows
            for question in item.offer.questions
            if question.name == name
        ]
        ways = [
            *(f"pass {question.option}" for question in questions if question.option),
            *(f"set {question.variable}" for question in questions if question.variable),
        ]
        text = ", ".join(dict.fromkeys(ways))
        return f"{text[:1].upper()}{text[1:]}"
