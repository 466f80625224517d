"""``craft-store collaborators``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from craft_store_snapstore.endpoints import SnapStoreEndpoints

if TYPE_CHECKING:
    from craft_store_core.plugins import Application


_SHOWN = {"pending": "invited", "expired": "invitation expired"}


@click.group("collaborators")
def command() -> None:
    """List and invite the collaborators of a snap, and answer invitations.

    Example: craft-store collaborators list weather-widget
    """


@command.command("list")
@click.argument("name")
@click.pass_obj
def list_them(app: Application, *, name: str) -> None:
    """List the collaborators of a snap and its open invitations.

    Example: craft-store collaborators list weather-widget
    """
    from craft_store_core.plugins import utc_now

    with app.connect() as client:
        store = client.endpoints_of(SnapStoreEndpoints, "collaborators")
        people = store.list_collaborators(name)
        invites = store.list_invites(name)
    states = [(invite.email, invite.state(utc_now())) for invite in invites]
    app.result(
        {"collaborators": people.to_json(), "invites": invites.to_json()},
        columns=("Account", "E-mail", "State"),
        rows=[
            *(
                (person.account.username or person.account.id, person.account.email, "collaborator")
                for person in people
            ),
            *((None, email, _SHOWN[state]) for email, state in states if state in _SHOWN),
        ],
        empty=f"{name} has no collaborators.",
    )
    app.warn_unreadable(people)
    app.warn_unreadable(invites)


@command.command("invite")
@click.argument("name")
@click.argument("emails", metavar="EMAIL...", nargs=-1, required=True)
@click.pass_obj
def invite(app: Application, *, name: str, emails: tuple[str, ...]) -> None:
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
        tokens = client.endpoints_of(SnapStoreEndpoints, "collaborators").invite(name, emails)
    app.result(
        tokens.to_json(),
        columns=("E-mail", "Token"),
        rows=[(token.email, token.token) for token in tokens],
    )
    app.warn_unreadable(tokens)


@command.command("revoke")
@click.argument("name")
@click.argument("emails", metavar="EMAIL...", nargs=-1, required=True)
@click.pass_obj
def revoke(app: Application, *, name: str, emails: tuple[str, ...]) -> None:
    """Revoke invitations.

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
    app.result(
        {"name": name, "revoked": list(emails)},
        lines=[f"Revoked the invitation of {email}." for email in emails],
    )


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
def answer(app: Application, *, name: str, token_file: str, reject: bool) -> None:
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
    status = "rejected" if reject else "accepted"
    app.result({"name": name, "status": status}, lines=[f"The invitation to {name} is {status}."])
