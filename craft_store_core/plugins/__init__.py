"""What a plugin author imports to register: the hook marker and the offers.

::

    from craft_store_core.plugins import StoreOffer, hookimpl

    @hookimpl
    def craft_store_stores():
        yield StoreOffer("acme", "The Acme charm store", load=load_acme)
"""

from craft_store_core.lazy import lazy_names
from craft_store_core.plugins.hookspecs import hookimpl
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

__all__ = [
    "ArtifactReaderOffer",
    "AuthFlowOffer",
    "CommandOffer",
    "CredentialBackendOffer",
    "EndpointSetOffer",
    "Offer",
    "ProgressReporterOffer",
    "StoreOffer",
    "hookimpl",
    "lazy_names",
]
