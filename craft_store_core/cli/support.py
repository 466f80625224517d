"""Which commands the chosen store supports, found out without loading what talks to it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from craft_store_core.cli.application import Application
    from craft_store_core.plugins import CommandOffer


class Support:
    """What is known of the commands that make sense at the store of a run.

    Attributes:
        store: The store that the user chose by option, variable or file; None where none is.
        auth_flows: The names of its auth flows; None where they are not known.
        problem: Why it is not known what that store supports; None where nothing is wrong.
    """

    def __init__(self, app: Application) -> None:
        from craft_store_core.errors import CraftStoreError

        self.store: str | None = None
        self.auth_flows: tuple[str, ...] | None = None
        self.problem: str | None = None
        self._operations: frozenset[str] | None = None
        try:
            self.store = _chosen_store(app)
            if self.store is not None:
                store = app.configuration.define_store(self.store, app.catalogue.store)
                self.auth_flows = store.auth_flows
                self._operations = app.catalogue.operations(store)
        except CraftStoreError as error:
            # The help must come whatever is wrong: people read it to find out.
            self.problem = str(error)

    def has(self, offer: CommandOffer) -> bool:
        """Tell whether a command makes sense there; True where it is not known."""
        return self._operations is None or self._operations.issuperset(offer.needs)

    def note(self, offers: Sequence[CommandOffer]) -> str | None:
        """Return what the help says of the commands that it leaves out; None where it lists all."""
        if self.problem is not None:
            return f"All commands are listed: {self.problem}"
        if all(self.has(offer) for offer in offers):
            return None
        return f"Commands that the store {self.store!r} does not support are hidden."


def _chosen_store(app: Application) -> str | None:
    if app.store is not None:
        return app.store
    if named := app.environment.get("CRAFT_STORE_STORE"):
        return named
    return app.configuration.store if _may_be_configured(app.environment) else None


def _may_be_configured(environment: Mapping[str, str]) -> bool:
    """Tell whether there can be a configuration file.

    Most have none, and importing what finds and reads it costs as much as a third of the help. The
    places are those of platformdirs; where they cannot be told from here, the answer is True.
    """
    # Like platformdirs, by the process's environment.
    home = os.environ.get("HOME", "")
    configured = os.environ.get("XDG_CONFIG_HOME") or f"{home}/.config"
    named = environment.get("CRAFT_STORE_CONFIG") or sys.platform == "win32"
    if named or not (home.startswith("/") and configured.startswith("/")):
        return True
    places = (configured, f"{home}/.config", f"{home}/Library/Application Support")
    return any(os.access(f"{place}/craft-store/config.toml", os.F_OK) for place in places)
