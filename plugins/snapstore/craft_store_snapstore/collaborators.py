"""Who may work on a snap besides its publisher; the gateway beside the dashboard knows.

Source: Snap Store reference, section 13.3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from craft_store_core.models import Collaborator, Invite, InviteToken, Listing
from craft_store_core.plugins import operation
from craft_store_snapstore.area import DashboardArea

if TYPE_CHECKING:
    from collections.abc import Iterable

    from craft_store_core.plugins import Answer


class DashboardCollaborators(DashboardArea):
    """Collaborators and invitations."""

    @operation()
    def list_collaborators(self, name: str) -> Listing[Collaborator]:
        """Return the collaborators of a snap."""
        return self._at_gateway("GET", name).listing(Collaborator, "collaborators")

    @operation()
    def list_invites(self, name: str) -> Listing[Invite]:
        """Return the invitations of a snap, also those that are no longer pending."""
        return self._at_gateway("GET", name, "invites").listing(Invite, "invites")

    @operation()
    def invite(self, name: str, emails: Iterable[str]) -> Listing[InviteToken]:
        """Invite people; the inviter must forward the tokens.

        Returns:
            One token for each address; secrets.
        """
        answer = self._at_gateway("POST", name, "invites", json=_invited(emails), repeatable=False)
        return answer.listing(InviteToken, "tokens")

    @operation()
    def revoke_invites(self, name: str, emails: Iterable[str]) -> None:
        """Take invitations back."""
        self._tell(name, "revoke", _invited(emails))

    @operation()
    def accept_invite(self, name: str, token: str) -> None:
        """Become a collaborator."""
        self._tell(name, "accept", {"token": token})

    @operation()
    def reject_invite(self, name: str, token: str) -> None:
        """Turn an invitation down."""
        self._tell(name, "reject", {"token": token})

    def _at_gateway(self, method: str, name: str, *parts: str, **options: Any) -> Answer:
        target = self._path("v1", "snap", name, "collaborators", *parts)
        return self._ask(method, target, service="gateway", **options)

    def _tell(self, name: str, what: str, body: dict[str, Any]) -> None:
        target = self._path("v1", "snap", name, "collaborators", "invites", what)
        self._send("POST", target, json=body, service="gateway", repeatable=what == "revoke")


def _invited(emails: Iterable[str]) -> dict[str, Any]:
    return {"invites": [{"email": email} for email in emails]}
