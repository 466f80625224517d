"""Registers what the plugin offers; imports nothing heavy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from craft_store_core.plugins import (
    AuthFlowOffer,
    CommandOffer,
    CredentialBackendOffer,
    EndpointSetOffer,
    ProgressReporterOffer,
    Question,
    StoreOffer,
    hookimpl,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    import click

    from craft_store_core.plugins import (
        AuthFlowFactory,
        CredentialBackendFactory,
        EndpointSet,
        ProgressReporterFactory,
        Store,
    )

KEY = Question(
    "key",
    "API key",
    secret=True,
    option="--key-file",
    variable="ACME_KEY",
    help="Read the API key from the first line of FILE, or '-' for standard input.",
)


@hookimpl
def craft_store_stores() -> Iterator[StoreOffer]:
    """Offer the store."""
    yield StoreOffer("acme", "The Acme charm store", load=_store)


@hookimpl
def craft_store_endpoint_sets() -> Iterator[EndpointSetOffer]:
    """Offer its API."""
    yield EndpointSetOffer("acme", "The Publisher Gateway with Acme's seals", load=_endpoints)


@hookimpl
def craft_store_auth_flows() -> Iterator[AuthFlowOffer]:
    """Offer the login with an API key."""
    yield AuthFlowOffer(
        "acme-key", "An API key of Acme", load=_flow, kinds=("acme-key",), questions=(KEY,)
    )


@hookimpl
def craft_store_credential_backends() -> Iterator[CredentialBackendOffer]:
    """Offer a folder with one file for each credential; used when it is chosen by name."""
    yield CredentialBackendOffer("acme-folder", "One file for each credential", load=_backend)


@hookimpl
def craft_store_progress_reporters() -> Iterator[ProgressReporterOffer]:
    """Offer one dot for each MiB; used when it is chosen by name."""
    yield ProgressReporterOffer("acme-dots", "One dot for each MiB", load=_reporter)


@hookimpl
def craft_store_commands() -> Iterator[CommandOffer]:
    """Offer the command for the operation that only Acme's stores have."""
    yield CommandOffer("acme-seal", "Seal a package.", load=_seal, section="Acme", needs=("seal",))


def _store() -> Store:
    from craft_store_core.plugins import Store

    return Store(
        name="acme",
        title="Acme",
        endpoint_set="acme",
        urls={"api": "https://store.acme.example", "storage": "https://files.acme.example"},
        auth_flows=("acme-key",),
        permissions=("package-manage", "package-view"),
        artifacts=("charm",),
    )


def _endpoints() -> type[EndpointSet]:
    from acme_craft_store.endpoints import AcmeEndpoints

    return AcmeEndpoints


def _flow() -> AuthFlowFactory:
    from acme_craft_store.flow import KeyFlow

    return KeyFlow


def _backend() -> CredentialBackendFactory:
    from acme_craft_store.backend import FolderBackend

    return FolderBackend


def _reporter() -> ProgressReporterFactory:
    from acme_craft_store.reporter import Dots

    return Dots


def _seal() -> click.Command:
    from acme_craft_store.commands import seal

    return seal
