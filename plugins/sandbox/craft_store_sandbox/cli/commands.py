"""``craft-store sandbox``: run the embedded store by hand, and change it while it runs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import click

from craft_store_core.errors import UsageError
from craft_store_core.plugins import CommandResult
from craft_store_sandbox.cli.serve import serve
from craft_store_sandbox.cli.store import URL_VARIABLE, configured_base

if TYPE_CHECKING:
    from collections.abc import Callable

    from craft_store_core.plugins import Application


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
        return ("Expired all logins. Clients must renew them at the next use.",)


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


@dataclass(frozen=True)
class SetSwitch(CommandResult):
    """The switch and its value."""

    switch: str
    value: bool | float | str | None

    def lines(self) -> tuple[str, ...]:
        """Show the value."""
        return (f"The switch {self.switch} is {json.dumps(self.value)}.",)


@click.group("sandbox")
def command() -> None:
    """Run an embedded store on this machine."""


command.add_command(serve)

_url_option: Callable[[Any], Any] = click.option(
    "--url",
    metavar="URL",
    help=(
        f"URL of the sandbox (default: the value of {URL_VARIABLE}, or the default port of this "
        "machine)."
    ),
)


@command.command("otp")
@click.argument("secret")
def one_time_password(secret: str) -> OneTimePassword:
    """Print the current one-time password of a sandbox account.

    SECRET is the secret that the sandbox printed when it created the account.

    Example: craft-store sandbox otp JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP
    """
    import binascii

    import pyotp

    try:
        code = pyotp.TOTP(secret).now()
    except (binascii.Error, ValueError):
        raise UsageError(
            "The secret is not valid.",
            why="The secret of a one-time password is base32 text.",
            advice="Copy the secret from the output of 'craft-store sandbox serve'.",
        ) from None
    return OneTimePassword(code)


@command.command("force-refresh")
@_url_option
@click.pass_obj
def force_refresh(app: Application, *, url: str | None) -> ForcedRefresh:
    """Expire every login at the Snap Store of a running sandbox until the client renews it.

    Example: craft-store sandbox force-refresh
    """
    _call(app, url, "force-refresh", {})
    return ForcedRefresh(forced=True)


@command.command("revoke-logins")
@click.argument("email")
@_url_option
@click.pass_obj
def revoke_logins(app: Application, *, email: str, url: str | None) -> RevokedLogins:
    """Revoke the logins of an account at a running sandbox, like a password change.

    Revoked logins cannot be renewed.

    Example: craft-store sandbox revoke-logins jo@example.com
    """
    _call(app, url, "revoke-logins", {"email": email})
    return RevokedLogins(email)


@command.command("advance-clock")
@click.argument("seconds", type=float)
@_url_option
@click.pass_obj
def advance_clock(app: Application, *, seconds: float, url: str | None) -> AdvancedClock:
    """Advance the clock of a running sandbox, so that logins, tokens and branches expire.

    Example: craft-store sandbox advance-clock 2592000
    """
    _call(app, url, "advance-clock", {"seconds": seconds})
    return AdvancedClock(seconds)


@command.command("review")
@click.argument("name")
@click.argument("revision", type=click.IntRange(1))
@click.option("--approve", "verdict", flag_value="approved", help="Approve the revision.")
@click.option("--reject", "verdict", flag_value="rejected", help="Reject the revision.")
@click.option(
    "--reason", help="Reason of the rejection (default: the reason of the manual review)."
)
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
    """Approve or reject a revision held for manual review.

    The revision is a snap's, at a running sandbox. An approved revision is released to the channels
    that its upload requested.

    Example: craft-store sandbox review weather-widget 2 --approve
    """
    if verdict is None:
        raise click.UsageError("Pass --approve or --reject.")
    approve = verdict == "approved"
    if approve and reason is not None:
        raise UsageError("--reason requires --reject.")
    call = {"name": name, "revision": revision, "approve": approve, "reason": reason}
    _call(app, url, "review", call)
    return ReviewDecision(name, revision, approve)


@command.command("set")
@click.argument("switch", metavar="SWITCH")
@click.argument("value")
@_url_option
@click.pass_obj
def set_switch(app: Application, *, switch: str, value: str, url: str | None) -> SetSwitch:
    """Set a switch of a running sandbox.

    SWITCH is its name in Python, such as snaps.page_size; the sandbox's README lists them. VALUE is
    a number, true, false, null or a text.

    Example: craft-store sandbox set snaps.page_size 10
    """
    try:
        given = json.loads(value)
    except ValueError:
        given = value
    _call(app, url, "set", {"switch": switch, "value": given})
    return SetSwitch(switch, given)


def _call(app: Application, url: str | None, call: str, body: dict[str, Any]) -> None:
    """Do something to the sandbox at a URL.

    Raises:
        UsageError: No sandbox that can be changed is there, or it does not do that.
        TransportError: Nothing answers.
    """
    from urllib.parse import urljoin

    from craft_store_core.plugins import HTTPClient, RetryPolicy
    from craft_store_sandbox import __version__
    from craft_store_sandbox.control import HEADER, PREFIX

    base = url or configured_base()
    client = HTTPClient(
        user_agent=f"craft-store-sandbox/{__version__}",
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
            f"{base} is not a sandbox that can be controlled.",
            why="The server at this URL does not have the sandbox's control calls.",
            advice="Pass the URL that 'craft-store sandbox serve' printed with --url.",
        )
    raise UsageError("The sandbox refused the request.", why=str(answer.json_object().get("error")))
