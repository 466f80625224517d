"""Identifiers and secrets in the shapes of the store (Publisher Gateway reference, section 1.3)."""

from __future__ import annotations

import hashlib
import secrets
import string

_ALPHABET = string.ascii_letters + string.digits


def new_id() -> str:
    """32 mixed-case alphanumeric characters: accounts and packages."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(32))


def new_token() -> str:
    """An exchanged token: opaque, header-safe, and never a JSON scalar (section 3.2)."""
    return f"sandbox-{secrets.token_urlsafe(48)}"


def fingerprint(secret: str) -> str:
    """What is kept of a secret to know it again."""
    return hashlib.sha256(secret.encode()).hexdigest()
