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
    """List, invite and accept the people who work on a snap.

    Example: craft-store collaborators list weather-widget
    """


@command.command("list")
@click.argument("name")
@click.pass_obj
def list_them(app: Application, *, name: str) -> None:
    """List who works on a snap, and who is invited.

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
                (person.account.username or person.account.id, person.account.email, "works on it")
                for person in people
            ),
            *((None, email, _SHOWN[state]) for email, state in states if state in _SHOWN),
        ],
        empty=f"Nobody else works on {name}.",
    )
    app.warn_unreadable(people)
    app.warn_unreadable(invites)


@command.command("invite")
@click.argument("name")
@click.argument("emails", metavar="EMAIL...", nargs=-1, required=True)
@click.pass_obj
def invite(app: Application, *, name: str, emails: tuple[str, ...]) -> None:
    """Invite people. The store sends them nothing: forward the tokens that this prints.

    Example: craft-store collaborators invite weather-widget jo@example.com
    """
    from craft_store_core.errors import UsageError

    for email in emails:
        if not all(email.rpartition("@")[::2]):
            raise UsageError(
                f"{email!r} is no e-mail address.",
                why="People are invited by their address, not by their user name.",
                advice="Write it as in 'jo@example.com'.",
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
    """Take invitations back.

    Example: craft-store collaborators revoke weather-widget jo@example.com
    """
    from craft_store_core.errors import NotFound

    with app.connect() as client:
        store = client.endpoints_of(SnapStoreEndpoints, "collaborators")
        try:
            store.revoke_invites(name, emails)
        except NotFound as error:
            error.advice = f"'craft-store collaborators list {name}' lists who is invited."
            raise
    app.result(
        {"name": name, "revoked": list(emails)},
        lines=[f"{email} is no longer invited." for email in emails],
    )


@command.command("answer")
@click.argument("name")
@click.option(
    "--token-file",
    required=True,
    metavar="FILE",
    help="Read the token from the first line of FILE, '-' for standard input.",
)
@click.option("--reject", is_flag=True, help="Turn the invitation down.")
@click.pass_obj
def answer(app: Application, *, name: str, token_file: str, reject: bool) -> None:
    """Accept an invitation to work on a snap, or turn it down.

    Example: craft-store collaborators answer weather-widget --token-file token.txt
    """
    from craft_store_core.errors import BadRequest, NotFound
    from craft_store_core.plugins import read_secret

    token = read_secret(token_file, "--token-file") or ""
    with app.connect() as client:
        store = client.endpoints_of(SnapStoreEndpoints, "collaborators")
        try:
            (store.reject_invite if reject else store.accept_invite)(name, token)
        except BadRequest as error:
            error.advice = "Each token answers one invitation, once. Ask whoever invited you."
            raise
        except NotFound as error:
            error.advice = "Check the name of the snap, and that the file holds the token as it is."
            raise
    status = "rejected" if reject else "accepted"
    app.result({"name": name, "status": status}, lines=[f"The invitation to {name} is {status}."])
