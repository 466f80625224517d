"""Questions that are asked at a terminal, and what becomes of each answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

PROMOTE = ("promote", "acme-web", "--from", "edge", "--to", "stable")
QUESTION = r"Release revision 1 of acme-web from latest/edge to latest/stable\? \[y/N\]: "


@pytest.fixture
def released(logged_in: Any, charm: Path, tmp_path: Path) -> Any:
    """Revision 1 of ``acme-web`` in ``latest/edge``."""
    (tmp_path / "model.bin").write_bytes(b"model")
    logged_in.ok("register", "acme-web")
    resource = f"model={tmp_path / 'model.bin'}"
    logged_in.ok("publish", charm, "--resource", resource, "--channel", "edge")
    return logged_in


def channels(store: Any) -> list[str]:
    """Return the channels that have a release."""
    rows = store.ok("status", "acme-web", "--format", "json").result["channel-map"]
    return sorted(row["channel"] for row in rows)


def test_a_login_asks_for_each_answer(
    at_sandbox: Any, on_terminal: Any, sandbox_store: Any
) -> None:
    """E-mail, password, one-time password; the password is not shown while it is typed."""
    terminal = on_terminal("login")
    terminal.expect("Ubuntu One e-mail: ")
    terminal.type(sandbox_store.account.email)
    terminal.expect("Ubuntu One password: ")
    terminal.type(sandbox_store.password)
    terminal.expect("One-time password: ")
    terminal.type(sandbox_store.account.one_time_password())
    code, shown = terminal.end()
    assert code == 0, shown
    assert "Logged in to the sandbox as jo@example.com" in shown
    assert sandbox_store.password not in shown
    at_sandbox.ok("whoami")


def test_an_account_without_second_factor_is_not_asked_for_one(
    at_sandbox: Any, on_terminal: Any, sandbox_store: Any
) -> None:
    """What the store does not want is no question; what is given as an option neither."""
    sandbox_store.add_account("al@example.com", "password of al", username="al-example")
    terminal = on_terminal("login", "--email", "al@example.com")
    terminal.expect("Ubuntu One password: ")
    terminal.type("password of al")
    code, shown = terminal.end()
    assert code == 0, shown
    assert "e-mail" not in shown.lower()
    assert "one-time" not in shown.lower()
    assert "al-example" in at_sandbox.ok("whoami").out


def test_a_wrong_one_time_password_can_be_corrected(
    at_sandbox: Any, on_terminal: Any, sandbox_store: Any
) -> None:
    """It is told, and asked for again, without the password."""
    terminal = on_terminal("login", "--email", sandbox_store.account.email)
    terminal.expect("Ubuntu One password: ")
    terminal.type(sandbox_store.password)
    terminal.expect("One-time password: ")
    terminal.type("000000")
    assert "one-time password" in terminal.expect("(?s)one-time password.*One-time password: ")
    terminal.type(sandbox_store.account.one_time_password())
    code, shown = terminal.end()
    assert code == 0, shown
    at_sandbox.ok("whoami")


def test_a_login_is_left_at_a_question(at_sandbox: Any, on_terminal: Any) -> None:
    """Ctrl-C at the password ends it, without a traceback."""
    terminal = on_terminal("login", "--email", "jo@example.com")
    terminal.expect("Ubuntu One password: ")
    code, shown = terminal.interrupt()
    assert code == 130
    assert "Interrupted" in shown
    assert "Traceback" not in shown
    assert at_sandbox.run("whoami").code == 3


def test_yes_promotes(released: Any, on_terminal: Any) -> None:
    """The question says what is going to happen, in full."""
    terminal = on_terminal(*PROMOTE)
    terminal.expect(QUESTION)
    assert channels(released) == ["latest/edge"]
    terminal.type("y")
    code, shown = terminal.end()
    assert code == 0, shown
    assert "acme-web revision 1: latest/edge -> latest/stable" in shown
    assert channels(released) == ["latest/edge", "latest/stable"]


@pytest.mark.parametrize(
    ("answer", "code", "text"),
    [
        ("n", 1, "Nothing was changed."),
        ("", 1, "Nothing was changed."),
        ("Ctrl-C", 130, "Interrupted"),
        ("Ctrl-D", 130, "Interrupted"),
    ],
)
def test_everything_else_changes_nothing(
    released: Any, on_terminal: Any, answer: str, code: int, text: str
) -> None:
    """No, just Enter, Ctrl-C, and the end of the input."""
    terminal = on_terminal(*PROMOTE)
    terminal.expect(QUESTION)
    if answer == "Ctrl-C":
        ended, shown = terminal.interrupt()
    elif answer == "Ctrl-D":
        terminal.press("d")
        ended, shown = terminal.end()
    else:
        terminal.type(answer)
        ended, shown = terminal.end()
    assert ended == code, shown
    assert text in shown
    assert "Traceback" not in shown
    assert channels(released) == ["latest/edge"]


def test_an_unclear_answer_is_asked_again(released: Any, on_terminal: Any) -> None:
    """Nobody is taken at a word that is none."""
    terminal = on_terminal(*PROMOTE)
    terminal.expect(QUESTION)
    terminal.type("perhaps")
    terminal.expect("invalid input")
    terminal.expect(QUESTION)
    terminal.type("no")
    assert terminal.end()[0] == 1
    assert channels(released) == ["latest/edge"]


def test_nobody_is_asked_with_yes_or_without_questions(released: Any, on_terminal: Any) -> None:
    """--yes is the answer; --non-interactive, or its variable, makes the question an error."""
    for arguments, variables in (
        ((*PROMOTE, "--non-interactive"), {}),
        (PROMOTE, {"CRAFT_STORE_NON_INTERACTIVE": "1"}),
    ):
        code, shown = on_terminal(*arguments, **variables).end()
        assert code == 2
        assert "--yes" in shown
        assert "[y/N]" not in shown
    assert channels(released) == ["latest/edge"]
    code, shown = on_terminal(*PROMOTE, "--yes").end()
    assert code == 0
    assert "[y/N]" not in shown
