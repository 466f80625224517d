"""The credential backend ``environment``: credentials that a variable holds, for CI.

A variable that is set always wins, and a value in it that cannot be read is an error: going on
with the keyring instead would hide that the exported credentials are broken.

Imports ``credentials`` only where it is used: the hook below is called on the way to ``--help``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from craft_store_core.errors import (
    ConfigurationError,
    CredentialsReadOnlyError,
    CredentialsUnreadableError,
)
from craft_store_core.plugins.credentials import CredentialBackend

if TYPE_CHECKING:
    from craft_store_core.plugins.credentials import BackendSettings, CredentialKey, Probe

DEFAULT_VARIABLE = "CRAFT_STORE_CREDENTIALS"
"""The variable that is read when the configuration names no other."""


class EnvironmentBackend(CredentialBackend):
    """Reads credentials from one environment variable; never writes.

    That is ``CRAFT_STORE_CREDENTIALS`` where it is set, else the first that is set of those that
    the store names, which other programs read.

    Args:
        settings: The option ``variable`` names another variable, and no other is looked at then.

    Raises:
        ConfigurationError: The option is no name of a variable.

    Attributes:
        variable: The one that is read.
    """

    name = "environment"
    writable = False

    def __init__(self, settings: BackendSettings) -> None:
        variable = settings.options.get("variable", DEFAULT_VARIABLE)
        if not isinstance(variable, str) or not variable or "=" in variable:
            raise ConfigurationError(
                "The option 'variable' of the credential backend 'environment' cannot be used.",
                why=f"{variable!r} is not the name of an environment variable.",
                advice=f"Set it to a name such as {DEFAULT_VARIABLE!r}, or remove it.",
            )
        self._environment = settings.environment
        others = () if "variable" in settings.options else settings.variables
        self._set = [name for name in (variable, *others) if self._environment.get(name)]
        self._names = (variable, *others)
        self.variable = self._set[0] if self._set else variable

    def probe(self) -> Probe:
        """Say whether a variable is set and not empty, and which are passed over."""
        from craft_store_core.plugins.credentials import Probe

        if self._set:
            rest = "".join(f" {name} is also set, but not used." for name in self._set[1:])
            return Probe(True, f"The variable {self.variable} is set.{rest}")
        if len(self._names) > 1:
            return Probe(False, f"The variables {' and '.join(self._names)} are not set.")
        if self.variable in self._environment:
            return Probe(False, f"The variable {self.variable} is empty.")
        return Probe(False, f"The variable {self.variable} is not set.")

    def get(self, key: CredentialKey) -> str | None:
        """Return what the variable holds, for any key: it does not say for which store it is.

        Raises:
            CredentialsUnreadableError: The variable holds something that is no credential.
        """
        from craft_store_core.plugins.credentials import decode_credential

        value = self._environment.get(self.variable)
        if not value:
            return None
        try:
            decode_credential(value)
        except CredentialsUnreadableError as error:
            raise CredentialsUnreadableError(
                f"The credentials in the variable {self.variable} cannot be read.",
                why=error.why,
                advice=(
                    "Export the credentials again and set the whole text, or unset the variable to "
                    "use the credentials stored on this machine."
                ),
            ) from None
        return value

    def set(self, key: CredentialKey, value: str) -> None:
        """Refuse.

        Raises:
            CredentialsReadOnlyError: Always.
        """
        self._refuse("stored in")

    def delete(self, key: CredentialKey) -> bool:
        """Refuse.

        Raises:
            CredentialsReadOnlyError: Always.
        """
        self._refuse("removed from")

    def _refuse(self, action: str) -> NoReturn:
        raise CredentialsReadOnlyError(
            f"Credentials cannot be {action} the variable {self.variable}.",
            why="A program cannot change the environment variables of the shell that started it.",
            advice=f"Unset {self.variable}, or choose another credential backend.",
        )
