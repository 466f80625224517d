"""What can be wrong with the passphrase of an encrypted credential file."""

from __future__ import annotations

from craft_store_core.errors import CredentialError


class PassphraseMissingError(CredentialError):
    """The file is (or is to be) encrypted and there is no passphrase."""


class WrongPassphraseError(CredentialError):
    """The passphrase is not the one that the file was encrypted with."""
