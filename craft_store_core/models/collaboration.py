"""Collaborators of a package and the invitations to become one.

Source: Publisher Gateway reference, section 7.
"""

# ruff: noqa: TC001  # pydantic looks at these annotations while the program runs
from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from craft_store_core.models.account import Account
from craft_store_core.models.fields import Many, Timestamp
from craft_store_core.models.wire import WireModel

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Collaborator(WireModel):
    """An account that may work on a package of another one."""

    account: Account
    permissions: Many[str] = ()
    created_at: Timestamp | None = None
    created_by: Account | None = None
    updated_at: Timestamp | None = None


@dataclass(frozen=True, slots=True)
class Invite(WireModel):
    """An invitation, pending or not."""

    email: str
    invite_type: str | None = None
    created_at: Timestamp | None = None
    created_by: Account | None = None
    expires_at: Timestamp | None = None
    accepted_at: Timestamp | None = None
    accepted_by: Account | None = None
    revoked_at: Timestamp | None = None
    revoked_by: Account | None = None

    def state(self, now: datetime) -> str:
        """Return ``revoked``, ``accepted``, ``expired`` or ``pending``.

        Args:
            now: The time, zone-aware.
        """
        if self.revoked_at is not None:
            return "revoked"
        if self.accepted_at is not None:
            return "accepted"
        if self.expires_at is not None and self.expires_at <= now:
            return "expired"
        return "pending"


@dataclass(frozen=True, slots=True)
class InviteToken(WireModel):
    """What the invited person needs to accept; the inviter must forward it. Its repr hides it."""

    email: str
    token: str = field(repr=False)
