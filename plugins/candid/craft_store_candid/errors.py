"""Why a login by Candid did not succeed.

::

    AuthenticationError
    ├── DischargeRefusedError         Candid said no
    ├── LoginTimeoutError             nobody logged in with the browser in time
    ├── BrowserUnavailableError       no browser, and nobody to show the address to
    └── NoInteractionMethodError      Candid offers no way of logging in that can be used here
    UsageError
    └── AgentFileError           the agent file is missing or not what it should be
"""

from __future__ import annotations

from craft_store_core.errors import AuthenticationError, UsageError


class DischargeRefusedError(AuthenticationError):
    """Candid refused to identify the account."""


class LoginTimeoutError(AuthenticationError):
    """Nobody logged in with the browser in time."""


class BrowserUnavailableError(AuthenticationError):
    """No browser could be opened, and nobody is there to be shown the address."""


class NoInteractionMethodError(AuthenticationError):
    """Candid offers no way of logging in that can be used here."""


class AgentFileError(UsageError):
    """The agent file is missing, cannot be read, or has no agent for this Candid."""
