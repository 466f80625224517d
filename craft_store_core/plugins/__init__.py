"""What a plugin author imports: the hook marker, the offers, the base classes, and what they use.

::

    from craft_store_core.plugins import StoreOffer, hookimpl

    @hookimpl
    def craft_store_stores():
        yield StoreOffer("acme", "The Acme charm store", load=load_acme)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    Question,
    StoreOffer,
)

if TYPE_CHECKING:
    from craft_store_core.channels import DEFAULT_TRACK, Channel, Risk, names_track
    from craft_store_core.cli.application import Application
    from craft_store_core.cli.confirmation import confirm, yes_option
    from craft_store_core.cli.results import (
        FOR_PEOPLE,
        INLINE,
        CommandResult,
        SchemaKeyword,
        Table,
        json_key,
    )
    from craft_store_core.cli.secrets import read_secret
    from craft_store_core.http import Download, HTTPClient, Response, RetryPolicy, Timeouts, Work
    from craft_store_core.http.error_bodies import normal_code, parse_error_body, store_error
    from craft_store_core.http.proxies import is_loopback_host
    from craft_store_core.http.retries import TRANSIENT_STATUSES
    from craft_store_core.http.upload import BLOCK, BytesBody, MultipartBody, RequestBody
    from craft_store_core.names import check_package_name, check_track_name
    from craft_store_core.origins import origin_of
    from craft_store_core.plugins.answers import Answer, architecture_as_base, numbered
    from craft_store_core.plugins.auth_flows import (
        CANDID,
        UBUNTU_ONE,
        AuthContext,
        AuthFlow,
        AuthFlowFactory,
        LoginRequest,
        NoPrompter,
        Prompter,
        TokenIssuer,
        utc_now,
    )
    from craft_store_core.plugins.credentials import (
        BOUND_MACAROONS,
        DEVELOPER_TOKEN,
        MACAROON,
        U1_MACAROON,
        BackendSettings,
        Credential,
        CredentialBackend,
        CredentialBackendFactory,
        CredentialKey,
        Probe,
        decode_credential,
        unreadable,
    )
    from craft_store_core.plugins.endpoint_sets import (
        ArtifactReader,
        EndpointSet,
        ResourceContent,
        TaskFactory,
        operation,
    )
    from craft_store_core.plugins.progress import (
        ProgressReporter,
        ProgressReporterFactory,
        ProgressTask,
        SpeakingReporter,
        Unit,
    )
    from craft_store_core.plugins.session import Authenticator, StoreSession, path
    from craft_store_core.plugins.stores import Store
    from craft_store_core.publishing import channels_of
    from craft_store_core.stores.client import StoreClient
else:
    __getattr__, __dir__ = lazy_names(__name__)

__all__ = [
    "BLOCK",
    "BOUND_MACAROONS",
    "CANDID",
    "DEFAULT_TRACK",
    "DEVELOPER_TOKEN",
    "FOR_PEOPLE",
    "INLINE",
    "MACAROON",
    "TRANSIENT_STATUSES",
    "U1_MACAROON",
    "UBUNTU_ONE",
    "Answer",
    "Application",
    "ArtifactReader",
    "ArtifactReaderOffer",
    "AuthContext",
    "AuthFlow",
    "AuthFlowFactory",
    "AuthFlowOffer",
    "Authenticator",
    "BackendSettings",
    "BytesBody",
    "Channel",
    "CommandOffer",
    "CommandResult",
    "Credential",
    "CredentialBackend",
    "CredentialBackendFactory",
    "CredentialBackendOffer",
    "CredentialKey",
    "Download",
    "EndpointSet",
    "EndpointSetOffer",
    "HTTPClient",
    "LoginRequest",
    "MultipartBody",
    "NoPrompter",
    "Offer",
    "Probe",
    "ProgressReporter",
    "ProgressReporterFactory",
    "ProgressReporterOffer",
    "ProgressTask",
    "Prompter",
    "Question",
    "RequestBody",
    "ResourceContent",
    "Response",
    "RetryPolicy",
    "Risk",
    "SchemaKeyword",
    "SpeakingReporter",
    "Store",
    "StoreClient",
    "StoreOffer",
    "StoreSession",
    "Table",
    "TaskFactory",
    "Timeouts",
    "TokenIssuer",
    "Unit",
    "Work",
    "architecture_as_base",
    "channels_of",
    "check_package_name",
    "check_track_name",
    "confirm",
    "decode_credential",
    "hookimpl",
    "is_loopback_host",
    "json_key",
    "lazy_names",
    "names_track",
    "normal_code",
    "numbered",
    "operation",
    "origin_of",
    "parse_error_body",
    "path",
    "read_secret",
    "store_error",
    "unreadable",
    "utc_now",
    "yes_option",
]
