"""Which credential backend is used: the environment first, then the user's order or the best.

A variable is set for the run at hand, a keyring for the person: so the variable wins.

One account may work with and without a keyring, at the desktop and over SSH. So the first backend
that works is used, unless a later one has the credentials: they are found where they were stored.
"""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from craft_store_core.config import data_folder
from craft_store_core.distributions import offering
from craft_store_core.errors import (
    AmbiguousNameError,
    CraftStoreError,
    CredentialError,
    KeyringLockedError,
    NoKeyringError,
    PluginError,
)
from craft_store_core.plugins.credentials import BackendSettings, CredentialBackend, Probe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from craft_store_core.config import Configuration
    from craft_store_core.plugins.catalogue import Catalogue
    from craft_store_core.plugins.credentials import CredentialKey

logger = logging.getLogger(__name__)

_FILE = "file"


def backend_maker(
    configuration: Configuration,
    catalogue: Catalogue,
    environment: Mapping[str, str],
    *,
    interactive: bool = False,
    variables: tuple[str, ...] = (),
) -> Callable[[str], CredentialBackend]:
    """Return what makes a backend by its name, with the user's options for it.

    Args:
        configuration: The user's options.
        catalogue: The backends that are offered.
        environment: The environment variables.
        interactive: A person can be asked.
        variables: Those of the store, see ``Store.credential_variables``.
    """

    def make(name: str) -> CredentialBackend:
        settings = BackendSettings(
            environment=environment,
            folder=data_folder(environment),
            options=configuration.backend_options.get(name, {}),
            interactive=interactive,
            variables=variables,
        )
        return catalogue.credential_backend(name)(settings)

    return make


@dataclass(frozen=True)
class AskedBackend:
    """A credential backend and what it said of itself.

    Attributes:
        name: Its name.
        probe: Whether it works here, and why.
        backend: The backend; None where a defect keeps it from being made.
    """

    name: str
    probe: Probe
    backend: CredentialBackend | None


def probe_backends(
    make: Callable[[str], CredentialBackend],
    names: Sequence[str],
    catalogue: Catalogue,
    *,
    until: str | None = None,
) -> list[AskedBackend]:
    """Ask backends in order, until one works; see :func:`choose_backend`.

    Args:
        make: Makes a backend by its name.
        names: The user's choice in order; empty stands for all with a priority above 0.
        catalogue: The backends that are offered.
        until: Ask up to this one, even if one before it works.
    """
    asked: list[AskedBackend] = []
    for name in _order(names, catalogue):
        try:
            backend = make(name)
            asked.append(AskedBackend(name, backend.probe(), backend))
        except (Exception, SystemExit) as error:
            # Nobody asked for this one by its name: a defect of it must not cost the others.
            named = name in names or name == "environment"
            if named or catalogue.manager.strict or not _is_defect(error):
                raise
            logger.warning("the credential backend %r is skipped: %s", name, error)
            asked.append(AskedBackend(name, Probe(False, f"{error}"), None))
        probe = asked[-1].probe
        if probe.usable and until in {None, name}:
            break
        # What is locked may have the credentials: nothing else is taken in its place, unless the
        # user says so.
        if probe.locked and not probe.usable and not names:
            break
    return asked


def _order(names: Sequence[str], catalogue: Catalogue) -> list[str]:
    best = [item.offer.name for item in catalogue.credential_backends if item.offer.priority > 0]
    return list(dict.fromkeys(["environment", *(names or best)]))


