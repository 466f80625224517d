"""The options of a login, made of the questions that the offers of the auth flows bring."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from craft_store_core.cli.application import Application
from craft_store_core.cli.secrets import read_secret
from craft_store_core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from craft_store_core.plugins.offers import Question


class LoginCommand(click.Command):
    """A command with an option for each question of the installed auth flows; it loads no flow.

    Its callback gets the values of these options as further keyword arguments, which
    :func:`read_answers` reads. An option of the command itself wins over a flow's of the same name.
    """

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return the options of the flows, then those of the command."""
        return [*self._of_flows(ctx), *super().get_params(ctx)]

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Return the option, which waits for ``--store``: the help depends on it."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.is_eager = False
        return option

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the options, without those of flows that the chosen store does not have."""
        app = ctx.ensure_object(Application)
        shown = _by_option(app, app.support.auth_flows)
        for option in self._of_flows(ctx):
            option.hidden = option.opts[0] not in shown
        super().format_options(ctx, formatter)

    def _of_flows(self, ctx: click.Context) -> list[click.Option]:
        # The same ones each time: click compares them while it parses.
        options: list[click.Option] | None = ctx.meta.get(__name__)
        if options is None:
            taken = {spelling for parameter in self.params for spelling in parameter.opts}
            options = [
                _option(name, questions)
                for name, questions in _by_option(ctx.ensure_object(Application)).items()
                if name not in taken
            ]
            ctx.meta[__name__] = options
        return options


def read_answers(app: Application, given: Mapping[str, str | None]) -> dict[str, str]:
    """Return the answers that were given as options, by the names of the questions.

    Args:
        app: The run.
        given: The further keyword arguments of the callback of a :class:`LoginCommand`.

    Raises:
        UsageError: A file cannot be read or has no secret; or two options read standard input.
    """
    values = {
        option: (questions, value)
        for option, questions in _by_option(app).items()
        if (value := given.get(_argument(option))) is not None
    }
    from_input = [
        option
        for option, (questions, value) in values.items()
        if value == "-" and _is_secret(questions)
    ]
    if len(from_input) > 1:
        raise UsageError(f"{' and '.join(from_input)} cannot both read standard input.")
    answers: dict[str, str] = {}
    for option, (questions, value) in values.items():
        answer = read_secret(value, option) if _is_secret(questions) else value
        for question in questions:
            answers.setdefault(question.name, answer or "")
    return answers


def _by_option(app: Application, flows: Collection[str] | None = None) -> dict[str, list[Question]]:
    """Return the questions that each option answers, at all flows or at some."""
    found: dict[str, list[Question]] = {}
    for item in app.catalogue.auth_flows:
        if flows is None or item.offer.name in flows:
            for question in item.offer.questions:
                if question.option is not None:
                    found.setdefault(question.option, []).append(question)
    return found


def _option(name: str, questions: list[Question]) -> click.Option:
    variables = dict.fromkeys(question.variable for question in questions if question.variable)
    default = f" (default: {' or '.join(variables)})" if variables else ""
    return click.Option(
        [name, _argument(name)],
        metavar="FILE" if questions[0].reads_file else None,
        help=f"{questions[0].help.rstrip('.')}{default}.",
    )


def _argument(option: str) -> str:
    return f"answer_to_{option.lstrip('-').replace('-', '_')}"


def _is_secret(questions: list[Question]) -> bool:
    return any(question.secret for question in questions)
