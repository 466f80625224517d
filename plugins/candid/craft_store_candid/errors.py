"""Why a login by Candid did not succeed.

::

    AuthenticationError
    ├── DischargeRefused         Candid said no
    ├── LoginTimeout             nobody logged in with the browser in time
    ├── BrowserUnavailable       no browser, and nobody to show the address to
    └── NoInteractionMethod      Candid offers no way of logging in that can be used here
    UsageError
    └── AgentFileError           the agent file is missing or not what it should be
"""

from __future__ import annotations

from craft_store_core.errors import AuthenticationError, UsageError


class DischargeRefused(AuthenticationError):
    """Candid refused to identify the account."""


class LoginTimeout(AuthenticationError):
    """Nobody logged in with the browser in time."""


class BrowserUnavailable(AuthenticationError):
    """No browser could be opened, and nobody is there to be shown the address."""


class NoInteractionMethod(AuthenticationError):
    """Candid offers no way of logging in that can be used here."""


class AgentFileError(UsageError):
    """The agent file is missing, cannot be read, or has no agent for this Candid."""
