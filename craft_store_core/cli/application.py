"""What a command works with: the options given, the plugins, a client, and the output.

A command gets it as click's context object::

    @click.command()
    @click.pass_obj
    def whoami(app: Application) -> Whoami:
        with app.connect() as client:
            return Whoami(client.whoami())

What it returns is a :class:`~craft_store_core.cli.results.CommandResult`. A command that goes on
after its result yields it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

import click

from craft_store_core.builtin import BUILTIN_PLUGINS, load_catalogue
from craft_store_core.cli.standard_streams import Output
from craft_store_core.errors import ExitCode
from craft_store_core.streams import is_terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from craft_store_core.cli.results import CommandResult, Table
    from craft_store_core.cli.support import Support
    from craft_store_core.config import Configuration
    from craft_store_core.errors import CraftStoreError
    from craft_store_core.http import Work
    from craft_store_core.models import Listing
    from craft_store_core.plugins.auth_flows import Prompter
    from craft_store_core.plugins.catalogue import Catalogue
    from craft_store_core.plugins.failures import PluginFailure
    from craft_store_core.plugins.progress import ProgressReporter
    from craft_store_core.stores.client import StoreClient

COMMANDS_PLUGIN = ("commands", "craft_store_core.cli.plugin")


class Application:
    """The state of one run of ``craft-store``.

    Attributes:
        environment: The environment variables.
        store: Value of ``--store``; None when not given.
        format: ``table`` or ``json``.
        verbosity: 0, or how often ``-v`` was given.
        quiet: ``-q`` was given.
        non_interactive: ``--non-interactive`` was given.
        plugins_enabled: False after ``--no-plugins``.
        command: The command's name, for the JSON output.
        needs: What the offer of the command says that it cannot do without.
        resume_hint: What to do after Ctrl-C; None where nothing is left undone.
        output: Where lines are written.
        report: Also reads the result of the command, or what was done before its failure.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = environment
        self.store: str | None = None
        self.format = "table"
        self.verbosity = 0
        self.quiet = False
        self.non_interactive = False
        self.plugins_enabled = True
        self.command: str | None = None
        self.needs: tuple[str, ...] = ()
        self.resume_hint: str | None = None
        self.output = Output()
        self.report: Callable[[Any], object] | None = None
        self._stop_logging: Callable[[], None] | None = None
        self._reporter: ProgressReporter | None = None
        self._partial: CommandResult | None = None

    @cached_property
    def catalogue(self) -> Catalogue:
        """The installed plugins; broken ones are named on standard error, once each."""
        catalogue = load_catalogue(
            self.environment,
            plugins=self.plugins_enabled,
            builtin=(*BUILTIN_PLUGINS, COMMANDS_PLUGIN),
        )
        self._warn_of(catalogue.manager.failures)
        return catalogue

    @cached_property
    def configuration(self) -> Configuration:
        """The user's configuration."""
        from craft_store_core.config import load_configuration

        return load_configuration(self.environment)

    @cached_property
    def work(self) -> Work:
        """What ends the command: given to its client, and to everything that this one does."""
        from craft_store_core.http import Work

        return Work()

    @cached_property
    def support(self) -> Support:
        """Which commands the chosen store supports, for the help."""
        from craft_store_core.cli.support import Support

        return Support(self)

    @property
    def interactive(self) -> bool:
        """Whether a person can be asked: a terminal on both ends, and not forbidden."""
        variable = self.environment.get("CRAFT_STORE_NON_INTERACTIVE", "") not in {"", "0"}
        forbidden = self.non_interactive or variable
        return not forbidden and is_terminal(sys.stdin) and is_terminal(sys.stderr)

    @property
    def prompter(self) -> Prompter:
        """Asks at the terminal, or says that nobody can be asked."""
        from craft_store_core.cli.prompts import NoTerminalPrompter, TerminalPrompter

        return (
            TerminalPrompter(self.output)
            if self.interactive
            else NoTerminalPrompter(self.catalogue)
        )

    def connect(self, **options: Any) -> StoreClient:
        """Return a client for the chosen store; options as in :func:`craft_store_core.connect`."""
        from craft_store_core.assembly import connect, make_reporter

        self._start_logging()
        defaults: dict[str, Any] = {
            "progress": make_reporter(
                "silent" if self.quiet else None, self.configuration, self.catalogue
            ),
            "prompter": self.prompter,
            "interactive": self.interactive,
            "work": self.work,
            "configuration": self.configuration,
            "environment": self.environment,
            "catalogue": self.catalogue,
        }
        client = connect(options.pop("store", self.store), **{**defaults, **options})
        self._reporter = defaults["progress"]
        self.store = client.store.name
        self._check_needs(client)
        return client

    def _check_needs(self, client: StoreClient) -> None:
        """Refuse before the first request what would be refused in the middle."""
        from craft_store_core.errors import UnsupportedOperationError

        for need in self.needs:
            if need != client.store.endpoint_set and not client.supports(need):
                client.close()
                raise UnsupportedOperationError(client.store.name, need)

    def set_verbosity(self, *, verbosity: int | None = None, quiet: bool | None = None) -> None:
        """Take ``-v`` and ``-q`` over, wherever they were given."""
        if verbosity:
            self.verbosity += verbosity
        if quiet:
            self.quiet = True

    def close(self) -> None:
        """Undo what the run changed in this process."""
        if self._stop_logging is not None:
            self._stop_logging()
            self._stop_logging = None

    def _start_logging(self) -> None:
        # Not before it is needed: importing logging costs as much as a fifth of --help.
        if self._stop_logging is not None:
            return
        import logging

        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
        logger = logging.getLogger("craft_store_core")
        before = logger.level
        level = {0: logging.WARNING, 1: logging.INFO}.get(self.verbosity, logging.DEBUG)
        logger.setLevel(logging.ERROR if self.quiet and not self.verbosity else level)
        logger.addHandler(handler)

        def stop() -> None:
            logger.removeHandler(handler)
            logger.setLevel(before)

        self._stop_logging = stop

    # Output: data on standard output, everything else on standard error.

    def say(self, text: str) -> None:
        """Show a line to the person, unless ``-q`` was given."""
        if self.quiet:
            return
        start = ""
        if self._reporter is not None:
            from craft_store_core.plugins.progress import print_line

            if print_line(self._reporter, text):
                return
            # It may have left its line: write over it, not behind it.
            start = "\r\x1b[K" if is_terminal(sys.stderr) else ""
        self.output.tell_line(f"{start}{text}")

    def show(self, returned: object) -> int:
        """Show what a command returned, in the format that was asked for.

        Args:
            returned: A result, an iterator of results, or the exit code of a command without one.

        Returns:
            The exit code.
        """
        from craft_store_core.cli.results import CommandResult

        if isinstance(returned, Iterator):
            return max(map(self.show, returned), default=ExitCode.DONE)
        if not isinstance(returned, CommandResult):
            return returned if isinstance(returned, int) else ExitCode.DONE
        if self.report is not None:
            # Shown also where the report cannot be written.
            self.record_partial(returned)
            self._partial = None
        if self.format == "json":
            self._print_json({"ok": True, "result": returned.to_json()})
        else:
            self._print_for_people(returned)
        for listing in returned.listings():
            self.warn_unreadable(listing)
        for note in returned.notes():
            self.say(note)
        return returned.exit_code

    def record_partial(self, result: CommandResult) -> None:
        """Record what was done before a failure; it is shown together with the error."""
        self._partial = result
        if self.report is not None:
            self.report(result)

    def _print_for_people(self, result: CommandResult) -> None:
        for line in result.lines():
            self.output.print_line(line)
        table = result.table()
        if table is not None:
            self._print_table(table)

    def _print_table(self, table: Table) -> None:
        from craft_store_core.cli.tables import table_lines

        rows = list(table.rows)
        if rows:
            lines = table_lines(table.columns, rows, grouped=table.grouped, style=self._style)
            self.output.print_line("\n".join(lines))
        elif table.empty is not None:
            self.say(table.empty)

    def warn_unreadable(self, listing: Listing[Any]) -> None:
        """Say how many rows of a listing could not be read; they are left out, not hidden."""
        if listing.unreadable:
            reason = listing.unreadable[0][1]
            self._warn(
                f"{len(listing.unreadable)} rows of the response could not be read. The first "
                f"problem: {reason}"
            )

    def report_error(self, error: CraftStoreError) -> ExitCode:
        """Show an error in its three parts and return the exit code."""
        partial = self._partial
        if self.format == "json":
            from craft_store_core.cli.error_json import ErrorDocument
            from craft_store_core.cli.results import to_json

            done = {} if partial is None else {"result": partial.to_json()}
            self._print_json({"ok": False, "error": to_json(ErrorDocument.of(error)), **done})
        elif partial is not None:
            self._print_for_people(partial)
        self.output.tell_line(f"{self._word('error:', 'red')} {error.message}")
        if error.why:
            self.output.tell_line(f"  why: {error.why}")
        if error.advice:
            self.output.tell_line(f"  what to do: {error.advice}")
        request_id = getattr(error, "request_id", None)
        if request_id:
            self.output.tell_line(f"  request id: {request_id}")
        return error.exit_code

    def _warn(self, text: str) -> None:
        self.output.tell_line(f"{self._word('warning:', 'yellow')} {text}")

    @property
    def _style(self) -> bool:
        from craft_store_core.cli.tables import wants_style

        return wants_style(self.environment)

    def _word(self, text: str, colour: str) -> str:
        return click.style(text, fg=colour, bold=True) if self._style else text

    def _print_json(self, content: Mapping[str, Any]) -> None:
        import json

        document = {"version": 1, "command": self.command, "store": self.store, **content}
        # Where the output has no letters beyond some alphabet, JSON has a way to write them.
        universal = self.output.encoding.lower().replace("-", "").startswith("utf")
        self.output.print_line(json.dumps(document, indent=2, ensure_ascii=not universal))

    def _warn_of(self, failures: Sequence[PluginFailure]) -> None:
        by_plugin: dict[str, list[PluginFailure]] = {}
        for failure in failures:
            by_plugin.setdefault(str(failure.provider), []).append(failure)
        for found in by_plugin.values():
            more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
            self._warn(f"{found[0]}{more}; see 'craft-store plugins doctor'")
