"""``craft-store plugins``."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

from craft_store_core.cli.application import Application
from craft_store_core.errors import ExitCode
from craft_store_core.plugins.manager import HOOKS

if TYPE_CHECKING:
    from craft_store_core.plugins.failures import PluginFailure, Provider
    from craft_store_core.plugins.offers import Offer


@click.group("plugins")
def command() -> None:
    """List the plugins, or diagnose problems with them."""


@command.command("list")
@click.pass_obj
def list_plugins(app: Application) -> None:
    """List the plugins and their offers.

    Example: craft-store plugins list
    """
    manager = app.catalogue.manager
    offers = _offers_by_provider(app)
    failures = _failures_by_provider(app)
    providers = list(dict.fromkeys([*manager.providers, *failures]))
    plugins: list[dict[str, Any]] = [
        {
            "name": provider.plugin,
            "distribution": provider.distribution,
            "version": provider.version,
            "builtin": provider.builtin,
            "status": "broken" if provider in failures else "ok",
            "offers": offers.get(provider, []),
        }
        for provider in providers
    ] + [
        {
            "name": entry.name,
            "distribution": entry.distribution,
            "version": entry.version,
            "builtin": False,
            "status": "disabled",
            "offers": [],
        }
        for entry in manager.disabled
    ]
    app.result(
        plugins,
        columns=("Plugin", "Distribution", "Version", "Status", "Offers"),
        rows=[
            (
                plugin["name"],
                "(built in)" if plugin["builtin"] else plugin["distribution"],
                plugin["version"],
                plugin["status"],
                ", ".join(f"{offer['kind']} {offer['name']}" for offer in plugin["offers"]) or None,
            )
            for plugin in plugins
        ],
    )


@command.command("doctor")
@click.option("--load", is_flag=True, help="Also load every offer of every plugin.")
@click.pass_context
def doctor(context: click.Context, *, load: bool) -> None:
    """Diagnose problems with the plugins. Exits with 1 if there is a problem.

    Example: craft-store plugins doctor --load
    """
    app = context.ensure_object(Application)
    if load:
        _load_everything(app)
    failures = app.catalogue.manager.failures
    app.result(
        [_failure_json(failure) for failure in failures],
        lines=[line for failure in failures for line in _failure_lines(failure)]
        or ["No problems found."],
    )
    context.exit(ExitCode.FAILED if failures else ExitCode.DONE)


def _load_everything(app: Application) -> None:
    from craft_store_core.errors import PluginError

    manager = app.catalogue.manager
    for hook, kind in HOOKS.items():
        for item in manager.offers(hook, kind):
            with suppress(PluginError):  # recorded by the manager, and shown by the caller
                manager.load_offer(item, lambda _: True)


def _failure_json(failure: PluginFailure) -> dict[str, Any]:
    return {
        "plugin": failure.provider.plugin,
        "distribution": failure.provider.distribution,
        "version": failure.provider.version,
        "stage": failure.stage.value,
        "reason": failure.reason,
        "off": failure.off,
        "traceback": failure.traceback() or None,
    }


def _failure_lines(failure: PluginFailure) -> list[str]:
    return [
        f"plugin {failure.provider}",
        f"  unavailable: {failure.off}",
        f"  stage: {failure.stage.value}",
        f"  reason: {failure.reason}",
        *(f"  | {line}" for line in failure.traceback().splitlines()),
        (
            f"  what to do: repair or uninstall {failure.provider.distribution}, "
            f"or set CRAFT_STORE_DISABLE_PLUGINS={failure.provider.plugin}"
        ),
    ]


def _offers_by_provider(app: Application) -> dict[Provider, list[dict[str, str]]]:
    found: dict[Provider, list[dict[str, str]]] = {}
    for hook, kind in HOOKS.items():
        word = hook.removeprefix("craft_store_").removesuffix("s").replace("_", " ")
        for item in app.catalogue.manager.offers(hook, kind):
            offer: Offer[Any] = item.offer
            found.setdefault(item.provider, []).append(
                {"kind": word, "name": offer.name, "summary": offer.summary}
            )
    return found


def _failures_by_provider(app: Application) -> dict[Provider, list[PluginFailure]]:
    found: dict[Provider, list[PluginFailure]] = {}
    for failure in app.catalogue.manager.failures:
        found.setdefault(failure.provider, []).append(failure)
    return found
