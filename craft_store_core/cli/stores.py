"""``craft-store stores``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from craft_store_core.assembly import resolve_store
from craft_store_core.distributions import offering
from craft_store_core.errors import CraftStoreError

if TYPE_CHECKING:
    from craft_store_core.cli.application import Application
    from craft_store_core.plugins.stores import Store


@click.command("stores")
@click.pass_obj
def command(app: Application) -> None:
    """List the stores that are installed or configured.

    Example: craft-store stores --format json
    """
    catalogue, configuration = app.catalogue, app.configuration
    providers = {item.offer.name: str(item.provider) for item in reversed(catalogue.stores)}
    providers.update(dict.fromkeys(configuration.stores, f"{configuration.source}"))
    found: list[dict[str, Any]] = []
    broken: list[dict[str, str]] = []
    for name, provider in sorted(providers.items()):
        try:
            store = resolve_store(name, configuration, catalogue)
        except CraftStoreError as error:
            broken.append({"name": name, "provider": provider, "error": error.message})
            continue
        found.append(
            {
                "name": store.name,
                "title": store.title,
                "provider": provider,
                "endpoint-set": store.endpoint_set,
                "auth-flows": list(store.auth_flows),
                "urls": dict(store.urls),
                "operations": _operations(app, store),
            }
        )
    app.result(
        [*found, *broken],
        columns=("Name", "Title", "API", "Auth flows", "From"),
        rows=[
            *(
                (
                    store["name"],
                    store["title"],
                    store["urls"]["api"],
                    ", ".join(store["auth-flows"]),
                    store["provider"],
                )
                for store in found
            ),
            *((item["name"], item["error"], None, None, item["provider"]) for item in broken),
        ],
        empty=f"No store is installed. Install a store plugin, such as {offering('store')}.",
    )


def _operations(app: Application, store: Store) -> list[str] | None:
    try:
        operations = app.catalogue.operations(store)
    except CraftStoreError:
        # The store is defined, and its endpoint set is not installed or does not work.
        return None
    return sorted(operations - {store.endpoint_set})
