"""``craft-store plugins``."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import click

from craft_store_core.cli.results import CommandResult, Table
from craft_store_core.errors import ExitCode
from craft_store_core.plugins.manager import HOOKS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from craft_store_core.cli.application import Application
    from craft_store_core.plugins.failures import PluginFailure, Provider
    from craft_store_core.plugins.offers import Offer


@dataclass(frozen=True)
class PluginOffer:
    """One offer of a plugin.

    Attributes:
        kind: What is offered, such as store.
    """

    kind: str
    name: str
    summary: str


@dataclass(frozen=True)
class InstalledPlugin:
    """A plugin.

    Attributes:
        builtin: It belongs to the core.
        status: broken where anything of it has failed.
    """

    name: str
    distribution: str
    version: str
    builtin: bool
    status: Literal["ok", "broken", "disabled"]
    offers: Sequence[PluginOffer]


@dataclass(frozen=True)
class Plugins(CommandResult, document="plugins"):
    """The plugins and their offers."""

    plugins: Sequence[InstalledPlugin]

    def table(self) -> Table:
        """Show a plugin with all its offers in a row."""
        return Table(
            ("Plugin", "Distribution", "Version", "Status", "Offers"),
            [
                (
                    plugin.name,
                    "(built in)" if plugin.builtin else plugin.distribution,
                    plugin.version,
                    plugin.status,
                    ", ".join(f"{offer.kind} {offer.name}" for offer in plugin.offers) or None,
                )
                for plugin in self.plugins
            ],
        )


@dataclass(frozen=True)
class PluginProblem:
    """A failure of a plugin.

    Attributes:
        stage: When it happened, such as import.
        off: What does not work because of it.
        traceback: Python's words; null where there are none.
    """

    plugin: str
    distribution: str
    version: str
    stage: str
    reason: str
    off: str
    traceback: str | None

    @classmethod
    def of(cls, failure: PluginFailure) -> PluginProblem:
        """Return the problem that a failure is."""
        return cls(
            failure.provider.plugin,
            failure.provider.distribution,
            failure.provider.version,
            failure.stage.value,
            failure.reason,
            failure.off,
            failure.traceback() or None,
        )


@dataclass(frozen=True)
class Diagnosis(CommandResult, document="problems"):
    """The failures of plugins; empty without failures."""

    problems: Sequence[PluginProblem]
    providers: Sequence[Provider]

    @property
    def exit_code(self) -> ExitCode:
        """Fail where there is a problem."""
        return ExitCode.FAILED if self.problems else ExitCode.DONE

    def lines(self) -> Iterator[str]:
        """Show each problem, and what to do."""
        if not self.problems:
            yield "No problems found."
        for problem, provider in zip(self.problems, self.providers, strict=True):
            yield f"plugin {provider}"
            yield f"  unavailable: {problem.off}"
            yield f"  stage: {problem.stage}"
            yield f"  reason: {problem.reason}"
            yield from (f"  | {line}" for line in (problem.traceback or "").splitlines())
            yield (
                f"  what to do: repair or uninstall {problem.distribution}, "
                f"or set CRAFT_STORE_DISABLE_PLUGINS={problem.plugin}"
            )


@click.group("plugins")
def command() -> None:
    """List the plugins, or diagnose problems with them."""


@command.command("list")
@click.pass_obj
def list_plugins(app: Application) -> Plugins:
    """List the plugins and their offers.

    Example: craft-store plugins list
    """
    manager = app.catalogue.manager
    offers = _offers_by_provider(app)
    broken = dict.fromkeys(failure.provider for failure in manager.failures)
    working = [
        InstalledPlugin(
            provider.plugin,
            provider.distribution,
            provider.version,
            provider.builtin,
            "broken" if provider in broken else "ok",
            offers.get(provider, []),
        )
        for provider in dict.fromkeys([*manager.providers, *broken])
    ]
    disabled = [
        InstalledPlugin(
            entry.name,
            entry.distribution,
            entry.version,
            builtin=False,
            status="disabled",
            offers=(),
        )
        for entry in manager.disabled
    ]
    return Plugins([*working, *disabled])


@command.command("doctor")
@click.option("--load", is_flag=True, help="Also load every offer of every plugin.")
@click.pass_obj
def doctor(app: Application, *, load: bool) -> Diagnosis:
    """Diagnose problems with the plugins. Exits with 1 if there is a problem.

    Example: craft-store plugins doctor --load
    """
    if load:
        _load_everything(app)
    failures = app.catalogue.manager.failures
    return Diagnosis(
        [PluginProblem.of(failure) for failure in failures],
        [failure.provider for failure in failures],
    )


def _load_everything(app: Application) -> None:
    from craft_store_core.errors import PluginError

    manager = app.catalogue.manager
    for hook, kind in HOOKS.items():
        for item in manager.offers(hook, kind):
            with suppress(PluginError):  # recorded by the manager, and shown by the caller
                manager.load_offer(item, lambda _: True)


def _offers_by_provider(app: Application) -> dict[Provider, list[PluginOffer]]:
    found: dict[Provider, list[PluginOffer]] = {}
    for hook, kind in HOOKS.items():
        word = hook.removeprefix("craft_store_").removesuffix("s").replace("_", " ")
        for item in app.catalogue.manager.offers(hook, kind):
            offer: Offer[Any] = item.offer
            found.setdefault(item.provider, []).append(PluginOffer(word, offer.name, offer.summary))
    return found
