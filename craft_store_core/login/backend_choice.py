"""Which credential backend is used: the environment first, then the user's order or the best.

A variable is set for the run at hand, a keyring for the person: so the variable wins.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from craft_store_core.config import data_folder
from craft_store_core.distributions import offering
from craft_store_core.errors import (
    AmbiguousNameError,
    CraftStoreError,
    KeyringLockedError,
    NoKeyringError,
    PluginError,
)
from craft_store_core.plugins.credentials import BackendSettings, Probe

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from craft_store_core.config import Configuration
    from craft_store_core.plugins.catalogue import Catalogue
    from craft_store_core.plugins.credentials import CredentialBackend

logger = logging.getLogger(__name__)


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
    make: Callable[[str], CredentialBackend], names: Sequence[str], catalogue: Catalogue
) -> list[AskedBackend]:
    """Ask backends in order, until one works; see :func:`choose_backend`."""
    order = ["environment", *names]
    if not names:
        order += [i.offer.name for i in catalogue.credential_backends if i.offer.priority > 0]
    asked: list[AskedBackend] = []
    for name in dict.fromkeys(order):
        try:
            backend = make(name)
            asked.append(AskedBackend(name, backend.probe(), backend))
        except (Exception, SystemExit) as error:
            # Nobody asked for this one by its name: a defect of it must not cost the others.
            named = name in names or name == "environment"
            if named or catalogue.manager.strict or not _is_defect(error):
                raise
            logger.warning("the credential backend %r is left out: %s", name, error)
            asked.append(AskedBackend(name, Probe(False, f"{error}"), None))
        if asked[-1].probe.usable:
            break
    return asked


def _is_defect(error: BaseException) -> bool:
    """Tell whether it is a plugin's fault, and not the user's or the machine's."""
    expected = isinstance(error, CraftStoreError)
    return not expected or isinstance(error, (PluginError, AmbiguousNameError))


def choose_backend(
    make: Callable[[str], CredentialBackend], names: Sequence[str], catalogue: Catalogue
) -> CredentialBackend:
    """Return the credential backend to use.

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
        return last.backend
    reasons = " ".join(f"{one.name}: {one.probe.reason}" for one in asked)
    advice = (
        "Set CRAFT_STORE_CREDENTIALS, or keep credentials in a file "
        f"(install {offering('credential backend', 'file')} and set CRAFT_STORE_BACKEND=file)."
    )
    if any(one.probe.locked for one in asked):
        raise KeyringLockedError(
            "The keyring is locked.", why=reasons, advice=f"Unlock it and try again. Or: {advice}"
        )
    raise NoKeyringError(
        "There is no place to keep credentials on this machine.", why=reasons, advice=advice
    )