class _FirstOrHolder(CredentialBackend):
    """The first backend that works, or a later one that works and has the credentials.

    Later ones are not even made before the first one turns out to have no credentials.

    Args:
        first: The first that works.
        later: The names of those after it.
        make: Makes a backend by its name.
    """

    def __init__(
        self,
        first: CredentialBackend,
        later: Sequence[str],
        make: Callable[[str], CredentialBackend],
    ) -> None:
        self._use(first)
        self._later = later
        self._make = make
        self._was_searched = False

    def _use(self, backend: CredentialBackend) -> None:
        self._used = backend
        self.name, self.writable = backend.name, backend.writable

    def probe(self) -> Probe:
        return self._used.probe()

    def get(self, key: CredentialKey) -> str | None:
        value = self._used.get(key)
        if value is not None or self._was_searched:
            return value
        self._was_searched = True
        for backend in self._working_later():
            value = backend.get(key)
            if value is not None:
                self._use(backend)
                return value
        return None

    def set(self, key: CredentialKey, value: str) -> None:
        self._settle(key)
        self._used.set(key, value)

    def delete(self, key: CredentialKey) -> bool:
        removed = self._used.delete(key)
        # After a logout nothing of the login is left in a later place either.
        for backend in self._working_later():
            if backend.writable and backend.delete(key):
                removed = True
        return removed

    def lock(self, key: CredentialKey) -> AbstractContextManager[None]:
        self._settle(key)
        return self._used.lock(key)

    def _settle(self, key: CredentialKey) -> None:
        if not self._was_searched:
            # A place that cannot be read holds nothing that could be replaced there.
            with suppress(CredentialError):
                self.get(key)

    def _working_later(self) -> Iterator[CredentialBackend]:
        for name in self._later:
            try:
                backend = self._make(name)
                usable = backend.probe().usable
            except (Exception, SystemExit) as error:
                # The first one works: a defect further down must not cost it.
                logger.debug("the credential backend %r is not searched: %s", name, error)
                continue
            if usable and backend.name != self._used.name:
                yield backend


def _is_defect(error: BaseException) -> bool:
    """Tell whether it is a plugin's fault, and not the user's or the machine's."""
    expected = isinstance(error, CraftStoreError)
    return not expected or isinstance(error, (PluginError, AmbiguousNameError))


def choose_backend(
    make: Callable[[str], CredentialBackend], names: Sequence[str], catalogue: Catalogue
) -> CredentialBackend:
    """Return the credential backend to use.

    It is the first that works; where that has no credentials and a later one has, it is that one.

    Args:
        make: Makes a backend by its name.
        names: The user's choice in order; empty stands for all with a priority above 0.
        catalogue: The backends that are offered.

    Raises:
        KeyringLockedError: One would work if it were unlocked.
        NoKeyringError: None works on this machine.
        UnknownNameError: A name is not offered.
    """
    asked = probe_backends(make, names, catalogue)
    last = asked[-1]
    if last.backend is not None and last.probe.usable:
        order = _order(names, catalogue)
        later = order[order.index(last.name) + 1 :]
        if not later or last.name == "environment":
            return last.backend
        return _FirstOrHolder(last.backend, later, make)
    reasons = " ".join(f"{one.name}: {one.probe.reason}" for one in asked)
    if any(one.probe.locked for one in asked):
        advice = _file_advice(catalogue, chosen=True)
        raise KeyringLockedError(
            "The keyring is locked.", why=reasons, advice=f"Unlock it and try again. Or: {advice}"
        )
    tried = any(one.name == _FILE for one in asked)
    raise NoKeyringError(
        "No credential backend works on this machine.",
        why=reasons,
        advice="Set CRAFT_STORE_CREDENTIALS, or fix the causes above."
        if tried
        else _file_advice(catalogue, chosen=bool(names)),
    )


def _file_advice(catalogue: Catalogue, *, chosen: bool) -> str:
    """Advise to keep credentials in a file.

    Args:
        catalogue: The backends that are offered; what is there need not be installed.
        chosen: Something else would be used, or was chosen, so that the file must be chosen too.
    """
    steps = []
    if all(item.offer.name != _FILE for item in catalogue.credential_backends):
        steps.append(f"install {offering('credential backend', _FILE)}")
    if chosen:
        steps.append(f"set CRAFT_STORE_BACKEND={_FILE}")
    return f"Set CRAFT_STORE_CREDENTIALS, or store credentials in a file ({' and '.join(steps)})."
