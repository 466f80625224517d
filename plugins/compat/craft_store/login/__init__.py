"""Logging in, without a client."""

from __future__ import annotations

from craft_store.errors import UbuntuOneCredentialsError, UbuntuOneOtpRequiredError
from craft_store.login._ubuntuone import UbuntuOneLogin

__all__ = ["UbuntuOneCredentialsError", "UbuntuOneLogin", "UbuntuOneOtpRequiredError"]
