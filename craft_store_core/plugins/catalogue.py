"""What can be chosen: stores, endpoint sets, flows, backends, reporters and commands by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from craft_store_core.errors import AmbiguousNameError, UnknownNameError
from craft_store_core.plugins.offers import (
    ArtifactReaderOffer,
    AuthFlowOffer,
    CommandOffer,
    CredentialBackendOffer,
    EndpointSetOffer,
    Offer,
    ProgressReporterOffer,
    StoreOffer,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import click

    from craft_store_core.plugins.auth_flows import AuthFlowFactory
    from craft_store_core.plugins.credentials import CredentialBackendFactory
    from craft_store_core.plugins.endpoint_sets import ArtifactReader, EndpointSet
    from craft_store_core.plugins.manager import PluginManager, Provided
    from craft_store_core.plugins.progress import ProgressReporterFactory
    from craft_store_core.plugins.stores import Store

T = TypeVar("T", bound="Offer[Any]")


class Catalogue:
    """Typed look-ups over the offers of all plugins; loads only what is asked for."""

    def __init__(self, manager: PluginManager) -> None:
        self.manager = manager

    @property
    def stores(self) -> Sequence[Provided[StoreOffer]]:
        """Every store that is offered."""
        return self.manager.offers("craft_store_stores", StoreOffer)

    @property
    def endpoint_sets(self) -> Sequence[Provided[EndpointSetOffer]]:
        """Every endpoint set that is offered."""
        return self.manager.offers("craft_store_endpoint_sets", EndpointSetOffer)

    @property
    def artifact_readers(self) -> Sequence[Provided[ArtifactReaderOffer]]:
        """Every artifact reader that is offered."""
        return self.manager.offers("craft_store_artifact_readers", ArtifactReaderOffer)

    @property
    def auth_flows(self) -> Sequence[Provided[AuthFlowOffer]]:
        """Every auth flow that is offered."""
        return self.manager.offers("craft_store_auth_flows", AuthFlowOffer)

    @property
    def credential_backends(self) -> Sequence[Provided[CredentialBackendOffer]]:
        """Every credential backend that is offered, best priority first."""
        offers = self.manager.offers("craft_store_credential_backends", CredentialBackendOffer)
        return sorted(offers, key=lambda item: -item.offer.priority)

    @property
    def progress_reporters(self) -> Sequence[Provided[ProgressReporterOffer]]:
        """Every progress reporter that is offered, best priority first."""
        offers = self.manager.offers("craft_store_progress_reporters", ProgressReporterOffer)
        return sorted(offers, key=lambda item: -item.offer.priority)

    @property
    def commands(self) -> Sequence[Provided[CommandOffer]]:
        """Every command that is offered."""
        return self.manager.offers("craft_store_commands", CommandOffer)

    def store(self, name: str) -> Store:
        """Load a store.

        Raises:
            UnknownNameError: No plugin offers it.
            AmbiguousNameError: Several do.
            PluginError: It cannot be loaded.
        """
        from craft_store_core.plugins.stores import Store

        item = self._find("store", name, self.stores)
        store: Store = self.manager.load_offer(item, lambda loaded: isinstance(loaded, Store))
        return store

    def endpoint_set(self, name: str) -> type[EndpointSet]:
        """Load the class of an endpoint set. Raises as :meth:`store` does."""
        from craft_store_core.plugins.endpoint_sets import EndpointSet

        item = self._find("endpoint set", name, self.endpoint_sets)
        loaded: type[EndpointSet] = self.manager.load_offer(
            item, lambda loaded: isinstance(loaded, type) and issubclass(loaded, EndpointSet)
        )
        return loaded

    def artifact_reader(self, name: str) -> ArtifactReader:
        """Load an artifact reader. Raises as :meth:`store` does."""
        from craft_store_core.plugins.endpoint_sets import ArtifactReader

        item = self._find("artifact reader", name, self.artifact_readers)
        reader: ArtifactReader = self.manager.load_offer(
            item, lambda loaded: isinstance(loaded, ArtifactReader)
        )
        return reader

    def operations(self, store: Store) -> frozenset[str]:
        """Return the names of what a store can do; the name of its endpoint set is among them.

        Raises:
            As :meth:`store` does, for the store's endpoint set.
        """
        from craft_store_core.plugins.endpoint_sets import READ_ARTIFACT

        endpoints = self.endpoint_set(store.endpoint_set)
        reading = {READ_ARTIFACT} if store.artifacts or endpoints.artifacts else set()
        return frozenset({store.endpoint_set, *endpoints.operations(), *reading})

    def auth_flow(self, name: str) -> AuthFlowFactory:
        """Load an auth flow. Raises as :meth:`store` does."""
        item = self._find("auth flow", name, self.auth_flows)
        factory: AuthFlowFactory = self.manager.load_offer(item, callable)
        return factory

    def auth_flow_names_for(self, kind: str, preferred: Sequence[str]) -> Sequence[str]:
        """Return the names of the flows that read a credential kind.

        Args:
            kind: The kind found in a stored credential.
            preferred: The flows of the store; they come first, in this order.
        """
        names = [item.offer.name for item in self.auth_flows if kind in item.offer.kinds]
        return sorted(
            dict.fromkeys(names),
            key=lambda name: preferred.index(name) if name in preferred else len(preferred),
        )

    def credential_backend(self, name: str) -> CredentialBackendFactory:
        """Load a credential backend. Raises as :meth:`store` does."""
        item = self._find("credential backend", name, self.credential_backends)
        factory: CredentialBackendFactory = self.manager.load_offer(item, callable)
        return factory

    def progress_reporter(self, name: str) -> ProgressReporterFactory:
        """Load a progress reporter. Raises as :meth:`store` does."""
        item = self._find("progress reporter", name, self.progress_reporters)
        factory: ProgressReporterFactory = self.manager.load_offer(item, callable)
        return factory

    def command(self, name: str) -> click.Command:
        """Load a command. Raises as :meth:`store` does."""
        import click

        item = self._find("command", name, self.commands)
        command: click.Command = self.manager.load_offer(
            item, lambda loaded: isinstance(loaded, click.Command)
        )
        return command

    def _find(self, kind: str, name: str, offers: Iterable[Provided[T]]) -> Provided[T]:
        offers = list(offers)
        matching = [item for item in offers if item.offer.name == name]
        if not matching:
            why, advice = self.explain_absence(kind, name)
            known = {item.offer.name for item in offers}
            raise UnknownNameError(kind, name, known, why=why, advice=advice)
        if len(matching) > 1:
            raise AmbiguousNameError(kind, name, [str(item.provider) for item in matching])
        return matching[0]

    def explain_absence(self, kind: str, name: str) -> tuple[str | None, str | None]:
        """Return why nothing offers a name, and what to do; None for what is not known.

        Args:
            kind: The kind of offer, such as ``store`` or ``auth flow``.
            name: The name that was asked for.
        """
        from craft_store_core.distributions import offering

        distribution = offering(kind, name)
        for entry in self.manager.disabled:
            if entry.name == name or entry.distribution == distribution:
                return f"The plugin {entry.name!r} ({entry.distribution}) is disabled.", None
        for failure in self.manager.failures:
            if failure.provider.plugin == name or failure.provider.distribution == distribution:
                return f"The {failure}.", None
        return None, distribution and f"Install {distribution}, which provides it."
