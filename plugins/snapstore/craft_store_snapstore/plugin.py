"""Registers the stores, their endpoint set, the snap reader and commands; imports nothing heavy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from craft_store_core.plugins import (
    ArtifactReaderOffer,
    AuthFlowOffer,
    CommandOffer,
    EndpointSetOffer,
    StoreOffer,
    hookimpl,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import click

    from craft_store_core.plugins import ArtifactReader, AuthFlowFactory, EndpointSet, Store


COMMANDS = {
    "account": "Show the Snap Store account, or set its user name.",
    "agreement": "Show or accept the developer agreement.",
    "collaborators": "List and invite the collaborators of a snap, and answer invitations.",
    "confdb-schemas": "List, sign and upload confdb schemas.",
    "create-key": "Create a key to sign assertions with.",
    "gated": "List the snaps that a gating snap gates.",
    "keys": "List the keys to sign assertions with.",
    "metrics": "Show how many installations a snap has.",
    "promote-snap": "Release the revisions of one channel, for all architectures, to another.",
    "register-key": "Register a key with the Snap Store account.",
    "register-snap": "Register or claim a snap name, also in a brand store.",
    "release-history": "List all releases and closings of channels.",
    "show-revision": "Show one revision of a snap.",
    "sign-build": "Sign a build assertion for a snap and upload it.",
    "upload-metadata": "Upload the texts and the icon of a snap to its store page.",
    "validate": "Validate revisions of gated snaps for a gating snap.",
    "validation-sets": "List, sign and upload validation sets.",
}
"""The commands and their summaries; each is a module of :mod:`craft_store_snapstore.commands`."""

_NEEDS = {
    "account": "account",
    "agreement": "agreement",
    "confdb-schemas": "push-assertion",
    "gated": "list-validations",
    "keys": "account",
    "metrics": "metrics",
    "promote-snap": "promote",
    "register-key": "register-key",
    "register-snap": "check-name",
    "release-history": "list-past-releases",
    "show-revision": "get-revision",
    "sign-build": "push-snap-build",
    "upload-metadata": "push-snap-metadata",
    "validate": "push-validation",
    "validation-sets": "push-assertion",
}


@hookimpl
def craft_store_stores() -> Iterable[StoreOffer]:
    """Offer the Snap Store and its staging twin."""
    yield StoreOffer("snapstore", "The Snap Store", load=_production)
    yield StoreOffer("snapstore-staging", "The staging server of the Snap Store", load=_staging)


@hookimpl
def craft_store_endpoint_sets() -> Iterable[EndpointSetOffer]:
    """Offer the Snap Store's endpoint set."""
    yield EndpointSetOffer("snapstore", "The Snap Store's dashboard API", load=_endpoints)


@hookimpl
def craft_store_artifact_readers() -> Iterable[ArtifactReaderOffer]:
    """Offer the reader of snaps."""
    yield ArtifactReaderOffer("snap", "Snaps", load=_reader)


@hookimpl
def craft_store_auth_flows() -> Iterable[AuthFlowOffer]:
    """Offer the use of credentials that are a finished header."""
    yield AuthFlowOffer(
        "snapstore-header",
        "Credentials in the form of a complete Snap Store header",
        load=_finished_header,
        kinds=("bound-macaroons",),
    )


@hookimpl
def craft_store_commands() -> Iterable[CommandOffer]:
    """Offer the commands that only make sense for snaps."""
    for name, summary in COMMANDS.items():
        needs = (_NEEDS.get(name, "snapstore"),)
        yield CommandOffer(name, summary, load=_command(name), section="Snaps", needs=needs)


def _command(name: str) -> Callable[[], click.Command]:
    def load() -> click.Command:
        from importlib import import_module

        module = import_module(f"craft_store_snapstore.commands.{name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    return load


def _production() -> Store:
    from craft_store_snapstore.stores import snapstore

    return snapstore()


def _staging() -> Store:
    from craft_store_snapstore.stores import snapstore_staging

    return snapstore_staging()


def _endpoints() -> type[EndpointSet]:
    from craft_store_snapstore.endpoints import SnapStoreEndpoints

    return SnapStoreEndpoints


def _reader() -> ArtifactReader:
    from craft_store_snapstore.snap_file import SnapReader

    return SnapReader()


def _finished_header() -> AuthFlowFactory:
    from craft_store_snapstore.tokens import FinishedHeaderFlow

    return FinishedHeaderFlow
