"""The composition root: plugins and configuration make a :class:`StoreClient`."""

from __future__ import annotations

import logging
import os
import sys
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from craft_store_core.builtin import load_catalogue
from craft_store_core.config import APPLICATION, Configuration, load_configuration
from craft_store_core.distributions import offering
from craft_store_core.errors import (
    AmbiguousNameError,
    PluginError,
    UnknownNameError,
    UsageError,
)
from craft_store_core.login.backend_choice import backend_maker, choose_backend
from craft_store_core.origins import origin_of
from craft_store_core.plugins.auth_flows import AuthContext, AuthFlow, NoPrompter, Prompter
from craft_store_core.plugins.credentials import CredentialKey
from craft_store_core.plugins.stores import Store
from craft_store_core.progress.silent import SilentReporter
from craft_store_core.streams import is_terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from craft_store_core.http import HTTPClient, Work
    from craft_store_core.models import Artifact
    from craft_store_core.plugins.catalogue import Catalogue
    from craft_store_core.plugins.credentials import CredentialBackend
    from craft_store_core.plugins.progress import ProgressReporter, ProgressReporterFactory
    from craft_store_core.stores.client import StoreClient

logger = logging.getLogger(__name__)


def connect(
    store: str | Store | None = None,
    *,
    application: str = APPLICATION,
    urls: Mapping[str, str] | None = None,
    auth_flow: str | None = None,
    backend: str | CredentialBackend | None = None,
    progress: str | ProgressReporter | None = "silent",
    prompter: Prompter | None = None,
    interactive: bool = False,
    user_agent: str | None = None,
    work: Work | None = None,
    configuration: Configuration | None = None,
    environment: Mapping[str, str] | None = None,
    catalogue: Catalogue | None = None,
) -> StoreClient:
    """Return a client for a store. Nothing is sent, and no credential is read, before it is used.

    Args:
        store: A store, or the name of one; by default the one that the user configured, or the
            only one that is installed.
        application: Under what credentials are filed.
        urls: Service to base URL, replacing the store's.
        auth_flow: Name of the flow to log in with; by default the first of the store's that is
            installed.
        backend: A credential backend or the name of one; by default the configured ones, else the
            best that works. Credentials in the environment win over all of them.
        progress: A reporter or the name of one; None chooses the best for the terminal at hand.
        prompter: Asks the person at a login; by default nobody is asked.
        interactive: Backends and auth flows may ask a person too.
        user_agent: Sent with each request.
        work: Ends everything that the client does, by its deadline or when it is cancelled.
        configuration: Used instead of the user's file and variables.
        environment: Read instead of the process's.
        catalogue: The plugins to choose from; those that are installed by default.

    Raises:
        UnknownNameError: No plugin offers one of the names.
        AmbiguousNameError: Several do.
        ConfigurationError: The configuration cannot be used.
        PluginError: What was chosen cannot be loaded.
    """
    from craft_store_core.login.authenticator import StoredAuthenticator
    from craft_store_core.plugins.session import StoreSession
    from craft_store_core.stores.client import StoreClient

    variables = os.environ if environment is None else environment
    catalogue = catalogue or load_catalogue(variables)
    configuration = configuration or load_configuration(variables)
    chosen = resolve_store(store, configuration, catalogue)
    if urls:
        chosen = chosen.with_urls(urls)
    endpoint_set = catalogue.endpoint_set(chosen.endpoint_set)
    http = make_http_client(chosen, configuration, user_agent, work)

    def make_context() -> AuthContext:
        return AuthContext(
            chosen,
            http,
            endpoint_set.token_issuer(chosen, http),
            prompter or NoPrompter(),
            interactive=interactive,
            environment=variables,
        )

    flows = _Flows(chosen, catalogue, make_context)
    authenticator = StoredAuthenticator(
        CredentialKey("/".join(filter(None, (application, chosen.credential_area))), chosen.host),
        _backend_maker(backend, chosen, configuration, catalogue, variables, interactive),
        flows.for_kind,
    )
    session = StoreSession(chosen, http, authenticator)
    return StoreClient(
        store=chosen,
        http=http,
        session=session,
        endpoints=endpoint_set(session),
        authenticator=authenticator,
        login_flow=lambda: flows.for_login(auth_flow),
        progress=make_reporter(progress, configuration, catalogue),
        artifact_reader=_artifact_reader(chosen.artifacts or endpoint_set.artifacts, catalogue),
    )


def _artifact_reader(
    names: Sequence[str], catalogue: Catalogue
) -> Callable[[Path], Artifact] | None:
    """Return what reads the files of a store that takes these kinds of artifacts."""
    if not names:
        return None

    def read(file: Path) -> Artifact:
        installed = {item.offer.name for item in catalogue.artifact_readers}
        found = [name for name in names if name in installed]
        if not found:
            raise UnknownNameError(
                "artifact reader",
                names[0],
                installed,
                advice=_to_install("artifact reader", names),
            )
        for name in found[:-1]:
            reader = catalogue.artifact_reader(name)
            if reader.accepts(file):
                return reader.read(file)
        return catalogue.artifact_reader(found[-1]).read(file)

    return read


def resolve_store(
    store: str | Store | None, configuration: Configuration, catalogue: Catalogue
) -> Store:
    """Return the store that is meant; see :func:`connect`.

    Raises:
        UnknownNameError: Nothing knows the name.
        UsageError: No name is given and it is not clear which is meant.
    """
    if isinstance(store, Store):
        return store
    name = store or configuration.store
    if name is None:
        names = sorted({item.offer.name for item in catalogue.stores} | configuration.stores.keys())
        if not names:
            raise UsageError(
                "No store is installed.",
                advice=f"Install a store plugin, such as {offering('store')}.",
            )
        if len(names) > 1:
            raise UsageError(
                "No store was chosen.",
                why=f"Several stores are installed: {', '.join(names)}.",
                advice=(
                    "Choose one with --store, the variable CRAFT_STORE_STORE, or 'store' in the "
                    "configuration file."
                ),
            )
        name = names[0]
    return configuration.define_store(name, catalogue.store)


