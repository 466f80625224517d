"""Registers the stores, their dialect and the charm commands; imports nothing heavy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from craft_store_core.plugins import CommandOffer, EndpointSetOffer, StoreOffer, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable

    import click

    from craft_store_core.plugins.endpoint_sets import Dialect
    from craft_store_core.plugins.stores import Store

_DIALECT = "charmhub"
_SECTION = "Charms"


@hookimpl
def craft_store_stores() -> Iterable[StoreOffer]:
    """Offer Charmhub and its staging server."""
    yield StoreOffer("charmhub", "Charmhub, the store of charms", load=_charmhub)
    yield StoreOffer("charmhub-staging", "Charmhub's staging server", load=_staging)


@hookimpl
def craft_store_endpoint_sets() -> Iterable[EndpointSetOffer]:
    """Offer the dialect that both speak."""
    yield EndpointSetOffer(
        _DIALECT,
        "The Publisher Gateway with what only charms have",
        load=_dialect,
        operations=_operations,
    )


@hookimpl
def craft_store_commands() -> Iterable[CommandOffer]:
    """Offer the commands that only make sense for charms."""
    yield CommandOffer(
        "info",
        "Show what everybody can know of a charm; needs no login.",
        load=_info,
        section=_SECTION,
        needs=(_DIALECT,),
    )
    yield CommandOffer(
        "libraries",
        "List, fetch, publish and register the libraries of charms.",
        load=_libraries,
        section=_SECTION,
        needs=(_DIALECT,),
    )
    yield CommandOffer(
        "set-resource-architectures",
        "Say on which architectures a resource revision runs.",
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


def _dialect() -> Dialect:
    from craft_store_charmhub.endpoints import CharmhubDialect

    return CharmhubDialect()


def _operations() -> Iterable[str]:
    from craft_store_charmhub.operations import OPERATIONS

    return OPERATIONS


def _info() -> click.Command:
    from craft_store_charmhub.commands import info

    return info


def _libraries() -> click.Command:
    from craft_store_charmhub.library_commands import command

    return command


def _set_resource_architectures() -> click.Command:
    from craft_store_charmhub.commands import set_resource_architectures

    return set_resource_architectures
