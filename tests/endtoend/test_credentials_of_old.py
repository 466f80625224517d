"""Credentials that snapcraft made, in its own variable: read, renewed in memory, never changed."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from craft_store_core.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable

REFRESH = "/api/v2/tokens/refresh"
SNAPCRAFT = "SNAPCRAFT_STORE_CREDENTIALS"
OURS = "CRAFT_STORE_CREDENTIALS"


def legacy_file(pair: Any) -> str:
    return (
        "[login.ubuntu.com]\n"
        f"macaroon = {pair.root}\n"
        f"unbound_discharge = {pair.discharge}\n"
        "email = jo@example.com\n"
    )


FORMS: dict[str, Callable[[Any], str]] = {
    "snapcraft 7 and later": lambda pair: pair.exported,
    "untyped": lambda pair: base64.b64encode(
        f'{{"r": "{pair.root}", "d": "{pair.discharge}"}}'.encode()
    ).decode(),
    "configuration file": legacy_file,
    "configuration file, encoded": lambda pair: base64.b64encode(
        legacy_file(pair).encode()
    ).decode(),
}


@pytest.mark.parametrize("form", FORMS)
def test_an_old_value_is_used_as_it_is(jo: Any, form: str) -> None:
    """Nothing is converted first; what must be renewed is renewed by each process for itself."""
    value = FORMS[form](jo.sandbox.issue_snap_macaroons(jo.sandbox.account))
    jo.sandbox.force_refresh()

    for run in (1, 2):
        assert jo.ok("whoami", **{SNAPCRAFT: value})["account"]["email"] == "jo@example.com"
        assert jo.sent(REFRESH) == run
    assert not list((jo.folder / "data").rglob("*credentials*"))


def test_a_login_is_refused_while_the_variable_is_set(jo: Any) -> None:
    """It would change nothing; the variable is named, nobody is asked, and nothing is sent."""
    value = jo.sandbox.issue_snap_macaroons(jo.sandbox.account).exported
    done = jo.run("login", "--email", "jo@example.com", **{SNAPCRAFT: value})

    assert done.code == ExitCode.AUTHENTICATION
    assert SNAPCRAFT in done.error["why"]
    assert jo.run("logout", **{SNAPCRAFT: value}).error["message"].endswith(f"{SNAPCRAFT}.")
    assert not jo.sandbox.requests


def test_our_own_variable_wins(jo: Any) -> None:
    """And it is said that the other one is passed over."""
    sam = jo.sandbox.add_account("sam@example.com", "another password", username="sam-example")
    variables = {
        OURS: jo.sandbox.issue_snap_macaroons(sam).exported,
        SNAPCRAFT: jo.sandbox.issue_snap_macaroons(jo.sandbox.account).exported,
    }
    status = jo.ok("auth", "status", **variables)

    assert status["account"] == "sam-example"
    assert status["backends"][0]["reason"] == (
        f"The variable {OURS} is set. {SNAPCRAFT} is also set, but not used."
    )
    assert jo.ok("auth", "status", **{**variables, OURS: ""})["account"] == "jo-example"


def test_the_variable_wins_over_a_login(logged_in: Any) -> None:
    """What the login keeps is not touched."""
    sam = logged_in.sandbox.add_account("sam@example.com", "another password", username="sam")
    value = logged_in.sandbox.issue_snap_macaroons(sam).exported

    assert logged_in.ok("whoami", **{SNAPCRAFT: value})["account"]["username"] == "sam"
    assert logged_in.ok("whoami")["account"]["username"] == "jo-example"


def test_a_value_that_cannot_be_read_is_named(logged_in: Any) -> None:
    """The login that is kept is not used in its place."""
    done = logged_in.run("whoami", **{SNAPCRAFT: "%%%"})

    assert done.code == ExitCode.AUTHENTICATION
    assert SNAPCRAFT in done.error["message"]


@pytest.mark.parametrize("end", ["revoke_logins", "revoke_dashboard_roots"])
def test_credentials_that_ended_are_to_be_exported_again(jo: Any, end: str) -> None:
    """A login would not help: the advice names the variable."""
    value = jo.sandbox.issue_snap_macaroons(jo.sandbox.account).exported
    if end == "revoke_logins":
        jo.sandbox.revoke_logins(jo.sandbox.account)
    else:
        jo.sandbox.revoke_dashboard_roots()
    done = jo.run("names", **{SNAPCRAFT: value})

    assert done.code == ExitCode.AUTHENTICATION
    assert SNAPCRAFT in done.error["advice"]
    assert "export-login" in done.error["advice"]


def test_other_stores_do_not_read_it(publisher: Callable[..., Any]) -> None:
    """Whatever else is in the environment, it goes to the Snap Store alone."""
    elsewhere = publisher(on_prem=True)
    done = elsewhere.run("whoami", **{SNAPCRAFT: "%%%"})

    assert done.code == ExitCode.AUTHENTICATION
    assert done.error["code"] == "credentials-not-found"
