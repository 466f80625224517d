"""Registers the stores, their endpoint set, the charm reader and the charm commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from craft_store_core.plugins import (
    ArtifactReaderOffer,
    CommandOffer,
    EndpointSetOffer,
    StoreOffer,
    hookimpl,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    import click

    from craft_store_core.plugins import ArtifactReader, EndpointSet, Store

_SECTION = "Charms"


@hookimpl
def craft_store_stores() -> Iterable[StoreOffer]:
    """Offer Charmhub and its staging server."""
    yield StoreOffer("charmhub", "Charmhub, the store of charms", load=_charmhub)
    yield StoreOffer("charmhub-staging", "The staging server of Charmhub", load=_staging)


@hookimpl
def craft_store_endpoint_sets() -> Iterable[EndpointSetOffer]:
    """Offer the endpoint set of both."""
    yield EndpointSetOffer(
        "charmhub", "The Publisher Gateway, with the operations of charms", load=_endpoints
    )


@hookimpl
def craft_store_artifact_readers() -> Iterable[ArtifactReaderOffer]:
    """Offer the reader of charms and bundles."""
    yield ArtifactReaderOffer("charm", "Charms and bundles", load=_reader)


@hookimpl
def craft_store_commands() -> Iterable[CommandOffer]:
    """Offer the commands that only make sense for charms."""
    yield CommandOffer(
        "info",
        "Show the public page and releases of a charm.",
        load=_info,
        section=_SECTION,
        # The Snap Store has an operation of this name, too.
        needs=("charmhub",),
    )
    yield CommandOffer(
        "libraries",
        "List, fetch, publish and register the libraries of charms.",
        load=_libraries,
        section=_SECTION,
        needs=("publish-library", "find-libraries"),
    )
    yield CommandOffer(
        "set-resource-architectures",
        "Set the architectures of a resource revision.",
        load=_set_resource_architectures,
        section=_SECTION,
        needs=("update-resource-revisions",),
    )


def _charmhub() -> Store:
    from craft_store_charmhub.stores import CHARMHUB

    return CHARMHUB


def _staging() -> Store:
    from craft_store_charmhub.stores import CHARMHUB_STAGING

    return CHARMHUB_STAGING


def _endpoints() -> type[EndpointSet]:
    from craft_store_charmhub.endpoints import CharmhubEndpoints

    return CharmhubEndpoints


def _reader() -> ArtifactReader:
    from craft_store_charmhub.archive import CharmReader

    return CharmReader()


def _info() -> click.Command:
    from craft_store_charmhub.commands import info

    return info


def _libraries() -> click.Command:
    from craft_store_charmhub.library_commands import command

    return command


def _set_resource_architectures() -> click.Command:
    from craft_store_charmhub.commands import set_resource_architectures

    return set_resource_architectures
