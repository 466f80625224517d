"""Names, metadata, tracks and collaborators of packages.

Source: Publisher Gateway reference, sections 5 to 7.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from craft_store_core.models import Collaborator, Invite, InviteToken, Listing, Package
from craft_store_core.names import check_package_name, check_track_name
from craft_store_core.plugins.endpoint_sets import operation
from craft_store_core.stores.gateway.area import GatewayArea

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from craft_store_core.models import TrackRequest


class GatewayPackages(GatewayArea):
    """Names and metadata of packages."""

    @operation("account-view-packages")
    def list_names(self, *, include_collaborations: bool = False) -> Listing[Package]:
        """Return the packages of the account.

        Args:
            include_collaborations: Also those that are shared with the account.
        """
        params = {"include-collaborations": "true"} if include_collaborations else None
        return self.ask("GET", self.package_path(), params=params).listing(Package, "results")

    @operation("account-register-package")
    def register_name(
        self,
        name: str,
        *,
        entity_type: str | None = None,
        private: bool = False,
        team: str | None = None,
    ) -> str:
        """Register a name and return the package id.

        Args:
            name: The name.
            entity_type: ``charm``, ``bundle`` and so on; by default the store's main kind.
            private: Show it to nobody else.
            team: Id of the team that shall own it.

        Raises:
            InvalidNameError: No store takes that name; nothing was sent.
            ConflictError: It is taken; the code ``already-owned`` says that it is by this account.
        """
        body: dict[str, Any] = {
            "name": check_package_name(name),
            "type": entity_type or self.store.namespace,
            "private": private,
        }
        if team is not None:
            body["team"] = team
        return self.ask("POST", self.package_path(), json=body, repeatable=False).text("id")

    @operation("account-register-package")
    def unregister_name(self, name: str) -> str:
        """Give a name back that never had a revision; return the package id.

        Raises:
            PermissionRequiredError: It has revisions, or belongs to another account.
        """
        # A repetition of a request that was carried out would be told that there is no such name.
        return self.ask("DELETE", self.package_path(name), repeatable=False).text("package-id")

    @operation("package-view-metadata")
    def get_metadata(self, name: str) -> Package:
        """Return everything the store knows of a package, with tracks and guardrails."""
        return self.ask("GET", self.package_path(name)).model(Package, "metadata")

    @operation("package-manage-metadata")
    def update_metadata(self, name: str, changes: Mapping[str, Any]) -> Package:
        """Change some fields and return the package as it is then.

        Args:
            name: The package.
            changes: Wire name to new value: ``title``, ``summary``, ``description``, ``contact``,
                ``website``, ``links``, ``private``, ``default-track``.
        """
        answer = self.ask("PATCH", self.package_path(name), json=dict(changes), repeatable=True)
        return answer.model(Package, "metadata")


class GatewayTracks(GatewayArea):
    """Creating tracks."""

    @operation("package-manage-metadata")
    def create_tracks(self, name: str, tracks: Sequence[TrackRequest]) -> int:
        """Create tracks and return how many were created.

        Raises:
            InvalidNameError: A name has not the form of a track name; nothing was sent.
            ConflictError: One exists already.
        """
        for track in tracks:
            check_track_name(track.name)
        body = [track.to_json() for track in tracks]
        answer = self.ask("POST", self.package_path(name, "tracks"), json=body, repeatable=False)
        return answer.count("num-tracks-created")


class GatewayCollaborators(GatewayArea):
    """Who may work on a package besides its publisher."""

    @operation("package-view-acl")
    def list_collaborators(self, name: str) -> Listing[Collaborator]:
        """Return the collaborators of a package."""
        answer = self.ask("GET", self.package_path(name, "collaborators"))
        return answer.listing(Collaborator, "collaborators")

    @operation("package-view-acl")
    def list_invites(self, name: str) -> Listing[Invite]:
        """Return the invitations of a package, also those that are no longer pending."""
        return self.ask("GET", self._invites(name)).listing(Invite, "invites")

    @operation("package-manage-acl")
    def invite(self, name: str, emails: Iterable[str]) -> Listing[InviteToken]:
        """Invite people; the inviter must forward the tokens.

        Returns:
            One token for each address; secrets.
        """
        answer = self.ask("POST", self._invites(name), json=_invited(emails), repeatable=False)
        return answer.listing(InviteToken, "tokens")

    @operation("package-manage-acl")
    def revoke_invites(self, name: str, emails: Iterable[str]) -> None:
        """Take invitations back."""
        self.session.request(
            "POST", self._invites(name, "revoke"), json=_invited(emails), repeatable=True
        )

    @operation()
    def accept_invite(self, name: str, token: str) -> None:
        """Become a collaborator."""
        self.session.request(
            "POST", self._invites(name, "accept"), json={"token": token}, repeatable=False
        )

    @operation()
    def reject_invite(self, name: str, token: str) -> None:
        """Turn an invitation down."""
        self.session.request(
            "POST", self._invites(name, "reject"), json={"token": token}, repeatable=False
        )

    def _invites(self, name: str, *parts: str) -> str:
        return self.package_path(name, "collaborators", "invites", *parts)


def _invited(emails: Iterable[str]) -> dict[str, Any]:
    return {"invites": [{"email": email} for email in emails]}
