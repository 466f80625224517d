"""Accounts, and what the credentials in use may do.

Source: Publisher Gateway reference, sections 3.3 to 3.5, 3.8 and 5.0.
"""

# ruff: noqa: TC001  # pydantic looks at these annotations while the program runs
from __future__ import annotations

from dataclasses import dataclass

from craft_store_core.models.fields import Timestamp
from craft_store_core.models.wire import WireModel

_SHORTHANDS = ("package-manage", "package-view")


@dataclass(frozen=True, slots=True)
class Account(WireModel):
    """An account.

    Attributes:
        id: The store's identifier.
        username: The name in URLs; None until the account picked one.
        display_name: The name for people.
        email: The address, where the store tells it.
        validation: ``unproven``, ``verified``, ``starred`` or a later word.
    """

    id: str | None = None
    username: str | None = None
    display_name: str | None = None
    email: str | None = None
    validation: str | None = None


@dataclass(frozen=True, slots=True)
class Publisher(Account):
    """The account that a package belongs to."""


@dataclass(frozen=True, slots=True)
class PackageScope(WireModel):
    """One package that credentials are limited to; the name or the id may be missing."""

    type: str
    name: str | None = None
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Identity(WireModel):
    """Whose credentials are in use, and their limits.

    Attributes:
        account: The account.
        permissions: What they allow; None is everything.
        packages: The packages they are limited to; None is no limit.
        channels: The channels they are limited to, as patterns; None is no limit.
    """

    account: Account
    permissions: tuple[str, ...] | None = None
    packages: tuple[PackageScope, ...] | None = None
    channels: tuple[str, ...] | None = None

    def allows(self, permission: str) -> bool:
        """Tell whether the credentials carry a permission, also by its shorthand.

        ``package-manage`` stands for each ``package-manage-…``, and does not imply
        ``package-view``.
        """
        if self.permissions is None or permission in self.permissions:
            return True
        return any(
            shorthand in self.permissions and permission.startswith(f"{shorthand}-")
            for shorthand in _SHORTHANDS
        )


@dataclass(frozen=True, slots=True)
class IssuedToken(WireModel):
    """A token in the account's list; not the token itself.

    Attributes:
        session_id: What it is revoked by.
        description: The label given at login.
        valid_since: When it was issued.
        valid_until: When it ends.
        revoked_at: When it was revoked; None while it was not.
        revoked_by: By whom, in the store's words.
    """

    session_id: str
    description: str | None = None
    valid_since: Timestamp | None = None
    valid_until: Timestamp | None = None
    revoked_at: Timestamp | None = None
    revoked_by: object = None
