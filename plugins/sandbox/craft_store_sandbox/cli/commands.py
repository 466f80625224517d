"""``craft-store sandbox``: run the embedded store by hand, and change it while it runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import click

from craft_store_core.errors import UsageError
from craft_store_core.plugins import CommandResult
from craft_store_sandbox.cli.serve import serve
from craft_store_sandbox.cli.store import URL_VARIABLE, configured_base
from craft_store_sandbox.control_paths import HEADER, PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable

    from craft_store_core.cli.application import Application


@dataclass(frozen=True)
class OneTimePassword(CommandResult):
    """The one-time password."""

    one_time_password: str

    def lines(self) -> tuple[str, ...]:
        """Show the password."""
        return (self.one_time_password,)


@dataclass(frozen=True)
class ForcedRefresh(CommandResult):
    """A confirmation."""

    forced: Literal[True]

    def lines(self) -> tuple[str, ...]:
        """Show the effect."""
        return ("Logins must be renewed at their next use.",)


@dataclass(frozen=True)
class RevokedLogins(CommandResult):
    """The account whose logins have ended."""

    email: str

    def lines(self) -> tuple[str, ...]:
        """Show the account."""
        return (f"The logins of {self.email} have ended.",)


@dataclass(frozen=True)
class AdvancedClock(CommandResult):
    """The seconds that the clock moved."""

    seconds: float

    def lines(self) -> tuple[str, ...]:
        """Show the seconds."""
        return (f"The sandbox's clock moved {self.seconds:g} seconds.",)


@dataclass(frozen=True)
class ReviewDecision(CommandResult):
    """The decision."""

    name: str
    revision: int
    approved: bool

    def lines(self) -> tuple[str, ...]:
        """Show the decision."""
        verdict = "approved" if self.approved else "rejected"
        return (f"Revision {self.revision} of {self.name} is {verdict}.",)


@click.group("sandbox")
def command() -> None:
    """Run an embedded store on this machine."""


command.add_command(serve)

_url_option: Callable[[Any], Any] = click.option(
    "--url",
    metavar="URL",
    help=f"Where the sandbox is; by default what {URL_VARIABLE} says, or the usual port.",
)


@command.command("otp")
@click.argument("secret")
def one_time_password(secret: str) -> OneTimePassword:
    """Print the one-time password that an account of a sandbox needs now.

    SECRET is what the sandbox showed when it made the account.

    Example: craft-store sandbox otp JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP
    """
    import binascii

    import pyotp

    try:
        code = pyotp.TOTP(secret).now()
    except (binascii.Error, ValueError):
        raise UsageError(
            "That is no secret of a one-time password.",
            why="It is not base32 text.",
            advice="Copy it from what the sandbox printed at its start.",
        ) from None
    return OneTimePassword(code)


@command.command("force-refresh")
@_url_option
@click.pass_obj
def force_refresh(app: Application, *, url: str | None) -> ForcedRefresh:
    """Make every login at a running sandbox's Snap Store stale, until it is renewed.

    Example: craft-store sandbox force-refresh
    """
    _call(app, url, "force-refresh", {})
    return ForcedRefresh(forced=True)


@command.command("revoke-logins")
@click.argument("email")
@_url_option
@click.pass_obj
def revoke_logins(app: Application, *, email: str, url: str | None) -> RevokedLogins:
    """End the logins of an account at a running sandbox, as a new password does.

    They cannot be renewed.

    Example: craft-store sandbox revoke-logins jo@example.com
    """
    _call(app, url, "revoke-logins", {"email": email})
    return RevokedLogins(email)


@command.command("advance-clock")
@click.argument("seconds", type=float)
@_url_option
@click.pass_obj
def advance_clock(app: Application, *, seconds: float, url: str | None) -> AdvancedClock:
    """Let time pass at a running sandbox: logins, tokens and branches expire.

    Example: craft-store sandbox advance-clock 2592000
    """
    _call(app, url, "advance-clock", {"seconds": seconds})
    return AdvancedClock(seconds)


@command.command("review")
@click.argument("name")
@click.argument("revision", type=click.IntRange(1))
@click.option("--approve", "verdict", flag_value="approved", help="The revision is good.")
@click.option("--reject", "verdict", flag_value="rejected", help="It is not.")
@click.option("--reason", help="Why it is rejected; by default why it had to wait.")
@_url_option
@click.pass_obj
def review(
    app: Application,
    *,
    name: str,
    revision: int,
    verdict: str | None,
    reason: str | None,
    url: str | None,
) -> ReviewDecision:
    """Be the person who reviews a snap's revision that waits at a running sandbox.

    A revision that is approved is released where its upload asked for.

    Example: craft-store sandbox review weather-widget 2 --approve
    """
    if verdict is None:
        raise click.UsageError("Say what the review says: --approve or --reject.")
    approve = verdict == "approved"
    if approve and reason is not None:
        raise UsageError("--reason says why a revision is rejected: give it with --reject.")
    call = {"name": name, "revision": revision, "approve": approve, "reason": reason}
    _call(app, url, "review", call)
    return ReviewDecision(name, revision, approve)


def _call(app: Application, url: str | None, call: str, body: dict[str, Any]) -> None:
    """Do something to the sandbox at a URL.

    Raises:
        UsageError: no sandbox that can be changed is there, or it does not do that.
        TransportError: nothing answers.
    """
    from urllib.parse import urljoin

    from craft_store_core.assembly import default_user_agent
    from craft_store_core.http import HTTPClient, RetryPolicy

    base = url or configured_base()
    client = HTTPClient(
        user_agent=default_user_agent(),
        retries=RetryPolicy(attempts=1),
        ca_bundle=app.configuration.ca_bundle,
    )
    answer = client.request(
        "POST", urljoin(base, f"{PREFIX}{call}"), json=body, headers={HEADER: "1"}, check=False
    )
    if answer.status == 200:
        return
    if answer.status == 404:
        raise UsageError(
            f"There is no sandbox at {base} that can be changed.",
            why="What answers there does not know the call.",
            advice="Name the URL that 'craft-store sandbox serve' printed, with --url.",
        )
    raise UsageError("The sandbox did not do that.", why=str(answer.json_object().get("error")))
