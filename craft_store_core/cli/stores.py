"""``craft-store stores``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from craft_store_core.assembly import resolve_store
from craft_store_core.cli.results import CommandResult, Table
from craft_store_core.distributions import offering
from craft_store_core.errors import CraftStoreError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from craft_store_core.cli.application import Application
    from craft_store_core.plugins.stores import Store


@dataclass(frozen=True)
class InstalledStore:
    """A store.

    Attributes:
        provider: The plugin or the configuration file that defines it.
        urls: The address of each of its services.
        operations: What it can do; null where its endpoint set does not work here.
    """

    name: str
    title: str
    provider: str
    endpoint_set: str
    auth_flows: Sequence[str]
    urls: Mapping[str, str]
    operations: Sequence[str] | None


@dataclass(frozen=True)
class BrokenStore:
    """A store whose definition cannot be used.

    Attributes:
        error: Why.
    """

    name: str
    provider: str
    error: str


@dataclass(frozen=True)
class Stores(CommandResult, document="stores"):
    """The stores that are installed or configured."""

    stores: Sequence[InstalledStore | BrokenStore]

    def table(self) -> Table:
        """Show each store, those that cannot be used at the end."""
        return Table(
            ("Name", "Title", "API", "Auth flows", "From"),
            [
                (store.name, store.error, None, None, store.provider)
                if isinstance(store, BrokenStore)
                else (
                    store.name,
                    store.title,
                    store.urls["api"],
                    ", ".join(store.auth_flows),
                    store.provider,
                )
                for store in self.stores
            ],
            empty=f"No store is installed. Install a store plugin, such as {offering('store')}.",
        )


@click.command("stores")
@click.pass_obj
def command(app: Application) -> Stores:
    """List the stores that are installed or configured.

    Example: craft-store stores --format json
    """
    catalogue, configuration = app.catalogue, app.configuration
    providers = {item.offer.name: str(item.provider) for item in reversed(catalogue.stores)}
    providers.update(dict.fromkeys(configuration.stores, f"{configuration.source}"))
    found: list[InstalledStore] = []
    broken: list[BrokenStore] = []
    for name, provider in sorted(providers.items()):
        try:
            store = resolve_store(name, configuration, catalogue)
        except CraftStoreError as error:
            broken.append(BrokenStore(name, provider, error.message))
            continue
        found.append(
            InstalledStore(
                store.name,
                store.title,
                provider,
                store.endpoint_set,
                store.auth_flows,
                store.urls,
                _operations(app, store),
            )
        )
    return Stores([*found, *broken])


def _operations(app: Application, store: Store) -> list[str] | None:
    try:
        operations = app.catalogue.operations(store)
    except CraftStoreError:
        # The store is defined, and its endpoint set is not installed or does not work.
        return None
    return sorted(operations - {store.endpoint_set})