def make_http_client(
    store: Store,
    configuration: Configuration,
    user_agent: str | None = None,
    work: Work | None = None,
) -> HTTPClient:
    """Return the HTTP client of a store: its origins; the user's timeouts, proxies and the like."""
    from craft_store_core.http import HTTPClient, RetryPolicy, Timeouts
    from craft_store_core.http.proxies import proxies_in_force

    retries = RetryPolicy()
    if configuration.retries is not None:
        retries = replace(retries, attempts=configuration.retries + 1)
    if configuration.backoff is not None:
        retries = replace(retries, backoff=configuration.backoff)
    return HTTPClient(
        user_agent=user_agent or default_user_agent(),
        timeouts=Timeouts(configuration.connect_timeout, configuration.read_timeout),
        retries=retries,
        ca_bundle=configuration.ca_bundle,
        proxies=proxies_in_force(configuration.proxies),
        allow_http=store.allow_http,
        origins=frozenset(origin_of(url) for url in store.urls.values()),
        work=work,
    )


def default_user_agent() -> str:
    """Return how this program names itself to stores."""
    import platform

    from craft_store_core import __version__

    return (
        f"craft-store/{__version__} ({platform.system()} {platform.machine()}) "
        f"python/{platform.python_version()}"
    )


def make_reporter(
    progress: str | ProgressReporter | None, configuration: Configuration, catalogue: Catalogue
) -> ProgressReporter:
    """Return the progress reporter that is meant; see :func:`connect`."""
    if progress is not None and not isinstance(progress, str):
        return progress
    name = progress or configuration.progress
    if name is not None:
        return _made_reporter(catalogue.progress_reporter(name), name) or SilentReporter()
    terminal = is_terminal(sys.stderr)
    offered = [item.offer for item in catalogue.progress_reporters]
    for candidate in dict.fromkeys(o.name for o in offered if terminal or not o.terminal):
        # Nobody asked for this one by its name: a defect of its plugin must not cost the others.
        try:
            factory = catalogue.progress_reporter(candidate)
        except (PluginError, AmbiguousNameError) as error:
            if catalogue.manager.strict:
                raise
            _warn_left_out("progress reporter", candidate, error)
            continue
        if reporter := _made_reporter(factory, candidate):
            return reporter
    return SilentReporter()


def _made_reporter(factory: ProgressReporterFactory, name: str) -> ProgressReporter | None:
    try:
        return factory()
    except (Exception, SystemExit) as error:  # a reporter must never fail the work
        _warn_left_out("progress reporter", name, error)
        return None


def _warn_left_out(kind: str, name: str, error: BaseException) -> None:
    logger.warning("the %s %r is skipped: %s", kind, name, error)


def _backend_maker(
    backend: str | CredentialBackend | None,
    store: Store,
    configuration: Configuration,
    catalogue: Catalogue,
    environment: Mapping[str, str],
    interactive: bool,
) -> Callable[[], CredentialBackend]:
    if backend is not None and not isinstance(backend, str):
        return lambda: backend
    make = backend_maker(
        configuration,
        catalogue,
        environment,
        interactive=interactive,
        variables=store.credential_variables,
    )
    names = (backend,) if backend else configuration.backends
    return lambda: choose_backend(make, names, catalogue)


class _Flows:
    """The auth flows of one store, each made once."""

    def __init__(
        self,
        store: Store,
        catalogue: Catalogue,
        make_context: Callable[[], AuthContext],
    ) -> None:
        self._store = store
        self._catalogue = catalogue
        self._make_context = make_context
        self._make = lru_cache(maxsize=None)(self._create)

    def for_kind(self, kind: str) -> AuthFlow:
        names = self._catalogue.auth_flow_names_for(kind, self._store.auth_flows)
        if not names:
            raise UnknownNameError(
                "auth flow for credentials of kind",
                kind,
                {kind for item in self._catalogue.auth_flows for kind in item.offer.kinds},
                why="No installed plugin can read these credentials.",
                advice="Install the plugin that created them, or log in again.",
            )
        return self._make(names[0])

    def for_login(self, name: str | None) -> AuthFlow:
        if name is not None:
            if name not in self._store.auth_flows:
                raise UnknownNameError(
                    f"auth flow of the store {self._store.name!r}", name, self._store.auth_flows
                )
            return self._make(name)
        installed = {item.offer.name for item in self._catalogue.auth_flows}
        for candidate in self._store.auth_flows:
            if candidate in installed:
                return self._make(candidate)
        wanted = (
            " or ".join(self._store.auth_flows)
            or "an auth flow, but its definition has no 'auth-flows'"
        )
        raise UsageError(
            f"No auth flow for the store {self._store.name!r} is installed.",
            why=f"The store needs {wanted}.",
            advice=_to_install("auth flow", self._store.auth_flows)
            if self._store.auth_flows
            else "Set 'auth-flows' of the store in the configuration file.",
        )

    def _create(self, name: str) -> AuthFlow:
        return self._catalogue.auth_flow(name)(self._make_context())


def _to_install(kind: str, names: Sequence[str]) -> str:
    ours = [found for name in names if (found := offering(kind, name))]
    return f"Install {' or '.join(ours)}." if ours else "Install the plugin that provides it."
