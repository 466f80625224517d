"""Registers the auth flow ``ubuntu-one``; imports nothing heavy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from craft_store_core.plugins import AuthFlowOffer, Question, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable

    from craft_store_core.plugins import AuthFlowFactory

KINDS = ("u1-macaroon", "macaroon", "developer-token")
"""The credential kinds that the flow can use."""
EMAIL = Question(
    "email",
    "Ubuntu One e-mail",
    option="--email",
    help="E-mail address of the account (default: prompt).",
)
PASSWORD = Question(
    "password",
    "Ubuntu One password",
    secret=True,
    option="--password-file",
    help="Read the password from the first line of FILE, or '-' for standard input.",
)
OTP = Question(
    "otp",
    "One-time password",
    secret=True,
    option="--otp-file",
    help="Read the one-time password from the first line of FILE, or '-' for standard input.",
)
"""Asked only of an account with a second factor; what is typed is shown, since it works once."""


def _load() -> AuthFlowFactory:
    from craft_store_ubuntu_one.flow import UbuntuOneFlow

    return UbuntuOneFlow


@hookimpl
def craft_store_auth_flows() -> Iterable[AuthFlowOffer]:
    """Offer the flow."""
    yield AuthFlowOffer(
        "ubuntu-one",
        "Ubuntu One: e-mail, password and one-time password",
        load=_load,
        kinds=KINDS,
        questions=(EMAIL, PASSWORD, OTP),
    )
