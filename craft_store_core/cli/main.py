"""From the arguments to the exit code."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from craft_store_core.cli.application import Application
from craft_store_core.cli.group import make_group
from craft_store_core.cli.standard_streams import fill_gaps
from craft_store_core.errors import CraftStoreError, ExitCode, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def main() -> None:
    """Run the command line and exit with its status."""
    fill_gaps()
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str], environment: Mapping[str, str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: Without the program's name.
        environment: Read instead of the process's.

    Returns:
        The exit status, see :class:`~craft_store_core.errors.ExitCode`.
    """
    app = Application(os.environ if environment is None else environment)
    with app.output:
        try:
            code = _run(app, arguments)
        except KeyboardInterrupt:  # pressed again, while the first one was told
            code = ExitCode.INTERRUPTED
        finally:
            app.close()
        problem = app.output.lost_result()
        return _without_result(app, problem) if problem and code == ExitCode.DONE else code


def _run(app: Application, arguments: Sequence[str]) -> int:
    try:
        status = make_group().main(
            args=list(arguments), prog_name="craft-store", obj=app, standalone_mode=False
        )
        return status if isinstance(status, int) else ExitCode.DONE
    except click.ClickException as error:
        return _usage(app, error, arguments)
    except click.Abort:
        return app.report_error(_InterruptedError("Interrupted.", advice=app.resume_hint))
    except SystemExit as error:  # how click ends a completion
        return _status(app, error)
    except CraftStoreError as error:
        _trace(app, error)
        return app.report_error(error)
    except Exception as error:  # the last place: a defect too ends in words and an exit code
        _trace(app, error)
        return app.report_error(_internal(error))


def _status(app: Application, stop: SystemExit) -> int:
    """Return what Python would make of it."""
    if stop.code is None or isinstance(stop.code, int):
        return stop.code or ExitCode.DONE
    app.output.tell_line(f"{stop.code}")
    return ExitCode.FAILED


def _without_result(app: Application, problem: OSError | ValueError) -> ExitCode:
    if isinstance(problem, BrokenPipeError):
        # Whoever read it has seen enough, as `head` has: that needs no words.
        return ExitCode.PIPE_CLOSED
    return app.report_error(
        ResultNotWrittenError(
            "The command succeeded, but its result cannot be written to standard output.",
            why=getattr(problem, "strerror", None) or str(problem),
            advice=(
                "Do not run the command again if it changes something. Check its effect with a "
                "command such as 'craft-store status', with a standard output that can be written."
            ),
        )
    )


def _usage(app: Application, error: click.ClickException, arguments: Sequence[str]) -> int:
    # What cannot be parsed was not taken over: the wish for JSON is looked for in the arguments.
    if app.format == "json" or "--format json" in " ".join(arguments).replace("=", " "):
        app.format = "json"
        context = getattr(error, "ctx", None)
        if context is not None:
            app.command = context.command_path.partition(" ")[2] or None
        return app.report_error(UsageError(error.format_message()))
    error.show()
    return ExitCode.USAGE


def _trace(app: Application, error: Exception) -> None:
    if app.verbosity > 1:
        from traceback import format_exception

        app.output.tell_line("".join(format_exception(error)).rstrip("\n"))


class ResultNotWrittenError(CraftStoreError):
    """The work was done, and standard output did not take its result."""

    exit_code = ExitCode.RESULT_NOT_WRITTEN


class _InterruptedError(CraftStoreError):
    """Ctrl-C, or a question that was not answered."""

    exit_code = ExitCode.INTERRUPTED

    @property
    def code(self) -> str:
        """The word for it in JSON."""
        return "interrupted"


class InternalError(CraftStoreError):
    """A defect of this program or of a plugin."""

    exit_code = ExitCode.INTERNAL


def _internal(error: Exception) -> InternalError:
    return InternalError(
        "Internal error in craft-store or in a plugin.",
        why=f"{type(error).__qualname__}: {error}",
        advice=(
            "Run the command again with -vv and report its output with that of 'craft-store "
            "plugins doctor'."
        ),
    )
