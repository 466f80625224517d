"""The hooks. Each collects; none takes an argument; each returns an iterable of offers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from craft_store_core.plugins.offers import (
        ArtifactReaderOffer,
        AuthFlowOffer,
        CommandOffer,
        CredentialBackendOffer,
        EndpointSetOffer,
        ProgressReporterOffer,
        StoreOffer,
    )

PROJECT = "craft_store"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
"""Marks a function of a plugin module as the implementation of a hook."""


@hookspec
def craft_store_stores() -> Iterable[StoreOffer]:  # type: ignore[empty-body]  # a specification
    """Stores, chosen by name.

    Example::

        @hookimpl
        def craft_store_stores():
            yield StoreOffer("acme", "The Acme charm store", load=load_acme)
    """


@hookspec
def craft_store_endpoint_sets() -> Iterable[EndpointSetOffer]:  # type: ignore[empty-body]  # same
    """HTTP APIs of stores, named by the stores that have them.

    Example::

        @hookimpl
        def craft_store_endpoint_sets():
            yield EndpointSetOffer("acme-v2", "The Acme API, version 2", load=load_endpoints)
    """


@hookspec
def craft_store_artifact_readers() -> Iterable[ArtifactReaderOffer]:  # type: ignore[empty-body]  # same
    """Readers of the files that are published, named by stores in ``artifacts``.

    Example::

        @hookimpl
        def craft_store_artifact_readers():
            yield ArtifactReaderOffer("rock", "Rocks", load=load_reader)
    """


@hookspec
def craft_store_auth_flows() -> Iterable[AuthFlowOffer]:  # type: ignore[empty-body]  # same
    """Ways to log in, named by stores or found by the kind of a stored credential.

    Example::

        @hookimpl
        def craft_store_auth_flows():
            yield AuthFlowOffer("acme-sso", "Acme single sign-on", load=load_flow, kinds=("acme",))
    """


@hookspec
def craft_store_credential_backends() -> Iterable[CredentialBackendOffer]:  # type: ignore[empty-body]  # same
    """Places where credentials are kept, chosen by name or by the best working priority.

    Example::

        @hookimpl
        def craft_store_credential_backends():
            yield CredentialBackendOffer("vault", "A vault", load=load_backend, priority=60)
    """


@hookspec
def craft_store_progress_reporters() -> Iterable[ProgressReporterOffer]:  # type: ignore[empty-body]  # same
    """Ways to show progress, chosen by name or by priority.

    Example::

        @hookimpl
        def craft_store_progress_reporters():
            yield ProgressReporterOffer("dots", "One dot per MiB", load=load_dots, priority=20)
    """


@hookspec
def craft_store_commands() -> Iterable[CommandOffer]:  # type: ignore[empty-body]  # same
    """Commands of ``craft-store``.

    Example::

        @hookimpl
        def craft_store_commands():
            yield CommandOffer("acme-audit", "Audit an Acme package", load=load_command)
    """
