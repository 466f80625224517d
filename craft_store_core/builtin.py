"""What the core itself offers, through the same hooks as every plugin, and what is installed.

Importing this module imports nothing heavy: what is heavy is imported when an offer is loaded.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from craft_store_core.plugins import (
    CredentialBackendOffer,
    EndpointSetOffer,
    ProgressReporterOffer,
    hookimpl,
)
from craft_store_core.plugins.catalogue import Catalogue
from craft_store_core.plugins.manager import PluginManager, PluginPolicy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from craft_store_core.plugins.credentials import CredentialBackendFactory
    from craft_store_core.plugins.endpoint_sets import EndpointSet
    from craft_store_core.plugins.progress import ProgressReporterFactory

BUILTIN_PLUGINS: tuple[tuple[str, str], ...] = (("builtin", "craft_store_core.builtin"),)
"""Name and module of each built-in plugin, in the order in which they are registered."""


def load_catalogue(
    environment: Mapping[str, str] | None = None,
    *,
    plugins: bool = True,
    builtin: Sequence[tuple[str, str]] = BUILTIN_PLUGINS,
) -> Catalogue:
    """Load the installed plugins and return what they offer.

    Args:
        environment: Read instead of the process's.
        plugins: False loads the built-in ones only.
        builtin: Name and module of each built-in plugin.

    Raises:
        PluginError: One is broken, and ``CRAFT_STORE_STRICT_PLUGINS`` is set.
    """
    variables = os.environ if environment is None else environment
    policy = PluginPolicy.from_environment(variables, enabled=plugins)
    return Catalogue(PluginManager(policy=policy, builtin=builtin))


@hookimpl
def craft_store_endpoint_sets() -> Iterator[EndpointSetOffer]:
    """Offer the Publisher Gateway, for stores that are defined without code."""
    yield EndpointSetOffer("publisher-gateway", "Canonical's Publisher Gateway", load=_gateway)


@hookimpl
def craft_store_credential_backends() -> Iterator[CredentialBackendOffer]:
    """Offer the environment before everything else, the system keyring, and memory by name only."""
    yield CredentialBackendOffer(
        "environment",
        "The environment variable CRAFT_STORE_CREDENTIALS (read-only)",
        load=_environment,
        priority=100,
    )
    yield CredentialBackendOffer(
        "system-keyring",
        "The system keyring (Secret Service, KWallet, macOS, Windows)",
        load=_system_keyring,
        priority=50,
    )
    yield CredentialBackendOffer("memory", "Memory of the process, until it ends", load=_memory)


@hookimpl
def craft_store_progress_reporters() -> Iterator[ProgressReporterOffer]:
    """Offer ``rich`` for terminals, ``plain`` for everywhere, ``silent`` by name only."""
    yield ProgressReporterOffer(
        "rich",
        "A progress bar for each task, with rate and remaining time",
        load=_rich,
        priority=60,
        terminal=True,
    )
    yield ProgressReporterOffer(
        "plain", "Plain lines on standard error, for logs", load=_plain, priority=10
    )
    yield ProgressReporterOffer("silent", "No progress output", load=_silent)


def _gateway() -> type[EndpointSet]:
    from craft_store_core.stores.gateway import GatewayEndpoints

    return GatewayEndpoints


def _environment() -> CredentialBackendFactory:
    from craft_store_core.login.backends.environment import EnvironmentBackend

    return EnvironmentBackend


def _system_keyring() -> CredentialBackendFactory:
    from craft_store_core.login.backends.system_keyring import SystemKeyringBackend

    return SystemKeyringBackend


def _memory() -> CredentialBackendFactory:
    from craft_store_core.login.backends.memory import MemoryBackend

    return MemoryBackend


def _rich() -> ProgressReporterFactory:
    from craft_store_core.progress.rich_bar import RichReporter

    return RichReporter


def _plain() -> ProgressReporterFactory:
    from craft_store_core.progress.plain import PlainReporter

    return PlainReporter


def _silent() -> ProgressReporterFactory:
    from craft_store_core.progress.silent import SilentReporter

    return SilentReporter
