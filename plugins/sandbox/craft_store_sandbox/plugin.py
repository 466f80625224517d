"""What the sandbox registers: the store ``sandbox``, and the commands ``sandbox`` and ``demo``."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from craft_store_core.plugins import CommandOffer, StoreOffer, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterator

    import click

    from craft_store_core.plugins import Store


@hookimpl
def craft_store_stores() -> Iterator[StoreOffer]:
    """Offer the stores that ``craft-store sandbox serve`` runs: for charms, and for snaps."""
    yield StoreOffer("sandbox", "The embedded store on this machine", load=_store)
    # Its dialect comes with a distribution that this one does not ask for.
    if find_spec("craft_store_snapstore") is not None:
        yield StoreOffer(
            "sandbox-snap", "The embedded store on this machine, as a Snap Store", load=_snap_store
        )


@hookimpl
def craft_store_commands() -> Iterator[CommandOffer]:
    """Offer the commands that run the embedded store."""
    yield CommandOffer(
        "demo",
        "Publish a charm to an embedded store, from login to release.",
        load=_demo,
        section="Sandbox",
    )
    yield CommandOffer(
        "sandbox", "Run an embedded store on this machine.", load=_sandbox, section="Sandbox"
    )


def _store() -> Store:
    from craft_store_sandbox.cli.store import configured_store

    return configured_store()


def _snap_store() -> Store:
    from craft_store_sandbox.cli.store import configured_snap_store

    return configured_snap_store()


def _demo() -> click.Command:
    from craft_store_sandbox.cli.demo import command

    return command


def _sandbox() -> click.Command:
    from craft_store_sandbox.cli.commands import command

    return command
