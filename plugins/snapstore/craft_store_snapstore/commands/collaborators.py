"""``craft-store collaborators``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import click

from craft_store_core.plugins import FOR_PEOPLE, CommandResult, Table
from craft_store_snapstore.endpoints import SnapStoreEndpoints

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from craft_store_core.models import Collaborator, Invite, InviteToken, Listing
    from craft_store_core.plugins import Application

_SHOWN = {"pending": "invited", "expired": "invitation expired"}


@dataclass(frozen=True)
class Collaborators(CommandResult):
    """The collaborators of a snap, and all invitations."""

    collaborators: Listing[Collaborator]
    invites: Listing[Invite]
    name: str = field(metadata=FOR_PEOPLE)

    def table(self) -> Table:
        """Show the collaborators, and the invitations that were not answered."""
        from craft_store_core.plugins import utc_now

        states = [(invite.email, invite.state(utc_now())) for invite in self.invites]
        return Table(
            ("Account", "E-mail", "State"),
            [
                *(
                    (item.account.username or item.account.id, item.account.email, "collaborator")
                    for item in self.collaborators
                ),
                *((None, email, _SHOWN[state]) for email, state in states if state in _SHOWN),
            ],
            empty=f"{self.name} has no collaborators.",
        )


@dataclass(frozen=True)
class InviteTokens(CommandResult, document="tokens"):
    """The tokens of the invitations, which are secrets."""

    tokens: Listing[InviteToken]

    def table(self) -> Table:
        """Show a token for each address."""
        return Table(("E-mail", "Token"), [(token.email, token.token) for token in self.tokens])


@dataclass(frozen=True)
class RevokedInvites(CommandResult):
    """The revoked invitations.

    Attributes:
        revoked: The e-mail addresses.
    """

    name: str
    revoked: Sequence[str]

    def lines(self) -> Iterator[str]:
        """Show each address."""
        return (f"Revoked the invitation of {email}." for email in self.revoked)


@dataclass(frozen=True)
class AnsweredInvite(CommandResult):
    """The answered invitation."""

    name: str
    status: Literal["accepted", "rejected"]

    def lines(self) -> tuple[str, ...]:
        """Show the answer."""
        return (f"The invitation to {self.name} is {self.status}.",)


@click.group("collaborators")
def command() -> None:
    """List and invite the collaborators of a snap, and answer invitations.

    Example: craft-store collaborators list weather-widget
    """


@command.command("list")
@click.argument("name")
@click.pass_obj
def list_them(app: Application, *, name: str) -> Collaborators:
    """List the collaborators of a snap and its open invitations.

    Example: craft-store collaborators list weather-widget
    """
    with app.connect() as client:
        store = client.endpoints_of(SnapStoreEndpoints, "collaborators")
        return Collaborators(store.list_collaborators(name), store.list_invites(name), name)


@command.command("invite")
@click.argument("name")
@click.argument("emails", metavar="EMAIL...", nargs=-1, required=True)
@click.pass_obj
def invite(app: Application, *, name: str, emails: tuple[str, ...]) -> InviteTokens:
    """Invite collaborators. The store does not send the invitations: forward the printed tokens.

    Example: craft-store collaborators invite weather-widget jo@example.com
    """
    from craft_store_core.errors import UsageError

    for email in emails:
        if not all(email.rpartition("@")[::2]):
            raise UsageError(
                f"{email!r} is not an e-mail address.",
                why="Invitations require an e-mail address, not a user name.",
                advice="Write it like 'jo@example.com'.",
            )
    with app.connect() as client:
        store = client.endpoints_of(SnapStoreEndpoints, "collaborators")
        return InviteTokens(store.invite(name, emails))


@command.command("revoke")
@click.argument("name")
@click.argument("emails", metavar="EMAIL...", nargs=-1, required=True)
@click.pass_obj
def revoke(app: Application, *, name: str, emails: tuple[str, ...]) -> RevokedInvites:
    """Revoke invitations to a snap.

    Example: craft-store collaborators revoke weather-widget jo@example.com
    """
    from craft_store_core.errors import NotFoundError

    with app.connect() as client:
        store = client.endpoints_of(SnapStoreEndpoints, "collaborators")
        try:
            store.revoke_invites(name, emails)
        except NotFoundError as error:
            error.advice = f"Run 'craft-store collaborators list {name}' to list the invitations."
            raise
    return RevokedInvites(name, emails)


@command.command("answer")
@click.argument("name")
@click.option(
    "--token-file",
    required=True,
    metavar="FILE",
    help="Read the token from the first line of FILE, or '-' for standard input.",
)
@click.option("--reject", is_flag=True, help="Reject the invitation.")
@click.pass_obj
def answer(app: Application, *, name: str, token_file: str, reject: bool) -> AnsweredInvite:
    """Accept or reject an invitation to collaborate on a snap.

    Example: craft-store collaborators answer weather-widget --token-file token.txt
    """
    from craft_store_core.errors import BadRequestError, NotFoundError
    from craft_store_core.plugins import read_secret

    token = read_secret(token_file, "--token-file") or ""
    with app.connect() as client:
        store = client.endpoints_of(SnapStoreEndpoints, "collaborators")
        try:
            (store.reject_invite if reject else store.accept_invite)(name, token)
        except BadRequestError as error:
            error.advice = (
                "A token answers one invitation, once. Ask the publisher for a new invitation."
            )
            raise
        except NotFoundError as error:
            error.advice = (
                "Check the name of the snap, and that the file contains the unchanged token."
            )
            raise
    return AnsweredInvite(name, "rejected" if reject else "accepted")
