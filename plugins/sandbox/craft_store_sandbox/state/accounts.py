"""Accounts: passwords, one-time passwords, and how the store shows them.

Source: Publisher Gateway reference, sections 5.0 and 7.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyotp
from sqlalchemy import select

from craft_store_sandbox.state.tables import Account

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from craft_store_sandbox.state.clock import Clock

# Little: the passwords are those of tests, which make and check one each.
_SCRYPT_COST = 2**8
_TOTP_WINDOW_STEPS = 1


@dataclass(frozen=True)
class AccountInfo:
    """An account, as the Python API gives it.

    Attributes:
        id: 32 characters.
        email: What the account logs in with.
        username: Publisher name at the store; None when the account never picked one.
        display_name: Name for people.
        totp_secret: Base32 secret of the second factor; None without one.
    """

    id: str
    email: str
    username: str | None
    display_name: str
    totp_secret: str | None = field(repr=False)
    _clock: Clock = field(repr=False, compare=False)

    def one_time_password(self, at: datetime | None = None) -> str:
        """Return the six-digit code of the second factor.

        Args:
            at: The moment; None is now on the sandbox's clock.

        Raises:
            ValueError: The account has no second factor.
        """
        if self.totp_secret is None:
            raise ValueError(
                f"Account {self.email} has no second factor. Add it with totp=True to get one."
            )
        return pyotp.TOTP(self.totp_secret).at(at or self._clock.now())


def hash_password(password: str) -> str:
    """Return a salted scrypt hash, as text."""
    salt = secrets.token_bytes(16)
    return ":".join(base64.b64encode(part).decode() for part in (salt, _scrypt(password, salt)))


def password_matches(password: str, hashed: str) -> bool:
    """Compare in constant time."""
    salt, expected = (base64.b64decode(part) for part in hashed.split(":"))
    return hmac.compare_digest(_scrypt(password, salt), expected)


def _scrypt(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=_SCRYPT_COST, r=8, p=1)


def accept_one_time_password(account: Account, code: str, moment: datetime) -> bool:
    """Check a code of the second factor, one step of clock drift either way.

    Accounts that refuse replay (RFC 6238, section 5.2) take each step once.
    """
    totp = pyotp.TOTP(account.totp_secret or "")
    step = totp.timecode(moment)
    for candidate in range(step - _TOTP_WINDOW_STEPS, step + _TOTP_WINDOW_STEPS + 1):
        if hmac.compare_digest(totp.generate_otp(candidate).encode(), code.encode()):
            if account.refuse_totp_replay and candidate <= account.last_totp_step:
                return False
            account.last_totp_step = candidate
            return True
    return False


def account_by_email(db: Session, email: str) -> Account | None:
    """Find an account; addresses compare without case."""
    return db.scalar(select(Account).where(Account.email == email.lower()))


def publisher_view(account: Account) -> dict[str, Any]:
    """Return the ``publisher`` object of a package (section 5.0)."""
    return {
        "display-name": account.display_name,
        "id": account.id,
        "username": account.username,
        "validation": account.validation,
    }


def account_view(account: Account) -> dict[str, Any]:
    """Return the account object of collaborators and invites (section 7)."""
    return {
        "display-name": account.display_name,
        "email": account.email,
        "id": account.id,
        "username": account.username,
    }
